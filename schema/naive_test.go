package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// naive reads a message as the strict reader must, in the plainest way: token by
// token, every limit counted by hand, nothing reused. It is slow and it is what
// the strict reader is compared with.
type naive struct {
	dec   *jsontext.Decoder
	count int
	path  []string
}

// refusal is a code and the pointer that goes with it.
type refusal struct{ code, pointer string }

func naiveParse(raw []byte) (v any, no *refusal) {
	if len(raw) > MaxMessage {
		return nil, &refusal{code: "message_too_large"}
	}
	n := &naive{dec: jsontext.NewDecoder(bytes.NewReader(bytes.Clone(raw)))}
	defer func() { // a refusal ends the reading wherever it is found
		switch p := recover().(type) {
		case nil:
		case *refusal:
			v, no = nil, p
		default:
			panic(p)
		}
	}()
	if n.dec.PeekKind() != '{' {
		if _, err := n.dec.ReadToken(); err != nil && err != io.EOF {
			n.refuse("bad_json")
		}
		n.refuse("not_an_object")
	}
	v = n.value()
	if _, err := n.dec.ReadToken(); err != io.EOF {
		n.refuse("trailing_data")
	}
	return v, nil
}

func (n *naive) refuse(code string) {
	panic(&refusal{code, n.place()})
}

// place is the pointer to what was read last, cut before the first name that may be content.
func (n *naive) place() string {
	return safePointer(strings.Join(append([]string{""}, n.path...), "/"))
}

func (n *naive) token() jsontext.Token {
	tok, err := n.dec.ReadToken()
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return tok
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		panic(&refusal{"duplicate_name", safePointer(string(syntax.JSONPointer))})
	}
	panic(&refusal{code: "bad_json"})
}

func (n *naive) counted() {
	if n.count++; n.count > MaxValues {
		panic(&refusal{code: "too_many_values"})
	}
}

func (n *naive) value() any {
	n.counted()
	switch tok := n.token(); tok.Kind() {
	case '"':
		return n.text(tok.String())
	case '0':
		return n.number(tok.String())
	case '{':
		n.deep()
		return n.object()
	case '[':
		n.deep()
		return n.array()
	case 't', 'f':
		return tok.Bool()
	}
	return nil
}

func (n *naive) deep() {
	if n.dec.StackDepth() > MaxDepth {
		panic(&refusal{code: "too_deep"})
	}
}

func (n *naive) array() any {
	list := []any{}
	for i := 0; n.dec.PeekKind() != ']'; i++ {
		n.path = append(n.path, strconv.Itoa(i))
		list = append(list, n.value())
		n.path = n.path[:len(n.path)-1]
	}
	n.token()
	return list
}

