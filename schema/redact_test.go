package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// canaries gives every free text of an example a value of its own.
func canaries(t testing.TB, typ *Type) []byte {
	t.Helper()
	var tree any
	if err := json.Unmarshal(typ.Example, &tree); err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(n *node, v any) any
	walk = func(n *node, v any) any {
		switch v := v.(type) {
		case map[string]any:
			for _, p := range n.props {
				if member, ok := v[p.name]; ok {
					v[p.name] = walk(p, member)
				}
			}
		case []any:
			for i := range v {
				v[i] = walk(n.items, v[i])
			}
		case string:
			if n.translate == "text" || n.translate == "quote" || n.translate == "literal" {
				count++
				return fmt.Sprintf("canary%04dx", count)
			}
		}
		return v
	}
	raw, err := json.MarshalIndent(walk(typ.shape, tree), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := catalogue(t).Read(raw); err != nil {
		return typ.Example // a text of this type has a form of its own
	}
	return raw
}

// withholding is a message with what was taken out of it, as encoding/json reads both.
type withholding struct {
	Withheld []struct{ Pointer, Category, Reason string }
}

// redacted holds what Redact promises, for one message and one set of findings.
func redacted(t testing.TB, m *Message, out []Finding) (done bool) {
	t.Helper()
	c := catalogue(t)
	less, err := c.Redact(m, out, "policy")
	if err != nil {
		var p *Problem
		if !errors.As(err, &p) || p.Code != "not_redactable" || len(p.Errors) == 0 {
			t.Fatalf("%s: got %v, want not_redactable with places", m.Type, err)
		}
		return false
	}
	var told withholding
	if err := json.Unmarshal(less.Raw, &told); err != nil {
		t.Fatal(err)
	}
	if len(told.Withheld) != len(out) {
		t.Fatalf("%s: %d parts are told of, want %d", m.Type, len(told.Withheld), len(out))
	}
	for _, w := range told.Withheld {
		if !slices.ContainsFunc(out, func(f Finding) bool {
			return f.Pointer == w.Pointer && f.Category == w.Category && w.Reason == "policy"
		}) {
			t.Fatalf("%s: it tells of %v, which was not asked for", m.Type, w)
		}
	}
	if len(less.Findings)+len(out) > len(m.Findings) {
		t.Fatalf("%s: %d findings of %d are left after %d went", m.Type, len(less.Findings), len(m.Findings), len(out))
	}
	subset(t, m.Raw, less.Raw)
	together(t, m, less)
	if again, err := c.Redact(less, nil, "policy"); err != nil || !bytes.Equal(again.Raw, less.Raw) {
		t.Fatalf("%s: nothing more to take out: got %v", m.Type, err)
	}
	return true
}

// together holds that a text and its translations are both there or both gone, and that
// those that are there are still pairs.
func together(t testing.TB, m, less *Message) {
	t.Helper()
	of := func(m *Message, tr Translation) string {
		tree, _ := parse(m.Raw)
		text, _ := lookup(tree, tr.Pointer)
		s, ok := text.(string)
		if !ok {
			t.Fatalf("%s: %s is no text", m.Type, tr.Pointer)
		}
		return s
	}
	left := less.Translations
	for _, tr := range m.Translations {
		text := of(m, tr)
		pair := len(left) > 0 && left[0].Text == tr.Text && left[0].Language == tr.Language && of(less, left[0]) == text
		if pair {
			left = left[1:]
		}
		if strings.HasPrefix(text, "canary") && pair != bytes.Contains(less.Raw, []byte(text)) {
			t.Fatalf("%s: %s and its translation into %s were parted", m.Type, tr.Pointer, tr.Language)
		}
	}
	if len(left) > 0 {
		t.Fatalf("%s: these translations are of something else now: %v", m.Type, left)
	}
}

// subset holds that less is made of octets of raw in their order, but for what tells of the rest.
func subset(t testing.TB, raw, less []byte) {
	t.Helper()
	told := bytes.Index(less, []byte(`],`))
	if !bytes.HasPrefix(less, []byte(`{"withheld":[{`)) || told < 0 {
		t.Fatalf("it does not begin with what was withheld: %.80s", less)
	}
	rest := append([]byte("{"), less[told+2:]...)
	for len(rest) > 0 && len(raw) > 0 {
		if rest[0] == raw[0] {
			rest = rest[1:]
		}
		raw = raw[1:]
	}
	if len(rest) > 0 {
		t.Fatalf("these octets are not the message's: %.80s", rest)
	}
}

// values lists the free texts of a text that were given values of their own.
func values(raw []byte) (list []string) {
	for _, part := range strings.Split(string(raw), "canary")[1:] {
		list = append(list, "canary"+part[:5])
	}
	return list
}

// From every example any set of findings is taken out whole or not at all: the result
// is valid, tells what went, keeps every other octet, and no value that stood below a
// place that went is left.
func TestRedactAnyFindings(t *testing.T) {
	c := catalogue(t)
	done, refused := 0, 0
	for i, typ := range c.Types() {
		m, err := c.Read(canaries(t, typ))
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(7, uint64(i)))
		for round := range 24 {
			var out []Finding
			for _, f := range m.Findings {
				if random.IntN(1+len(m.Findings)) <= round/8 {
					out = append(out, f)
				}
			}
			if len(out) == 0 {
				continue
			}
			if !redacted(t, m, out) {
				refused++
				continue
			}
			done++
			less, _ := c.Redact(m, out, "policy")
			root, _ := spans(m.Raw)
			for _, f := range out {
				at := root.at(f.Pointer)
				for _, value := range values(m.Raw[at.start:at.end]) {
					if bytes.Contains(less.Raw, []byte(value)) {
						t.Fatalf("%s: %s of %s is left", typ.Name, value, f.Pointer)
					}
				}
			}
		}
	}
	if done < 400 || refused < 100 {
		t.Errorf("%d were redacted and %d were not: the test sees too little", done, refused)
	}
}

