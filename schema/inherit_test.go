package schema

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// parent is a message with an id of its own and the given handling and retention.
func parent(t testing.TB, n int, edits map[string]any) *Message {
	t.Helper()
	edits["/id"] = fmt.Sprintf("0198f3c2-4a1e-7c3b-9d52-6f1e2a3b%04x", n)
	m, err := catalogue(t).Read(edited(t, "mla.response", edits))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestInherit(t *testing.T) {
	type edits = map[string]any
	type list = []any
	plain := edits{"marking": "unclassified"}
	for _, row := range []struct {
		name         string
		own, parent  edits
		want, absent []string
	}{
		{"nothing", edits{"/handling": plain}, edits{"/handling": plain}, []string{`"handling":{"marking":"unclassified"}`}, nil},
		{"the higher marking", edits{"/handling": plain}, edits{"/handling": edits{"marking": "restricted"}}, []string{`"handling":{"marking":"restricted"}`}, nil},
		{"not the lower", edits{"/handling": edits{"marking": "restricted"}}, edits{"/handling": plain}, []string{`"handling":{"marking":"restricted"}`}, nil},
		{"codes together", edits{"/handling": edits{"marking": "restricted", "codes": list{"H2"}}}, edits{"/handling": edits{"marking": "restricted", "codes": list{"H1"}}}, []string{`"codes":["H1","H2"]`}, nil},
		{"H0 gives way", edits{"/handling": edits{"marking": "restricted", "codes": list{"H0"}}}, edits{"/handling": edits{"marking": "restricted", "codes": list{"H2"}}}, []string{`"codes":["H2"]`}, []string{"H0"}},
		{"H0 does not come beside a stronger", edits{"/handling": edits{"marking": "restricted", "codes": list{"H1"}}}, edits{"/handling": edits{"marking": "restricted", "codes": list{"H0"}}}, []string{`"codes":["H1"]`}, []string{"H0"}},
		{"H0 comes alone", edits{"/handling": plain}, edits{"/handling": edits{"marking": "unclassified", "codes": list{"H0"}}}, []string{`"codes":["H0"]`}, nil},
		{"H3 with its text", edits{"/handling": edits{"marking": "restricted", "codes": list{"H3"}, "note": "Ours."}},
			edits{"/handling": edits{"marking": "restricted", "codes": list{"H3"}, "note": "Ask \"us\"."}}, []string{`"note":"Ours.\n\nAsk \"us\"."`}, nil},
		{"a condition of the parent", edits{"/handling": plain}, edits{"/handling": edits{"marking": "unclassified", "conditions": list{edits{"code": "no-onward", "note": "Not \"there\".", "until": "2030-01-01", "applies_to": list{"/body"}}}}},
			[]string{`"conditions":[{"code":"no-onward","note":"Not \"there\".","until":"2030-01-01","set_by":"NL/iro","inherited_from":"0198f3c2-4a1e-7c3b-9d52-6f1e2a3b0001"}]`}, []string{"applies_to"}},
		{"a condition of the parent's parent", edits{"/handling": edits{"marking": "unclassified", "conditions": list{edits{"code": "return"}}}},
			edits{"/handling": edits{"marking": "unclassified", "conditions": list{edits{"code": "return", "set_by": "FR/police", "inherited_from": "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b0f01"}}}},
			[]string{`"conditions":[{"code":"return"},{"code":"return","set_by":"FR/police","inherited_from":"0198f3c2-4a1e-7c3b-9d52-6f1e2a3b0f01"}]`}, nil},
		{"the earlier date", edits{"/retention": edits{"delete_by": "2031-01-01", "basis": "x"}}, edits{"/retention": edits{"delete_by": "2030-01-01", "review_by": "2028-01-01"}},
			[]string{`"retention":{"review_by":"2028-01-01","basis":"x","delete_by":"2030-01-01"}`}, nil},
		{"not the later date", edits{"/retention": edits{"delete_by": "2029-01-01"}}, edits{"/retention": edits{"delete_by": "2030-01-01"}}, []string{`"retention":{"delete_by":"2029-01-01"}`}, nil},
		{"a date where there was none", edits{"/retention": gone{}}, edits{"/retention": edits{"delete_by": "2030-01-01"}}, []string{`{"retention":{"delete_by":"2030-01-01"},`}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := catalogue(t)
			m, err := c.Read(edited(t, "mla.request", row.own))
			if err != nil {
				t.Fatal(err)
			}
			from := parent(t, 1, row.parent)
			got, err := c.Inherit(m, []*Message{from})
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range row.want {
				if !bytes.Contains(got.Raw, []byte(text)) {
					t.Errorf("got %s, want %s in it", got.Raw, text)
				}
			}
			for _, text := range row.absent {
				if bytes.Contains(got.Raw, []byte(text)) {
					t.Errorf("%s is there", text)
				}
			}
			if again, err := c.Inherit(got, []*Message{from}); err != nil || again != got {
				t.Errorf("it inherits again: %v", err)
			}
		})
	}
}

