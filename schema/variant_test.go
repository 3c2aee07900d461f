package schema

import (
	"path/filepath"
	"testing"
)

// What testdata/variants makes of the example of a type is valid too, and takes the
// fast way: no rule between fields asks for more than the law does, or for what
// cannot be.
func TestVariantsOfTheExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/variants/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables in testdata/variants: %v", err)
	}
	c := catalogue(t)
	for _, file := range files {
		name := base(file)
		for _, v := range invalidCases(t, file) {
			t.Run(name+"/"+v.Why, func(t *testing.T) {
				raw := v.raw(t, name)
				if _, err := c.Read(raw); err != nil {
					t.Fatal(err)
				}
				tree, p := parse(raw)
				if p != nil {
					t.Fatal(p)
				}
				if !c.types[name].rule.accepts(tree["body"]) {
					t.Error("it goes the slow way")
				}
			})
		}
	}
}
