package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// featuresOf gives the features of a type's example, changed as text.
func featuresOf(t *testing.T, name string, change ...string) []Feature {
	t.Helper()
	c := catalogue(t)
	kind, err := c.Type(name)
	if err != nil {
		t.Fatal(err)
	}
	raw := strings.NewReplacer(change...).Replace(string(kind.Example))
	if len(change) > 0 && raw == string(kind.Example) {
		t.Fatalf("%s: nothing was changed by %q", name, change)
	}
	m, err := c.Again([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return c.Features(m)
}

func TestFeaturesOfAPerson(t *testing.T) {
	got := featuresOf(t, "notice.wanted")
	for _, want := range []Feature{{"person", "robin sample 1990-07"}, {"document", "000000000000"}} {
		if !slices.Contains(got, want) {
			t.Errorf("got %v, want %v among them", got, want)
		}
	}
	// The same however it is written.
	for _, change := range [][]string{
		{`"name": "Sample"`, `"name": "SÁMPLE"`}, {`"name": "Sample",`, `"name": "Robin",`, `"first_names": "Robin"`, `"first_names": "sample"`},
		{`"000-0000000-00"`, `"0000000000 00"`},
	} {
		if again := featuresOf(t, "notice.wanted", change...); !slices.Equal(again, got) {
			t.Errorf("%q: got %v, want %v", change, again, got)
		}
	}
	// Another when something else is said.
	for _, change := range [][]string{{`"name": "Sample"`, `"name": "Simple"`}, {`"1990-07"`, `"1990-08"`}, {`"000-0000000-00"`, `"000-0000000-01"`}} {
		if again := featuresOf(t, "notice.wanted", change...); slices.Equal(again, got) {
			t.Errorf("%q: got the same %v", change, again)
		}
	}
}

// TestFeaturesLeaveAuthoritiesOut: every message of an authority has its telephone number.
func TestFeaturesLeaveAuthoritiesOut(t *testing.T) {
	c := catalogue(t)
	count := map[string]int{}
	for _, kind := range c.Types() {
		for _, f := range featuresOf(t, kind.Name) {
			count[f.Kind]++
			if f.Value != plain(f.Value) || f.Kind == "phone" && strings.HasPrefix(f.Value, "3220000001") {
				t.Errorf("%s: got %v", kind.Name, f)
			}
		}
	}
	for _, kind := range []string{"account", "phone", "document", "person"} {
		if count[kind] == 0 {
			t.Errorf("no example has a feature of kind %s: %v", kind, fmt.Sprint(count))
		}
	}
}