// Whatever the two messages are, the child is bound by all that bound the parent, and
// nothing of it changes but how it is handled.
func TestEveryExampleInheritsFromEveryOther(t *testing.T) {
	c := catalogue(t)
	types := c.Types()
	changed := 0
	for i, typ := range types {
		m := exampleMessage(t, typ)
		for _, step := range []int{1, 7, 31} {
			from := exampleMessage(t, types[(i+step)%len(types)])
			got, err := c.Inherit(m, []*Message{from})
			if err != nil {
				t.Fatalf("%s from %s: %v", typ.Name, from.Type, err)
			}
			if got != m {
				changed++
			}
			inherited(t, m, from, got)
		}
	}
	if changed < 60 {
		t.Errorf("only %d pairs had something to inherit", changed)
	}
}

func inherited(t *testing.T, m, from, got *Message) {
	t.Helper()
	if got.Marking < from.Marking || got.Marking < m.Marking {
		t.Errorf("%s from %s: the marking fell", m.Type, from.Type)
	}
	for _, code := range slices.Concat(m.Codes, from.Codes) {
		if code != "H0" && !slices.Contains(got.Codes, code) {
			t.Errorf("%s from %s: %s is lost", m.Type, from.Type, code)
		}
	}
	for _, k := range from.Conditions {
		if !slices.ContainsFunc(got.Conditions, func(o Condition) bool {
			return o.Code == k.Code && o.Until == k.Until && o.Note == k.Note && len(o.AppliesTo) == 0 && o.SetBy != "" && o.InheritedFrom != ""
		}) {
			t.Errorf("%s from %s: the condition %s is lost", m.Type, from.Type, k.Code)
		}
	}
	for _, dates := range [][3]string{{from.DeleteBy, m.DeleteBy, got.DeleteBy}, {from.ReviewBy, m.ReviewBy, got.ReviewBy}} {
		if want := slices.MinFunc(dates[:2], func(a, b string) int { return strings.Compare(late(a), late(b)) }); dates[2] != want {
			t.Errorf("%s from %s: kept until %q, want %q", m.Type, from.Type, dates[2], want)
		}
	}
	was, _ := parse(m.Raw)
	is, _ := parse(got.Raw)
	for _, tree := range []map[string]any{was, is} {
		delete(tree, "handling")
		delete(tree, "retention")
	}
	if !reflect.DeepEqual(is, was) {
		t.Errorf("%s from %s: more changed than how it is handled", m.Type, from.Type)
	}
}

// late lets no date come last.
func late(date string) string {
	if date == "" {
		return "9999"
	}
	return date
}

// More than fits is a problem, and nothing is dropped in silence.
func TestInheritTooMuch(t *testing.T) {
	c := catalogue(t)
	m := exampleMessage(t, c.types["mla.request"])
	var many []*Message
	for n := range 33 {
		many = append(many, parent(t, n+1, map[string]any{"/handling": map[string]any{"marking": "restricted", "conditions": []any{map[string]any{"code": "return"}}}}))
	}
	long := func(n int, letter string) *Message {
		return parent(t, n, map[string]any{"/handling": map[string]any{"marking": "restricted", "note": strings.Repeat(letter, 3000)}})
	}
	for pointer, parents := range map[string][]*Message{"/handling/conditions": many, "/handling/note": {long(1, "a"), long(2, "b")}} {
		var p *Problem
		if _, err := c.Inherit(m, parents); !errors.As(err, &p) || p.Pointer != pointer || p.Fix == "" {
			t.Errorf("got %v, want a problem at %s", err, pointer)
		}
	}
	if got, err := c.Inherit(m, nil, Condition{Code: "use-report", SetBy: "NL/iro"}); err != nil || len(got.Conditions) != len(m.Conditions)+1 {
		t.Errorf("got %v, want the condition of a consent", err)
	}
}
