package schema

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxWords is how many words one search takes; the others are left out.
const MaxWords = 8

// Finder looks for words in the texts of messages.
type Finder struct{ words []string }

// NewFinder looks for every word of a phrase, nil if there is none. Upper and lower
// case, accents and forms of width make no difference.
func NewFinder(phrase string) *Finder {
	words := strings.Fields(plain(phrase))
	if len(words) == 0 {
		return nil
	}
	return &Finder{words[:min(len(words), MaxWords)]}
}

// In tells whether each word stands somewhere in the values of a message.
func (f *Finder) In(raw []byte) bool {
	missing := make([]string, len(f.words))
	copy(missing, f.words)
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return false
		}
		kind, length := d.StackIndex(d.StackDepth())
		name := kind == '{' && length%2 == 1
		if t.Kind() != '"' || name {
			continue
		}
		missing = without(missing, plain(t.String()))
		if len(missing) == 0 {
			return true
		}
	}
}

func without(words []string, text string) []string {
	left := words[:0]
	for _, w := range words {
		if !strings.Contains(text, w) {
			left = append(left, w)
		}
	}
	return left
}

// plain brings a text to the form in which it is compared.
func plain(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return strings.ToLower(s)
	}
	s = norm.NFKD.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s)
	return cases.Fold().String(s)
}
