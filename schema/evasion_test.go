package schema_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/comity-exchange/comity/schema"
)

// member of an object in the text of a message: where it begins, where its name
// ends, where its value begins and ends.
type member struct{ from, named, value, to int }

// members of all objects in a text, as far as it can be read.
func members(raw []byte) []member {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var out []member
	var open []int // members whose value is not ended, by depth; -1 in a list
	for {
		name := d.StackDepth() > 0
		if kind, n := d.StackIndex(d.StackDepth()); kind != '{' || n%2 != 0 {
			name = false
		}
		tok, err := d.ReadToken()
		if err != nil {
			return out
		}
		end := int(d.InputOffset())
		switch kind := tok.Kind(); {
		case name && kind == '"':
			out = append(out, member{from: bytes.LastIndexByte(raw[:end-1], '"'), named: end})
			continue
		case kind == '{' || kind == '[':
			open = append(open, len(out)-1)
			begin(out, end-1)
			continue
		case kind == '}' || kind == ']':
			if last := len(open) - 1; last >= 0 {
				if i := open[last]; i >= 0 && out[i].to == 0 {
					out[i].to = end
				}
				open = open[:last]
			}
			continue
		}
		if n := len(out); n > 0 && out[n-1].value == 0 {
			out[n-1].value = out[n-1].named + bytes.IndexFunc(raw[out[n-1].named:end], func(c rune) bool { return !strings.ContainsRune(": \t\r\n", c) })
			out[n-1].to = end
		}
	}
}

// begin the value of the last member, if it has not begun.
func begin(out []member, at int) {
	if n := len(out); n > 0 && out[n-1].value == 0 {
		out[n-1].value = at
	}
}

// evasion changes the text of a message so that two readers could differ on it.
type evasion struct {
	name string
	with func(raw []byte, m, other member) string // what stands instead of the member
}

func text(raw []byte, from, to int) string { return string(raw[from:to]) }

var evasions = []evasion{
	{"a member twice", func(raw []byte, m, _ member) string { return text(raw, m.from, m.to) + "," + text(raw, m.from, m.to) }},
	{"another value before", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.named) + `:"x",` + text(raw, m.from, m.to)
	}},
	{"another value after", func(raw []byte, m, o member) string {
		return text(raw, m.from, m.to) + "," + text(raw, m.from, m.named) + ":" + text(raw, o.value, o.to)
	}},
	{"a case variant beside", func(raw []byte, m, o member) string {
		return text(raw, m.from, m.to) + "," + strings.ToUpper(text(raw, m.from, m.named)) + ":" + text(raw, o.value, o.to)
	}},
	{"a case variant instead", func(raw []byte, m, _ member) string {
		return strings.ToUpper(text(raw, m.from, m.named)) + text(raw, m.named, m.to)
	}},
	{"letters that look alike", func(raw []byte, m, _ member) string {
		return strings.NewReplacer("e", "е", "a", "а", "s", "ſ", "k", "\u212a").Replace(text(raw, m.from, m.named)) + text(raw, m.named, m.to)
	}},
	{"an escaped letter", func(raw []byte, m, _ member) string {
		return strings.NewReplacer("e", `\u0065`, "a", `\u0061`).Replace(text(raw, m.from, m.named)) + text(raw, m.named, m.to)
	}},
	{"an escaped twin", func(raw []byte, m, o member) string {
		return text(raw, m.from, m.to) + "," + strings.NewReplacer("e", `\u0065`, "a", `\u0061`).Replace(text(raw, m.from, m.named)) + ":" + text(raw, o.value, o.to)
	}},
	{"an escaped value", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.value) + strings.NewReplacer("i", `\u0069`, "t", `\u0074`).Replace(text(raw, m.value, m.to))
	}},
	{"a value in a list", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.value) + "[" + text(raw, m.value, m.to) + "]"
	}},
	{"a value in an object", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.value) + "{" + text(raw, m.from, m.to) + "}"
	}},
	{"a value in quotes", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.value) + `"` + strings.Trim(text(raw, m.value, m.to), `"`) + `"`
	}},
	{"a value without quotes", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.value) + strings.Trim(text(raw, m.value, m.to), `"`)
	}},
	{"a member left out", func([]byte, member, member) string { return "" }},
	{"a value of another member", func(raw []byte, m, o member) string { return text(raw, m.from, m.value) + text(raw, o.value, o.to) }},
	{"another member beside", func(raw []byte, m, o member) string { return text(raw, m.from, m.to) + "," + text(raw, o.from, o.to) }},
	{"a minor", func(raw []byte, m, _ member) string { return text(raw, m.from, m.to) + `,"minor":true` }},
	{"a victim", func(raw []byte, m, _ member) string { return text(raw, m.from, m.to) + `,"subject":"victim"` }},
	{"spaces", func(raw []byte, m, _ member) string {
		return "\n " + text(raw, m.from, m.named) + " \t" + text(raw, m.named, m.to) + "\r\n"
	}},
	{"a null", func(raw []byte, m, _ member) string { return text(raw, m.from, m.value) + "null" }},
	{"an invisible letter", func(raw []byte, m, _ member) string {
		return text(raw, m.from, m.named-1) + "\u200b" + text(raw, m.named-1, m.to)
	}},
}