// All findings of any one category of an example: what is left has none of it.
func TestRedactOneCategory(t *testing.T) {
	c := catalogue(t)
	done := 0
	for _, typ := range c.Types() {
		m := exampleMessage(t, typ)
		for _, category := range c.Categories() {
			out := slices.DeleteFunc(slices.Clone(m.Findings), func(f Finding) bool { return f.Category != category })
			if len(out) == 0 {
				continue
			}
			less, err := c.Redact(m, out, "policy")
			if err != nil {
				continue
			}
			done++
			for _, f := range less.Findings {
				if f.Category == category {
					t.Errorf("%s: %s is left at %s", typ.Name, category, f.Pointer)
				}
			}
		}
	}
	if done < 200 {
		t.Errorf("only %d categories could be taken out of an example", done)
	}
}

func TestRedact(t *testing.T) {
	type edits = map[string]any
	type list = []any
	person := map[string]any{"subject": "suspect", "name": "Alpha", "date_of_birth": "1980-01-01"}
	victim := map[string]any{"subject": "victim", "name": "Beta"}
	other := filed("b.wsq", 20)
	other["sha256"] = strings.Repeat("1", 64)
	noted := map[string]any{"subject": "suspect", "name": "Alpha", "role_note": "Epsilon"}
	protected := map[string]any{"subject": "suspect", "name": "Alpha", "role_note": "Epsilon", "protected": true}
	pair := func(pointer string) map[string]any {
		return map[string]any{"pointer": pointer, "language": "fr", "text": "traduit " + pointer, "kind": "human"}
	}
	child := map[string]any{"subject": "suspect", "name": "Gamma", "date_of_birth": "2012-01-01"}
	for _, row := range []struct {
		name   string
		edits  edits
		out    []string // "pointer category"
		want   []string // text that must be in the result
		absent []string
		fails  []string // places that cannot go
	}{
		{"a member", edits{"/body/persons": list{person}}, []string{"/body/persons/0/date_of_birth id.birth"},
			[]string{`"persons":[{"name":"Alpha","subject":"suspect"}]`, `{"pointer":"/body/persons/0/date_of_birth","category":"id.birth","reason":"policy"}`}, []string{"1980"}, nil},
		{"a person for what it stands for", edits{"/body/persons": list{victim, person}}, []string{"/body/persons/0 person.victim"},
			[]string{`"persons":[{"date_of_birth"`}, []string{"Beta"}, nil},
		{"the last element takes the list along", edits{"/body/persons": list{victim}}, []string{"/body/persons/0 person.victim"}, nil, []string{`"persons":`, "Beta"}, nil},
		{"a person of whom only the kind is left", edits{"/body/persons": list{map[string]any{"subject": "suspect", "name": "Delta"}, person}}, []string{"/body/persons/0/name id.name"},
			[]string{`"persons":[{"date_of_birth"`}, []string{"Delta"}, nil},
		{"a file", edits{"/attachments": list{filed("a.wsq", 10), other}}, []string{"/attachments/0 unstated"}, []string{`"b.wsq"`}, []string{`"a.wsq"`}, nil},
		{"a file that stays under another name", edits{"/attachments": list{filed("a.wsq", 10), filed("b.wsq", 10)}}, []string{"/attachments/0 unstated"}, nil, nil, []string{"/attachments/0"}},
		{"conditions follow what they apply to", edits{"/body/persons": list{victim, person}, "/handling/conditions": list{
			map[string]any{"code": "return", "applies_to": list{"/body/persons/0/name"}},
			map[string]any{"code": "purpose-only", "applies_to": list{"/body/persons/0", "/body/persons/1/name", "/subject"}},
			map[string]any{"code": "use-report"}}}, []string{"/body/persons/0 person.victim"},
			[]string{`[{"applies_to":["/body/persons/0/name","/subject"],"code":"purpose-only"},{"code":"use-report"}]`}, nil, nil},
		{"the only condition goes with its data", edits{"/body/persons": list{victim, person}, "/handling/conditions": list{map[string]any{"code": "return", "applies_to": list{"/body/persons/0"}}}},
			[]string{"/body/persons/0 person.victim"}, nil, []string{`"conditions":`}, nil},
		{"what the message needs", nil, []string{"/subject crime.file"}, nil, nil, []string{"/subject"}},
		{"a birth date that tells of a child", edits{"/body/persons": list{child}}, []string{"/body/persons/0/date_of_birth id.birth minor"}, nil, nil, []string{"/body/persons/0/name"}},
		{"a place that has no such data", nil, []string{"/body/persons/0/name fin.account"}, nil, nil, []string{"/body/persons/0/name"}},
		{"a text takes its translations along", edits{"/body/persons": list{noted}, "/translations": list{pair("/body/persons/0/role_note"), pair("/subject")}},
			[]string{"/body/persons/0/role_note crime.accusation"}, []string{`"translations":[{"kind":"human","language":"fr","pointer":"/subject"`}, []string{"Epsilon", `/role_note","text`}, nil},
		{"a translation takes its original along", edits{"/body/persons": list{noted}, "/translations": list{pair("/body/persons/0/role_note")}},
			[]string{"/translations/0/text crime.accusation"}, []string{`"withheld":[{"pointer":"/translations/0/text","category":"crime.accusation","reason":"policy"}]`}, []string{"Epsilon", `"translations":`}, nil},
		{"a person takes the translations along", edits{"/body/persons": list{protected, person}, "/translations": list{pair("/body/persons/0/role_note"), pair("/subject")}},
			[]string{"/body/persons/0 person.protected"}, []string{`"pointer":"/subject"`}, []string{"Epsilon", `/role_note`}, nil},
		{"translations follow what they are of", edits{"/body/persons": list{victim, noted}, "/translations": list{pair("/body/persons/1/role_note")}, "/handling/conditions": list{map[string]any{"code": "return", "applies_to": list{"/translations/0/text"}}}},
			[]string{"/body/persons/0 person.victim"}, []string{`"pointer":"/body/persons/0/role_note"`, `["/translations/0/text"]`}, nil, nil},
		{"a translation of what must stay", edits{"/translations": list{pair("/subject")}}, []string{"/translations/0/text crime.file"}, nil, nil, []string{"/translations/0/text"}},
		{"who translated goes alone", edits{"/translations": list{map[string]any{"pointer": "/subject", "language": "fr", "text": "x", "kind": "human", "by": "Zeta"}}}, []string{"/translations/0/by authority.contact"},
			[]string{`{"kind":"human","language":"fr","pointer":"/subject","text":"x"}`}, []string{"Zeta"}, nil},
		{"what was withheld before stays told", edits{"/body/persons": list{person}, "/withheld": list{map[string]any{"pointer": "/body/x", "category": "health", "reason": "law"}}},
			[]string{"/body/persons/0/date_of_birth id.birth"}, []string{`"withheld":[{"category":"health","pointer":"/body/x","reason":"law"},{"pointer":"/body/persons/0/date_of_birth"`}, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := catalogue(t).Read(edited(t, "mla.request", row.edits))
			if err != nil {
				t.Fatal(err)
			}
			less, err := catalogue(t).Redact(m, chosen(m, row.out), "policy")
			if row.fails != nil {
				var p *Problem
				if !errors.As(err, &p) || !slices.EqualFunc(p.Errors, row.fails, func(e Problem, at string) bool { return e.Pointer == at }) {
					t.Fatalf("got %v, want not_redactable at %v", err, row.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range row.want {
				if !bytes.Contains(less.Raw, []byte(text)) {
					t.Errorf("got %s, want %s in it", less.Raw, text)
				}
			}
			for _, text := range row.absent {
				if bytes.Contains(less.Raw, []byte(text)) {
					t.Errorf("%s is left", text)
				}
			}
		})
	}
}

// chosen finds the findings named "pointer category"; one that is not there is made up.
func chosen(m *Message, names []string) (out []Finding) {
	for _, name := range names {
		pointer, category, _ := strings.Cut(name, " ")
		category = strings.TrimSuffix(category, " minor")
		f := Finding{Pointer: pointer, Category: category}
		if i := slices.IndexFunc(m.Findings, func(f Finding) bool { return f.Pointer == pointer && f.Category == category }); i >= 0 {
			f = m.Findings[i]
		}
		out = append(out, f)
	}
	return out
}

// A reason that is none is refused; files that nothing describes any more are left behind.
func TestRedactReasonAndFiles(t *testing.T) {
	c := catalogue(t)
	other := filed("b.wsq", 20)
	other["sha256"] = strings.Repeat("1", 64)
	m, err := c.Read(edited(t, "mla.request", map[string]any{"/attachments": []any{filed("a.wsq", 10), other}}))
	if err != nil {
		t.Fatal(err)
	}
	out := chosen(m, []string{"/attachments/1 unstated"})
	if _, err := c.Redact(m, out, "whim"); err == nil {
		t.Error("a reason that is no code was taken")
	}
	less, err := c.Redact(m, out, "law")
	if err != nil {
		t.Fatal(err)
	}
	files := []File{{SHA256: m.Attachments[0].SHA256}, {SHA256: m.Attachments[1].SHA256}}
	if got := less.Attached(files); len(got) != 1 || got[0].SHA256 != files[0].SHA256 {
		t.Errorf("got %d files, want the first alone", len(got))
	}
}

// FuzzRedact: any findings of any damaged example that is still valid are taken out
// as promised, or not at all.
func FuzzRedact(f *testing.F) {
	c := catalogue(f)
	names := damageable(f, c)
	f.Fuzz(func(t *testing.T, kind, damages uint8, octets []byte) {
		raw, err := json.Marshal(damaged(t, c.types[names[int(kind)%len(names)]], damages, octets))
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Read(raw)
		if err != nil {
			return
		}
		random := rand.New(&choices{octets, rand.NewPCG(3, uint64(damages))})
		var out []Finding
		for _, found := range m.Findings {
			if random.IntN(4) == 0 {
				out = append(out, found)
			}
		}
		if len(out) > 0 && !bytes.Contains(raw, []byte(`"withheld"`)) {
			redacted(t, m, out)
		}
	})
}
