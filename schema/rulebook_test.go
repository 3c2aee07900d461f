package schema

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// breach is a message that breaks a numbered rule of the field.
type breach struct {
	rule  string
	typ   string
	edits map[string]any
	code  string
}

// breaches are of the rules which a schema or an instrument holds. Those in rules/ are
// broken in TestEachRuleIsBroken.
var breaches = []breach{
	{"01", "mla.request", map[string]any{"/body/issuing_authority/type": "other-competent"}, "missing_field"},
	{"01", "mla.request", map[string]any{"/body/issuing_authority/type": gone{}}, "missing_field"}, // of no kind, and so not to be validated
	{"06", "evidence.production.order", map[string]any{"/body/necessity": "x"}, "unknown_field"},
	{"06", "evidence.production.order", map[string]any{"/body/list32": []any{"eu32:08"}}, "unknown_field"},
	{"07", "evidence.production.order", map[string]any{"/body/delay_reasons": []any{"convenience"}}, "not_in_list"},
	{"09", "mla.request", map[string]any{"/body/measures/0": map[string]any{"code": "telephone-conference", "sought": "x", "heard": "suspected-or-accused", "hearing": map[string]any{"authority": "x", "reasons": "x"}}}, "not_in_list"},
	{"09", "mla.request", map[string]any{"/body/measures/0": map[string]any{"code": "videoconference", "sought": "x", "heard": "suspected-or-accused", "hearing": map[string]any{"authority": "x", "reasons": "x"}}}, "missing_field"},
	{"10", "mla.request", map[string]any{"/body/offences/0/threshold_3y": false}, "wrong_value"},
	{"12", "mla.request", map[string]any{"/body/measures/0": map[string]any{"code": "provisional-measure", "sought": "x", "provisional": map[string]any{"item": "x", "disposition": "remain"}}}, "missing_field"},
	{"13", "status.refused", map[string]any{"/body/grounds": gone{}}, "missing_field"},
	{"13", "status.refused", map[string]any{"/body/grounds/0/article": gone{}}, "missing_field"},
	{"13", "status.refused", map[string]any{"/body/grounds/0/reasons": gone{}}, "missing_field"},
	{"13", "status.refused", map[string]any{"/body/consultation": gone{}}, "missing_consultation"},
	{"13", "status.refused", map[string]any{"/body/grounds/0/code": "political-offence"}, "ground_not_in_instrument"},
	{"17", "data.use.report", map[string]any{"/body/uses/0/use": "other-with-consent", "/body/uses/0/consent": gone{}}, "missing_field"},
	{"20", "evidence.preservation.request", map[string]any{"/body/request_intended": false}, "wrong_value"},
	{"21", "evidence.nonexecution", map[string]any{"/body/decisions": []any{}}, "too_few"},
	{"21", "evidence.nonexecution", map[string]any{"/body/decisions/0/identifier": gone{}}, "missing_field"},
	{"22", "notice.wanted", map[string]any{"/body/judicial_documents/0/charge": gone{}}, "missing_field"},
	{"22", "notice.wanted", map[string]any{"/body/judicial_documents/0/reference": gone{}}, "missing_field"},
	{"22", "notice.wanted", map[string]any{"/body/neutral_character": false}, "wrong_value"},
	{"25", "jit.information", map[string]any{"/body/use": "other-offence", "/body/consent": gone{}}, "missing_field"},
}

var (
	heldRow = regexp.MustCompile(`(?m)^\| (\d\d) \| (.+) \| (.+) \|$`)
	heldIn  = regexp.MustCompile("`([a-z]+/[A-Za-z0-9.-]+\\.json|[a-z]+\\.json)`")
)

// The table of SCHEMA.md names for each numbered rule where it is held; what it names
// is there, and a message that breaks the rule is refused.
func TestWhereEachRuleIsHeld(t *testing.T) {
	doc, err := os.ReadFile("SCHEMA.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := heldRow.FindAllStringSubmatch(string(doc), -1)
	if len(rows) != 25 {
		t.Fatalf("got %d rules, want 25", len(rows))
	}
	shown := []string{"14", "15"}  // nothing to refuse: see below
	onward := []string{"17", "24"} // of what becomes of data afterwards
	for i, row := range rows {
		if want := fmt.Sprintf("%02d", i+1); row[1] != want {
			t.Errorf("got rule %s, want %s", row[1], want)
		}
		places := heldIn.FindAllStringSubmatch(row[3], -1)
		inRules := false
		for _, p := range places {
			if _, err := data.ReadFile(p[1]); err != nil {
				t.Errorf("rule %s: %v", row[1], err)
			}
			inRules = inRules || strings.HasPrefix(p[1], "rules/R-"+row[1])
		}
		broken := slices.ContainsFunc(breaches, func(b breach) bool { return b.rule == row[1] })
		switch {
		case slices.Contains(onward, row[1]):
			if !strings.Contains(row[3], "onward transfer") {
				t.Errorf("rule %s: got %q, want onward transfer", row[1], row[3])
			}
		case len(places) == 0:
			t.Errorf("rule %s is held nowhere", row[1])
		case !slices.Contains(shown, row[1]) && !inRules && !broken:
			t.Errorf("no message breaks rule %s", row[1])
		}
	}
}

func TestBreachesOfTheSchemas(t *testing.T) {
	c := catalogue(t)
	for _, row := range breaches {
		_, err := c.Read(edited(t, row.typ, row.edits))
		var p *Problem
		if !errors.As(err, &p) || !slices.ContainsFunc(p.Errors, func(e Problem) bool { return e.Code == row.code }) {
			t.Errorf("rule %s, %s %v: got %v, want %s", row.rule, row.typ, row.edits, err, row.code)
		}
	}
}

// Rule 14: each receiver in the chain acknowledges, and the period runs until the
// competent one has the request. Rule 15: a date that is wished for makes no clock.
func TestRulesThatAreShown(t *testing.T) {
	c := catalogue(t)
	now := instant(t, "2026-12-20T09:00:00Z")
	h := request(t, "2026-11-23T10:00:00Z",
		answer(t, "status.acknowledged", Executing, "2026-11-24T09:00:00Z", fields{"competent": false}),
		answer(t, "status.acknowledged", Executing, "2026-11-26T09:00:00Z", fields{"competent": true}))
	if p := c.Follow(h, now); len(p.Irregular) > 0 || p.State != "acknowledged" {
		t.Errorf("two receivers: got state %s with %v", p.State, p.Irregular)
	}
	want := len(c.Follow(request(t, "2026-11-23T10:00:00Z"), now).Deadlines)
	wished := request(t, "2026-11-23T10:00:00Z")
	wished.Acts[0].Content["urgency"] = fields{"requested_by": "2026-11-25"}
	if got := len(c.Follow(wished, now).Deadlines); got != want {
		t.Errorf("a wish: got %d clocks, want %d", got, want)
	}
}
