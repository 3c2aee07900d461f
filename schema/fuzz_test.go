package schema

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
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

// FuzzRule: an example of a type, damaged as the octets say, is valid or not by the
// jsonschema validator alone; the rule form accepts nothing more, and the verdict of
// both together is the validator's.
func FuzzRule(f *testing.F) {
	c := catalogue(f)
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
	f.Fuzz(func(t *testing.T, kind, damages uint8, octets []byte) {
		typ := c.types[names[int(kind)%len(names)]]
		tree, p := parse(typ.Example)
		if p != nil {
			t.Fatal(p)
		}
		random := rand.New(&choices{octets, rand.NewPCG(1, 2)})
		for range damages % 8 {
			damage(random, tree)
		}
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
