package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/comity-exchange/comity/schema"
)

// Size of a policy file, octets.
const (
	maxText = 4 << 20 // in the plain layout
	maxYAML = 1 << 20 // in any other, which is slower to read
)

// readDocument gives the top node of the one YAML document in text.
func readDocument(text []byte) (node ast.Node, err error) {
	if len(text) > maxYAML {
		return nil, tooLarge("The policy is larger than %d octets and not in the plain layout.", maxYAML)
	}
	defer func() {
		if recover() != nil { // a fault of the parser must not stop the node
			node, err = nil, syntax(1, "The file cannot be read as YAML.")
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxOf(err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

func checkText(text []byte) error {
	if len(text) > maxText {
		return tooLarge("The policy is larger than %d octets.", maxText)
	}
	if plainASCII(text) {
		return nil
	}
	if !utf8.Valid(text) {
		return syntax(1, "The file is not UTF-8.")
	}
	number := 1
	for line := range strings.Lines(string(text)) {
		if strings.ContainsFunc(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), misleading) {
			return syntax(number, "The line has a control character that hides or reorders what it says.")
		}
		number++
	}
	return nil
}

func tooLarge(detail string, limit int) error {
	return &schema.Problem{Kind: schema.TooLarge, Code: "too_large", Pointer: "line 1", Detail: fmt.Sprintf(detail, limit),
		Fix: "Use wildcards, groups and lists of peers to say the same in fewer rules, in the layout of POLICY.md: a key, or a rule in braces, on one line."}
}

// plainASCII says that there is nothing but printable ASCII, tabs and line ends.
func plainASCII(text []byte) bool {
	for _, c := range text {
		if (c < ' ' || c > '~') && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// misleading says whether an editor may show a line with r as something else
// than the parser reads: control characters other than tab, a lone carriage
// return, other line ends, a byte order mark, bidirectional overrides.
func misleading(r rune) bool {
	return r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

func syntax(line int, detail string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: "bad_yaml", Pointer: fmt.Sprintf("line %d", line),
		Detail: detail, Fix: "Save the policy as plain UTF-8 YAML in the layout of the examples in POLICY.md."}
}

// syntaxOf keeps the line and the sentence of a parser's error, not its excerpt of the file.
func syntaxOf(err error) error {
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil {
		return syntax(1, "The file cannot be read as YAML.")
	}
	return syntax(known.GetToken().Position.Line, "This is not YAML: "+clip(known.GetMessage())+".")
}

// features of YAML that a policy does without, because each can make a line
// mean something else than it shows.
var features = map[token.Type]string{
	token.AnchorType:      "An anchor (&) is not read in a policy.",
	token.AliasType:       "An alias (*) is not read in a policy.",
	token.MergeKeyType:    "A merge key (<<) is not read in a policy.",
	token.TagType:         "A tag (!) is not read in a policy.",
	token.DirectiveType:   "A directive (%) is not read in a policy.",
	token.MappingKeyType:  "An explicit key (?) is not read in a policy.",
	token.LiteralType:     "A block of text (|) is not read in a policy.",
	token.FoldedType:      "A block of text (>) is not read in a policy.",
	token.DocumentEndType: "An end of document (...) is not read in a policy.",
}

// checkTokens refuses what a policy never needs and what the parser is slow on.
func checkTokens(tokens token.Tokens) error {
	s := shape{keys: map[int]int{}}
	begun := false
	for _, t := range tokens {
		if detail, refused := features[t.Type]; refused {
			return feature(t, detail)
		}
		if t.Type == token.CommentType {
			continue
		}
		if t.Type == token.DocumentHeaderType && begun {
			return feature(t, "A second document (---) is not read in a policy.")
		}
		if err := s.take(t); err != nil {
			return err
		}
		begun = true
	}
	return nil
}

func feature(t *token.Token, detail string) error {
	fix := "Write the values out."
	if t.Type == token.AliasType {
		fix = `Write the values out; a wildcard that stands alone needs quotes: "*".`
	}
	return &schema.Problem{Kind: schema.Invalid, Code: "yaml_feature",
		Pointer: fmt.Sprintf("line %d", t.Position.Line), Detail: detail, Fix: fix}
}
