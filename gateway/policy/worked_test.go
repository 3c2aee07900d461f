package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// The worked policies of POLICY.md give the answers that stand beside them.
func TestWorkedPolicies(t *testing.T) {
	files, err := filepath.Glob("testdata/worked/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("got %d worked policies, %v; want at least 3", len(files), err)
	}
	manual := readFile(t, "POLICY.md")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := readFile(t, file)
			if !strings.Contains(manual, text) {
				t.Errorf("POLICY.md does not show %s as it is", file)
			}
			checkExpectations(t, mustParse(t, text), readFile(t, strings.TrimSuffix(file, ".yaml")+".expect"))
		})
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

// checkExpectations reads lines of: verdict direction peer type instrument
// marking categories => rule or remedy. A dash stands for nothing.
func checkExpectations(t *testing.T, p *Policy, text string) {
	t.Helper()
	verdicts := map[Verdict]int{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		asked, want, found := strings.Cut(line, "=>")
		f := strings.Fields(asked)
		if !found || len(f) != 7 {
			t.Fatalf("line %d is not an expectation: %s", i+1, line)
		}
		for j := range f {
			f[j] = strings.TrimPrefix(f[j], "-")
		}
		want = strings.TrimPrefix(strings.TrimSpace(want), "-")
		q := question(t, f)
		d := p.Decide(q)
		verdicts[d.Verdict]++
		if string(d.Verdict) != f[0] || d.Rule+d.WouldPass != want {
			t.Errorf("line %d: got %s %q, want %s %q\n%s", i+1, d.Verdict, d.Rule+d.WouldPass, f[0], want, p.Explain(q).Text())
		}
	}
	if verdicts[Allow] == 0 || verdicts[Deny] == 0 {
		t.Errorf("the expectations show only one verdict: %v", verdicts)
	}
}

func question(t *testing.T, f []string) Question {
	t.Helper()
	marking, err := schema.ParseMarking(f[5])
	if err != nil {
		t.Fatal(err)
	}
	return Question{Direction: Direction(f[1]), Peer: schema.Jurisdiction(f[2]), Type: f[3], Instrument: f[4],
		Marking: marking, Findings: find(strings.Split(f[6], ",")...)}
}
