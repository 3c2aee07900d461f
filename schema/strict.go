package schema

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// parse reads one JSON object strictly: UTF-8, no duplicate and no case-variant
// names beside each other, within the limits, nothing after it. Objects become
// map[string]any, numbers int64 or float64. What it accepts, encoding/json reads
// as the same value.
func parse(raw []byte) (map[string]any, *Problem) {
	return newReader().message(raw)
}

// reader reads one text after the other; it is not safe for concurrent use.
type reader struct {
	dec    *jsontext.Decoder
	values int            // names and values read so far
	known  map[string]any // strings that need no memory of their own: field names and codes
}

func newReader() *reader { return &reader{dec: jsontext.NewDecoder(bytes.NewReader(nil))} }

func (r *reader) reset(raw []byte) {
	r.dec.Reset(bytes.NewBuffer(raw)) // a Buffer is read where it lies
	r.values = 0
}

// message reads one message.
func (r *reader) message(raw []byte) (map[string]any, *Problem) {
	if len(raw) > MaxMessage {
		return nil, tooLarge("message_too_large", "", "The message is larger than 256 KiB.", "Send large content as attachments.")
	}
	return r.whole(raw)
}

// whole is message without the limit on the whole.
func (r *reader) whole(raw []byte) (map[string]any, *Problem) {
	r.reset(raw)
	if r.dec.PeekKind() != '{' {
		if _, err := r.dec.ReadToken(); err != nil && err != io.EOF {
			return nil, r.syntax(err)
		}
		return nil, invalid("not_an_object", "", "A message is one JSON object.", "Start it with { and end it with }.")
	}
	v, p := r.value()
	if p != nil {
		return nil, p
	}
	if _, err := r.dec.ReadToken(); err != io.EOF {
		return nil, invalid("trailing_data", "", "Something follows the end of the message.", "Send exactly one JSON object.")
	}
	return v.(map[string]any), nil
}

func (r *reader) value() (any, *Problem) {
	if r.values++; r.values > MaxValues {
		return nil, tooLarge("too_many_values", "", "The message has more than 10,000 names and values.", "Send long lists as an attachment.")
	}
	if r.dec.PeekKind() == '"' {
		return r.text()
	}
	tok, err := r.dec.ReadToken()
	if err != nil {
		return nil, r.syntax(err)
	}
	switch tok.Kind() {
	case '0':
		return r.number(tok.String())
	case '{', '[':
		if r.dec.StackDepth() > MaxDepth {
			return nil, tooLarge("too_deep", "", "The message is nested deeper than 32 levels.", "Use the structure of the message's type.")
		}
		if tok.Kind() == '[' {
			return r.array()
		}
		return r.object()
	case 't', 'f':
		return tok.Bool(), nil
	}
	return nil, nil // null: no schema has it, so it is refused with its place
}

func (r *reader) array() (any, *Problem) {
	list := []any{}
	for r.dec.PeekKind() != ']' {
		v, p := r.value()
		if p != nil {
			return nil, p
		}
		list = append(list, v)
	}
	return list, r.end()
}

func (r *reader) object() (any, *Problem) {
	m := make(map[string]any, 8)
	odd := false
	for r.dec.PeekKind() != '}' {
		word, p := r.word()
		if p != nil {
			return nil, p
		}
		name := word.(string)
		if len(name) > MaxName {
			return nil, tooLarge("name_too_long", "", "A member name is longer than 64 octets.", "Use the field names of the message's type.")
		}
		odd = odd || !plainName(name)
		r.values++
		v, p := r.value()
		if p != nil {
			return nil, p
		}
		m[name] = v
	}
	if p := r.end(); p != nil {
		return nil, p
	}
	if odd {
		return m, r.variants(m)
	}
	return m, nil
}

func (r *reader) end() *Problem {
	if _, err := r.dec.ReadToken(); err != nil {
		return r.syntax(err)
	}
	return nil
}

