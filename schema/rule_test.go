package schema

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Every shipped example takes the fast way: no type that ships uses a keyword it does not know.
func TestRuleAcceptsTheExamples(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		tree, p := parse(typ.Example)
		if p != nil {
			t.Fatal(p)
		}
		if !c.rule.accepts(tree) || !c.types[typ.Name].rule.accepts(tree["body"]) {
			t.Errorf("%s: its example goes the slow way", typ.Name)
		}
	}
}

// What the rule accepts the validator accepts, over many small damages to the
// examples. The seed is fixed so that a failure can be repeated.
func TestRuleAcceptsNothingMoreThanTheValidator(t *testing.T) {
	c := catalogue(t)
	random := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	for _, typ := range c.Types() {
		for range 400 {
			tree, p := parse(typ.Example)
			if p != nil {
				t.Fatal(p)
			}
			for range 1 + random.IntN(3) {
				damage(random, tree)
			}
			body, ok := tree["body"].(map[string]any)
			if !ok {
				continue
			}
			yes := c.rule.accepts(tree) && typ.rule.accepts(body)
			valid := c.schema.Validate(tree) == nil && typ.validator.Validate(body) == nil
			if yes && !valid {
				t.Fatalf("%s: accepted, but %v %v", typ.Name, c.schema.Validate(tree), typ.validator.Validate(body))
			}
			if valid {
				accepted++
			} else {
				refused++
			}
		}
	}
	if accepted < 200 || refused < 200 {
		t.Errorf("the damages were one-sided: %d accepted, %d refused", accepted, refused)
	}
}

// damage changes one random place: takes a member out, adds one, swaps a value.
func damage(random *rand.Rand, v any) {
	odd := []any{nil, true, "", "x", "NL", "2026-01-01", "suspect", "bank-account-information", "impossible", "partly", int64(0), int64(7), 1.5, []any{}, []any{"x", "x"}, map[string]any{}}
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if len(names) == 0 {
			return
		}
		name := names[random.IntN(len(names))]
		switch random.IntN(6) {
		case 0:
			delete(v, name)
		case 1:
			v["code"] = odd[random.IntN(len(odd))]
		case 2:
			v[name] = odd[random.IntN(len(odd))]
		default:
			damage(random, v[name])
		}
	case []any:
		if len(v) > 0 {
			if i := random.IntN(len(v)); random.IntN(3) == 0 {
				v[i] = odd[random.IntN(len(odd))]
			} else {
				damage(random, v[i])
			}
		}
	}
}

// A keyword the rule does not know makes it unsure, never lenient.
func TestRuleIsUnsureOfUnknownKeywords(t *testing.T) {
	compile := func(doc map[string]any) *rule {
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("schema:///x", doc); err != nil {
			t.Fatal(err)
		}
		s, err := compiler.Compile("schema:///x")
		if err != nil {
			t.Fatal(err)
		}
		return ruler{}.rule(s)
	}
	type m = map[string]any
	for name, doc := range map[string]m{
		"pattern":               {"pattern": "^x$"},
		"not":                   {"not": m{"type": "string"}},
		"oneOf":                 {"oneOf": []any{m{"type": "string"}}},
		"multipleOf":            {"multipleOf": 2},
		"unevaluatedProperties": {"unevaluatedProperties": false},
		"a const object":        {"const": m{"a": "b"}},
		"an enum of numbers":    {"enum": []any{1, 2}},
		"a condition on types":  {"if": m{"type": "string"}, "then": m{"maxLength": 1}},
	} {
		if compile(doc).accepts("x") {
			t.Errorf("%s: accepted without being understood", name)
		}
	}
	if !compile(m{"type": "string", "maxLength": 1}).accepts("x") {
		t.Error("a plain string was not accepted")
	}
}

// Every keyword that rule takes for known is one of the validator.
func TestRuleKnowsTheValidatorsKeywords(t *testing.T) {
	for name := range ruled {
		if _, ok := reflect.TypeOf(jsonschema.Schema{}).FieldByName(name); !ok {
			t.Errorf("the validator has no %s any more", name)
		}
	}
}