func (n *naive) object() any {
	m := map[string]any{}
	for n.dec.PeekKind() != '}' {
		name := n.token().String()
		if len(name) > MaxName {
			panic(&refusal{code: "name_too_long"})
		}
		n.count++
		n.path = append(n.path, strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		m[name] = n.value()
		n.path = n.path[:len(n.path)-1]
	}
	n.token()
	n.variants(m)
	return m
}

// variants compares every odd name with every other, as the standard reader would take them for one.
func (n *naive) variants(m map[string]any) {
	var names, odd []string
	for name := range m {
		names = append(names, name)
		if strings.ToLower(name) != name || strings.ContainsFunc(name, func(c rune) bool { return c > unicode.MaxASCII }) {
			odd = append(odd, name)
		}
	}
	twins := map[string]bool{}
	for _, a := range odd {
		for _, b := range names {
			if a != b && strings.EqualFold(a, b) {
				twins[max(a, b)] = true
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if twins[name] {
			n.path = append(n.path, strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
			n.refuse("case_variant")
		}
	}
}

func (n *naive) text(s string) string {
	if len(s) > MaxString {
		n.refuse("string_too_long")
	}
	for _, c := range s {
		if (unicode.IsControl(c) && !strings.ContainsRune("\t\n\r", c)) || unicode.Is(unicode.Noncharacter_Code_Point, c) {
			n.refuse("control_character")
		}
	}
	return s
}

// number is exact: the digits written against the digits that a float64 keeps.
func (n *naive) number(lit string) any {
	whole := !strings.ContainsAny(lit, ".eE")
	exact := new(big.Rat)
	switch f, err := strconv.ParseFloat(lit, 64); {
	case len(lit) > MaxNumber || err != nil:
	case whole:
		exact.SetString(lit)
		if limit := big.NewInt(1<<53 - 1); exact.Num().CmpAbs(limit) <= 0 {
			return exact.Num().Int64()
		}
	case f == 0: // a zero, or so small that it became one
		if mantissa, _, _ := strings.Cut(strings.ToLower(lit), "e"); !strings.ContainsAny(mantissa, "123456789") {
			return f
		}
	default:
		kept, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', 14, 64))
		size := new(big.Rat).Abs(kept)
		least, _ := new(big.Rat).SetString("1e-300")
		most, _ := new(big.Rat).SetString("1e300")
		if exact.SetString(lit); exact.Cmp(kept) == 0 && size.Cmp(least) >= 0 && size.Cmp(most) <= 0 {
			return f
		}
	}
	n.refuse("bad_number")
	return nil
}

// FuzzStrictNaive: the strict reader and the naive one accept the same, read the
// same from it, and refuse with the same code at the same place.
func FuzzStrictNaive(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	for _, value := range edgeValues {
		f.Add([]byte(`{"v":` + value + `}`))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := compareNaive(raw); err != "" {
			t.Fatal(err)
		}
	})
}

func compareNaive(raw []byte) string {
	want, no := naiveParse(raw)
	got, p := parse(raw)
	switch {
	case p == nil && no == nil:
		if err := same(got, want); err != "" {
			return err
		}
	case p == nil:
		return "accepted what is refused by " + no.code
	case no == nil:
		return "refused by " + p.Code + " what is well"
	case p.Code == "duplicate_name" && no.code == "bad_json" && !json.Valid(raw): // both are true of it
	case p.Code != no.code:
		return "refused by " + p.Code + ", want " + no.code
	case p.Code != "bad_json" && p.Pointer != no.pointer: // how far a broken text was read is the reader's own matter
		return p.Code + " at " + p.Pointer + ", want " + no.pointer
	case !utf8.ValidString(p.Error()):
		return "the refusal is not text"
	}
	return ""
}

// same says where two trees differ, in type or value.
func same(a, b any) string {
	switch a := a.(type) {
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(a) != len(m) {
			return "an object differs"
		}
		for k, v := range a {
			w, there := m[k]
			if err := same(v, w); err != "" || !there {
				return k + ": " + err
			}
		}
		return ""
	case []any:
		l, ok := b.([]any)
		if !ok || len(a) != len(l) {
			return "an array differs"
		}
		for i, v := range a {
			if err := same(v, l[i]); err != "" {
				return strconv.Itoa(i) + ": " + err
			}
		}
		return ""
	}
	if a != b {
		return "a value differs"
	}
	return ""
}

// edgeValues are values at the edges of what is one.
var edgeValues = []string{
	"0", "-0", "0.0", "-0.0", "0e9", "0E-99999999", "00", "01", "-", "-a", "+1", ".5", "1.", "1e", "1e+", "1E+2", "1e-2", "10.50", "0.1", "1e300", "1e301", "1.1e300", "1e-300", "9e-301",
	"9007199254740991", "9007199254740992", "-9007199254740991", "-9007199254740992", "123456789012345.6", "12345678901234.5", "1234567890123450", "1000000000000000000000", "1e21", "10000000000000000000000000.0",
	"0.000000000000000000000000000001", "0.0000000000000000000000000000001", "0.3000000000000000444", "1e999999", "1e-999999", "5e-324", "NaN", "Infinity", "nul", "null", "nullx", "true", "truefalse", "false", "tru\\u0065",
	`""`, `"\u0000"`, `"\u001f"`, `"\t\n\r\b"`, `"\t"`, "\"\t\"", "\"\n\"", `"\/\\\""`, `"\x"`, `"\u12"`, `"\u12G4"`, `"\uD83D\uDE00"`, `"\uD83D"`, `"\uDE00"`, `"\uD83Dx"`, `"\uD83D\u0041"`, `"\uFFFE"`, `"\uFDD0"`, `"\uFDCF"`, `"\uD83F\uDFFF"`, `"\uFEFF"`,
	"\"\x7f\"", "\"\u0080\"", "\"\u009f\"", "\"\u00a0\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\xff\"", `"`, `"\`, `"\u`, `'x'`,
	"[]", "[ ]", "[,]", "[1,]", "[1 2]", "[1,2", "[", "]", "[}", "{}", "{ }", "{,}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":1}}`, `{"":1}`, `{"~/":1e9999}`, `{"a/b":[0,1e9999]}`,
	`{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"a":1,"A":1}`, `{"A":1,"a":1,"B":2,"b":3}`, `{"\u00e9":1,"\u00c9":1}`, `{"\u017f":1,"S":1,"s":1}`, `{"a":{"A":{},"a":1},"a":2}`, `{"K":1,"\u212a":2}`, `{"ss":1,"\u00df":2}`, `{"i":1,"\u0130":2,"\u0131":3}`, `{"\u01c5":1,"\u01c4":1}`, `{"A":1,"b":1,"a b":1}`,
	`{"":{"a":1,"A":2}}`, `{"x y":{"a":1,"A":2}}`, `{"a/b":{"a":1,"A":2}}`, `{"":{"b":{"a":1,"A":2}}}`, `{"a/b":1,"A/B":2}`, `{"c":{"":1,"a~":2,"A~":3}}`,
}

// edges are texts just inside and just outside each rule and limit.
func edges() [][]byte {
	var all [][]byte
	for _, value := range edgeValues {
		all = append(all, []byte(`{"v":`+value+`}`), []byte(value), []byte(" \t\r\n"+value+" \t\r\n"), []byte(`{"v":[`+value+`,`+value+`]}`))
	}
	around := func(limit int, text func(int) string) {
		for n := limit - 1; n <= limit+1; n++ {
			all = append(all, []byte(text(n)))
		}
	}
	around(MaxDepth-1, func(n int) string { return `{"v":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` })
	around(MaxDepth, func(n int) string { return strings.Repeat(`{"v":`, n) + "1" + strings.Repeat("}", n) })
	around(MaxName, func(n int) string { return `{"` + strings.Repeat("a", n) + `":1}` })
	around(MaxName/2, func(n int) string { return `{"` + strings.Repeat("\u00e9", n) + `":1}` })
	around(MaxString, func(n int) string { return `{"v":"` + strings.Repeat("a", n) + `"}` })
	around(MaxString, func(n int) string { return `{"v":"` + strings.Repeat(`\n`, n) + `"}` })
	around(MaxNumber, func(n int) string { return `{"v":0.5` + strings.Repeat("0", n-3) + `}` })
	around(MaxValues-3, func(n int) string { return `{"v":[` + strings.Repeat("0,", n-1) + `0]}` })
	around(MaxMessage, func(n int) string { return `{"v":1` + strings.Repeat(" ", n-7) + `}` })
	return all
}

// Just inside and outside every limit the two readers agree, so a change of the
// reader is judged without fuzzing.
func TestStrictAgreesWithTheNaiveReader(t *testing.T) {
	accepted, refused := 0, map[string]int{}
	for _, raw := range append(seeds(t), edges()...) {
		if err := compareNaive(raw); err != "" {
			t.Errorf("%.80q: %s", raw, err)
		}
		if _, no := naiveParse(raw); no != nil {
			refused[no.code]++
		} else {
			accepted++
		}
	}
	for _, code := range []string{"bad_json", "not_an_object", "trailing_data", "duplicate_name", "case_variant", "name_too_long", "string_too_long",
		"control_character", "bad_number", "too_many_values", "too_deep", "message_too_large"} {
		if refused[code] == 0 {
			t.Errorf("no seed is refused by %s", code)
		}
	}
	if accepted < 50 {
		t.Errorf("got %d accepted seeds, want at least 50", accepted)
	}
}