// word reads a string or a member name.
func (r *reader) word() (any, *Problem) {
	v, err := r.dec.ReadValue()
	if err != nil {
		return nil, r.syntax(err)
	}
	if len(v) < 2 || v.Kind() != '"' {
		return nil, r.syntax(jsontext.ErrNonStringName) // the decoder reads nothing else here
	}
	plain := v[1 : len(v)-1]
	if bytes.IndexByte(plain, '\\') < 0 {
		if known, ok := r.known[string(plain)]; ok {
			return known, nil
		}
		return string(plain), nil
	}
	text, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return nil, r.syntax(err)
	}
	return string(text), nil
}

// text refuses strings that are too long or carry control characters or noncharacters.
func (r *reader) text() (any, *Problem) {
	word, p := r.word()
	if p != nil {
		return nil, p
	}
	s := word.(string)
	if len(s) > MaxString {
		return nil, tooLarge("string_too_long", r.place(), "The text is longer than 64 KiB.", "Send it as an attachment.")
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			if strings.ContainsFunc(s, controlRune) {
				return nil, invalid("control_character", r.place(), "The text contains a control character.", "Use only printable text, tabs and line feeds.")
			}
			break
		}
	}
	return word, nil
}

// controlRune finds what no text needs: C0 but tab, line feed and return, DEL, C1, noncharacters.
func controlRune(c rune) bool {
	switch {
	case c < 0x20:
		return c != '\t' && c != '\n' && c != '\r'
	case c < 0x7f:
		return false
	}
	return c < 0xa0 || (c >= 0xfdd0 && c <= 0xfdef) || c&0xfffe == 0xfffe
}

// number accepts what survives every reader: integers up to 2^53-1 and decimals
// that a float64 holds to the last digit written.
func (r *reader) number(lit string) (any, *Problem) {
	if len(lit) <= MaxNumber {
		if n, err := strconv.ParseInt(lit, 10, 64); err == nil {
			if n >= -1<<53+1 && n <= 1<<53-1 {
				return n, nil
			}
		} else if f, err := strconv.ParseFloat(lit, 64); err == nil && survives(lit, f) {
			return f, nil
		}
	}
	return nil, invalid("bad_number", r.place(), "The number does not survive being read by other programs.",
		"Use an integer up to 9007199254740991, or a decimal of at most 15 digits.")
}

// survives tells whether f still has every digit of lit: at most 15 significant
// ones (IEEE 754 binary64 keeps those), neither underflown nor overflown.
func survives(lit string, f float64) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(lit), "e")
	if !strings.ContainsAny(mantissa, ".") && !strings.ContainsAny(lit, "eE") {
		return false // an integer beyond int64
	}
	digits := strings.Trim(strings.Replace(strings.TrimPrefix(mantissa, "-"), ".", "", 1), "0")
	if digits == "" {
		return true
	}
	abs := f
	if abs < 0 {
		abs = -abs
	}
	return len(digits) <= 15 && abs >= 1e-300 && abs <= 1e300
}

// plainName holds for names that have no case variant but themselves.
func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// variants finds names that a reader which folds case takes for one.
func (r *reader) variants(m map[string]any) *Problem {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		f := fold(name)
		if seen[f] {
			at := string(r.dec.StackPointer()) + "/" + escaped.Replace(name)
			return invalid("case_variant", safePointer(at), "Two member names differ only in case.", "Keep one of them, spelt as in the message's type.")
		}
		seen[f] = true
	}
	return nil
}

// fold maps each rune to the smallest of those that differ from it only in case.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		least := c
		for n := unicode.SimpleFold(c); n != c; n = unicode.SimpleFold(n) {
			least = min(least, n)
		}
		return least
	}, s)
}

// place is the pointer to what was read last.
func (r *reader) place() string { return safePointer(string(r.dec.StackPointer())) }

// syntax turns a decoder error into a Problem.
func (r *reader) syntax(err error) *Problem {
	var s *jsontext.SyntacticError
	where := ""
	if errors.As(err, &s) {
		where = safePointer(string(s.JSONPointer))
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return invalid("duplicate_name", where, "A member name appears twice in one object.", "Keep one of them.")
	}
	fix := "Check the file with a JSON tool; comments, trailing commas and a byte order mark are not JSON."
	if s != nil {
		fix = "Look at octet " + strconv.FormatInt(s.ByteOffset, 10) + ". " + fix
	}
	return invalid("bad_json", where, "This is not JSON in UTF-8.", fix)
}
