package main

import (
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// oneOf refuses a name that the catalogue does not have; "" is none.
func oneOf(name, what string, known []string) error {
	if name == "" || slices.Contains(known, name) {
		return nil
	}
	fix := "Look at the names in the types: comity types show NAME --schema."
	if family := sameFamily(name, known); len(family) > 0 {
		fix = "Known are " + strings.Join(family, ", ") + "."
	}
	return &schema.Problem{Kind: schema.NotFound, Code: "unknown_" + what, Detail: "There is no " + what + " " + name + ".", Fix: fix}
}

// sameFamily gives the known names that begin with the same word, at most twelve.
func sameFamily(name string, known []string) []string {
	word, _, _ := strings.Cut(name, ".")
	var family []string
	for _, k := range known {
		if head, _, _ := strings.Cut(k, "."); (head == word || len(known) <= 12) && len(family) < 12 {
			family = append(family, k)
		}
	}
	return family
}
