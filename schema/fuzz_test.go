package schema

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

// choices are a source of numbers: the fuzzer writes the first ones, and fixed ones
// follow, because a source of zeros alone would be asked for ever.
type choices struct {
	octets []byte
	after  *rand.PCG
}

func (c *choices) Uint64() uint64 {
	if len(c.octets) < 8 {
		return c.after.Uint64()
	}
	n := binary.LittleEndian.Uint64(c.octets)
	c.octets = c.octets[8:]
	return n
}

// damageable seeds a target whose inputs are the number of a type, how often its
// example is damaged, and how; it gives the names of the types by number.
func damageable(f *testing.F, c *Catalogue) []string {
	names := slices.Sorted(maps.Keys(c.types))
	for i := range names {
		for seed := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			octets := make([]byte, 64)
			for at := 0; at < len(octets); at += 8 {
				binary.LittleEndian.PutUint64(octets[at:], random.Uint64())
			}
			f.Add(uint8(i), uint8(seed), octets)
		}
	}
	return names
}

func damaged(t *testing.T, typ *Type, damages uint8, octets []byte) map[string]any {
	t.Helper()
	tree, p := parse(typ.Example)
	if p != nil {
		t.Fatal(p)
	}
	random := rand.New(&choices{octets, rand.NewPCG(1, 2)})
	for range damages % 8 {
		damage(random, tree)
	}
	return tree
}

// FuzzRule: an example of a type, damaged as the octets say, is valid or not by the
// jsonschema validator alone; the rule form accepts nothing more, and the verdict of
// both together is the validator's.
func FuzzRule(f *testing.F) {
	c := catalogue(f)
	names := damageable(f, c)
	f.Fuzz(func(t *testing.T, kind, damages uint8, octets []byte) {
		typ := c.types[names[int(kind)%len(names)]]
		tree := damaged(t, typ, damages, octets)
		body, isObject := tree["body"].(map[string]any)
		valid := c.schema.Validate(tree) == nil && isObject && typ.validator.Validate(body) == nil
		if isObject && c.rule.accepts(tree) && typ.rule.accepts(body) && !valid {
			t.Fatal("the rule form accepts what the validator refuses")
		}
		if got := c.validate(typ, tree); (got == nil) != valid {
			t.Fatalf("got %v, while the validator says %v", got, valid)
		}
	})
}

// FuzzEvasion: whatever of a damaged example is accepted, policy is shown a category
// for every value that a plain reading of the schema files puts under one, and for
// every person what that person stands for. F27.
func FuzzEvasion(f *testing.F) {
	c := catalogue(f)
	names, files := damageable(f, c), map[string]map[string]any{}
	f.Fuzz(func(t *testing.T, kind, damages uint8, octets []byte) {
		typ := c.types[names[int(kind)%len(names)]]
		raw, err := json.Marshal(damaged(t, typ, damages, octets))
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Read(raw)
		if err != nil {
			return
		}
		var tree map[string]any
		if err := json.Unmarshal(raw, &tree); err != nil {
			t.Fatal(err)
		}
		if err := uncovered(t, c, files, typ, m, tree); err != "" {
			t.Fatal(err)
		}
	})
}

// uncovered names a value of tree that policy is not shown, "" if there is none.
func uncovered(t testing.TB, c *Catalogue, files map[string]map[string]any, typ *Type, m *Message, tree map[string]any) string {
	body := tree["body"]
	delete(tree, "body")
	n := plainReading{t: t, files: files, implies: c.implies, found: map[string]string{}}
	n.walk("message.json", "", tree, "", "")
	n.walk("types/"+typ.Name+".json", "", body, "/body", n.top)
	pairs, _ := tree["translations"].([]any)
	for i, pair := range pairs { // a translation is what its original is
		of, _ := pair.(map[string]any)["pointer"].(string)
		category, there := n.found[of]
		if !there {
			return "a translation of nothing: " + of
		}
		n.found[element("/translations", i)+"/text"] = category
	}
	for pointer, category := range n.found {
		place, _, _ := strings.Cut(pointer, "#") // several categories may stand at one place
		covered := slices.ContainsFunc(m.Findings, func(f Finding) bool {
			return f.Category == category && (place == f.Pointer || strings.HasPrefix(place, f.Pointer+"/"))
		})
		if category != neutral && !covered {
			return place + ": " + category + " is not among the findings"
		}
	}
	if len(n.found) < 10 {
		return "the plain reading saw next to nothing"
	}
	return ""
}

// plainReading reads the schema files as they lie there, one value after the other.
type plainReading struct {
	t       testing.TB
	files   map[string]map[string]any
	implies map[string]string
	top     string            // category of the message as such
	found   map[string]string // pointer, or pointer#person, to category
}

// walk follows references until something stands there; the outermost category counts.
func (n *plainReading) walk(file, place string, v any, pointer, above string) {
	sch, category := n.schema(file, place), ""
	for {
		if own, ok := sch["x-category"].(string); ok && category == "" {
			category = own
		}
		ref, ok := sch["$ref"].(string)
		if !ok {
			break
		}
		to, inside, _ := strings.Cut(ref, "#")
		if to != "" {
			file = path.Join(path.Dir(file), to)
		}
		place = inside
		sch = n.schema(file, place)
	}
	if category == "" {
		category = above
	}
	if pointer == "" {
		n.top = category
	}
	switch v := v.(type) {
	case map[string]any:
		n.object(file, place, sch, v, pointer, category)
	case []any:
		for i, e := range v {
			n.walk(file, place+"/items", e, element(pointer, i), category)
		}
	default:
		n.found[pointer] = category
	}
}

func (n *plainReading) object(file, place string, sch, v map[string]any, pointer, category string) {
	if sch["x-attachment"] == true {
		stated, ok := v["category"].(string)
		if !ok {
			stated = unstated
		}
		n.found[pointer] = stated
		return
	}
	if about, ok := sch["x-subject"].(map[string]any); ok {
		whose, _ := about["category"].(string)
		subject, _ := v[whose].(string)
		if implied := n.implies[subject]; implied != "" {
			n.found[pointer+"#person"] = implied
		}
	}
	for name, member := range v {
		n.walk(file, place+"/properties/"+name, member, pointer+"/"+name, category)
	}
}

// schema at a place of a file.
func (n *plainReading) schema(file, place string) map[string]any {
	if n.files[file] == nil {
		text, err := data.ReadFile(file)
		if err != nil {
			n.t.Fatal(err)
		}
		var whole map[string]any
		if err := json.Unmarshal(text, &whole); err != nil {
			n.t.Fatal(err)
		}
		n.files[file] = whole
	}
	var v any = n.files[file]
	for _, token := range strings.Split(place, "/")[1:] {
		m, _ := v.(map[string]any)
		v = m[token]
	}
	m, ok := v.(map[string]any)
	if !ok {
		n.t.Fatalf("%s#%s: no schema there", file, place)
	}
	return m
}

// The plain reading finds what is taken out of the findings.
func TestPlainReadingFindsAnEvasion(t *testing.T) {
	c, files := catalogue(t), map[string]map[string]any{}
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		read := func() (tree map[string]any) {
			if err := json.Unmarshal(typ.Example, &tree); err != nil {
				t.Fatal(err)
			}
			return tree
		}
		if err := uncovered(t, c, files, typ, m, read()); err != "" {
			t.Errorf("%s %s", typ.Name, err)
		}
		m.Findings = m.Findings[:len(m.Findings)/2]
		if uncovered(t, c, files, typ, m, read()) == "" {
			t.Errorf("%s: half the findings are missing and nothing is missed", typ.Name)
		}
	}
}
