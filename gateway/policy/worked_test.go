package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// worked lists the worked policies of POLICY.md.
func worked(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/worked/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.yaml") })
	if len(files) < 10 {
		t.Fatalf("got %d worked policies, want at least 10", len(files))
	}
	return files
}

func testsOf(file string) string { return strings.TrimSuffix(file, ".yaml") + "_test.yaml" }

// The worked policies of POLICY.md hold the expectations that stand beside them, name
// only what the catalogue has, and stand in POLICY.md word for word.
func TestWorkedPolicies(t *testing.T) {
	manual := readFile(t, "POLICY.md")
	for _, file := range worked(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := readFile(t, file)
			p, es := mustParse(t, text), mustRead(t, readFile(t, testsOf(file)))
			if !strings.Contains(manual, "```yaml\n"+text+"```") {
				t.Errorf("POLICY.md does not show %s as it is", file)
			}
			if _, plain := readPlain(text); !plain {
				t.Errorf("%s is not in the plain layout", file)
			}
			if unknown := p.Check(NamesOf(catalogue(t))); len(unknown) > 0 {
				t.Errorf("got unknown names: %v", unknown)
			}
			r := es.Run(p, time.Time{})
			for _, f := range r.Failed {
				t.Errorf("%s %s: %s %s", testsOf(file), f.Pointer, f.Detail, f.Fix)
			}
			if r.Allow == 0 || r.Deny == 0 {
				t.Errorf("the expectations show only one side: %+v", r)
			}
		})
	}
}

// The expectations of the worked policies name every rule, and show every key at
// work: each condition fails in some closest rule, something waits, something is
// taken out, and both.
func TestWorkedPoliciesShowEverything(t *testing.T) {
	failed, outcomes := map[string]int{}, map[Outcome]int{}
	for _, file := range worked(t) {
		p, es := mustParse(t, readFile(t, file)), mustRead(t, readFile(t, testsOf(file)))
		named := map[string]bool{}
		for _, e := range es {
			d := p.Decide(e.Asked)
			outcomes[outcomeOf(&d)]++
			named[d.Rule], named[e.Rule] = true, true
			switch {
			case d.Verdict == Deny && d.Closest == "":
				failed[conditionPeer]++
			case d.Verdict == Deny && e.Fails != nil:
				for _, name := range d.failing() {
					failed[name]++
				}
			}
		}
		for _, r := range p.rules {
			if !named[r.name] {
				t.Errorf("no expectation of %s reaches its rule %s", file, r.name)
			}
		}
	}
	for _, name := range columns {
		if failed[name] == 0 {
			t.Errorf("no expectation fails on the condition %s", name)
		}
	}
	for o := Denied; o <= Crossing; o++ {
		if outcomes[o] == 0 {
			t.Errorf("no expectation has the outcome %s", o)
		}
	}
	t.Logf("failing conditions %v, outcomes %v", failed, outcomes)
}

// The sample of a test file in POLICY.md can be read and holds.
func TestPolicyShowsTestsThatHold(t *testing.T) {
	_, rest, found := strings.Cut(readFile(t, "POLICY.md"), "```yaml\n- send:")
	sample, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("POLICY.md shows no test file")
	}
	r := mustRead(t, "- send:"+sample).Run(mustParse(t, readFile(t, "testdata/worked/neighbours.yaml")), time.Time{})
	if len(r.Failed) > 0 || r.Allow == 0 || r.Hold == 0 || r.Deny == 0 {
		t.Errorf("got %+v, want all to hold", r)
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