// evade applies an evasion at a place in the text. A comma that is left over goes.
func evade(raw []byte, e evasion, r *rand.Rand) []byte {
	all := members(raw)
	if len(all) == 0 {
		return raw
	}
	m, other := all[r.IntN(len(all))], all[r.IntN(len(all))]
	if m.to == 0 || other.to == 0 || m.value == 0 || other.value == 0 {
		return raw
	}
	instead := e.with(raw, m, other)
	head, tail := raw[:m.from], raw[m.to:]
	if instead == "" {
		if next := bytes.TrimLeft(tail, " \t\r\n"); len(next) > 0 && next[0] == ',' {
			tail = next[1:]
		} else {
			head = bytes.TrimRight(bytes.TrimRight(head, " \t\r\n"), ",")
		}
	}
	return bytes.Join([][]byte{head, []byte(instead), tail}, nil)
}

// checkView reads bytes as a node does; if it accepts them, policy is shown all that
// a receiver sees in them.
func checkView(t testing.TB, raw []byte) (accepted bool) {
	t.Helper()
	c, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Read(raw)
	if err != nil {
		return false
	}
	r := receive(t, raw)
	if fault := r.missed(m.Findings); fault != "" {
		t.Fatalf("%s\n%s", fault, raw)
	}
	if fault := r.differs(m); fault != "" {
		t.Fatalf("policy is shown other %s\n%s", fault, raw)
	}
	return true
}

// Every way of evading, on every type: what comes of it is refused, or it is judged
// as it is received.
func TestEvasionsAreRefusedOrJudgedAsReceived(t *testing.T) {
	c, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(20261126, 27))
	accepted, refused := map[string]int{}, map[string]int{}
	for _, typ := range c.Types() {
		if !checkView(t, typ.Example) {
			t.Fatalf("the example of %s is not accepted", typ.Name)
		}
		for _, e := range evasions {
			for range 3 {
				raw := evade(typ.Example, e, r)
				if bytes.Equal(raw, typ.Example) {
					continue
				}
				if checkView(t, raw) {
					accepted[e.name]++
				} else {
					refused[e.name]++
				}
			}
		}
	}
	for _, name := range []string{"an escaped letter", "a member left out", "a value of another member", "spaces", "an escaped value"} {
		if accepted[name] == 0 {
			t.Errorf("%s: nothing is accepted, so nothing is compared", name)
		}
	}
	for _, e := range evasions {
		t.Logf("%s: %d accepted, %d refused", e.name, accepted[e.name], refused[e.name])
		if !strings.HasPrefix(e.name, "an escaped") && e.name != "spaces" && refused[e.name] == 0 {
			t.Errorf("%s: nothing is refused", e.name)
		}
	}
	for _, name := range []string{"a member twice", "another value before", "another value after", "a case variant beside", "a case variant instead", "an escaped twin"} {
		if accepted[name] > 0 {
			t.Errorf("%s: %d are accepted", name, accepted[name])
		}
	}
}

// The receiver misses what is taken out of the findings, and whom they are about. A
// few findings stand on an object whose parts all have a category of their own.
func TestTheReceiverFindsAnEvasion(t *testing.T) {
	c, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	tried, unnoticed := 0, 0
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		r := receive(t, typ.Example)
		for i, f := range m.Findings {
			for _, change := range []func(*schema.Finding){
				func(f *schema.Finding) { f.Category = "case.meta" },
				func(f *schema.Finding) { f.Subject += "x" },
				func(f *schema.Finding) { f.Pointer += "x" },
			} {
				left := slices.Clone(m.Findings)
				change(&left[i])
				if shown(seen{f.Pointer, f.Category, f.Subject, f.Minor}, left) {
					continue // another finding stands for the same
				}
				if tried++; r.missed(left) == "" {
					unnoticed++
				}
			}
		}
	}
	if t.Logf("%d of %d are not missed", unnoticed, tried); tried < 1000 || unnoticed*50 > tried {
		t.Errorf("%d of %d are not missed", unnoticed, tried)
	}
}

// FuzzView: for any bytes, mutated from the examples of all types, policy is shown
// all that a receiver sees, or the bytes are refused. F27.
func FuzzView(f *testing.F) {
	c, err := catalogue()
	if err != nil {
		f.Fatal(err)
	}
	for i, typ := range c.Types() {
		f.Add(typ.Example, []byte{byte(i), byte(3 * i)})
	}
	f.Fuzz(func(t *testing.T, raw, steps []byte) {
		for i, step := range steps[:min(len(steps), 4)] {
			raw = evade(raw, evasions[int(step)%len(evasions)], rand.New(rand.NewPCG(uint64(step), uint64(i+len(raw)))))
		}
		checkView(t, raw)
	})
}
