package integration

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// draftOf is the example of a type as a draft from one jurisdiction to another, with
// members of the message and of its body replaced; nil takes one out.
func draftOf(tb testing.TB, kind string, from, to schema.Jurisdiction, message, body map[string]any) []byte {
	tb.Helper()
	c, err := catalogue()
	check(tb, err)
	example, err := c.Example(kind)
	check(tb, err)
	var tree map[string]any
	check(tb, json.Unmarshal(example, &tree))
	inside := tree["body"].(map[string]any)
	for _, name := range []string{"id", "created", "re", "case", "derived_from", "attachments"} {
		delete(tree, name)
	}
	tree["from"], tree["to"] = from, to
	for _, part := range []struct{ tree, edits map[string]any }{{tree, message}, {inside, body}} {
		for name, value := range part.edits {
			if part.tree[name] = value; value == nil {
				delete(part.tree, name)
			}
		}
	}
	raw, err := json.Marshal(tree)
	check(tb, err)
	return raw
}

// sends hands in a draft and waits until the peer has it.
func sends(tb testing.TB, p *program.Program, to schema.Jurisdiction, body []byte) schema.ID {
	tb.Helper()
	id := submit(tb, p, to, body)
	if got := await(tb, p, id); got.State != node.Accepted {
		tb.Fatalf("got %+v, want accepted", got)
	}
	return id
}

type fields = map[string]any

// triangle is three jurisdictions: NL sends BE data that BE would pass on to FR.
type triangle struct{ be, nl, fr *program.Program }

func newTriangle(t *testing.T) triangle {
	w := triangle{newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet), newIdentity(t, "FR").start(t, quiet)}
	introduce(t, w.be, w.nl, w.fr)
	return w
}

// told is information of NL that BE has.
func (w triangle) told(t *testing.T, handling fields) schema.ID {
	t.Helper()
	return sends(t, w.nl, "BE", draftOf(t, "information.spontaneous", "NL", "BE", fields{"handling": handling, "retention": fields{"delete_by": "2027-01-01"}}, nil))
}

// asks lets BE ask NL for consent, and NL decide.
func (w triangle) asks(t *testing.T, about schema.ID, question, answer fields) (decision schema.ID) {
	t.Helper()
	return w.decides(t, w.wonders(t, about, question), answer)
}

func (w triangle) wonders(t *testing.T, about schema.ID, question fields) schema.ID {
	t.Helper()
	body := fields{"data": []any{fields{"message": about}}, "subject": []any{"new-recipient"}, "recipients": []any{fields{"name": "Police", "country": "FR"}}}
	for name, value := range question {
		body[name] = value
	}
	return sends(t, w.be, "NL", draftOf(t, "data.consent.request", "BE", "NL", fields{"re": about, "instrument": "EU-2000"}, body))
}

func (w triangle) decides(t *testing.T, asked schema.ID, answer fields) schema.ID {
	t.Helper()
	body := fields{"decision": "granted", "data": nil, "conditions": nil, "valid_until": nil}
	for name, value := range answer {
		body[name] = value
	}
	return sends(t, w.nl, "BE", draftOf(t, "data.consent.decision", "NL", "BE", fields{"re": asked, "instrument": "EU-2000"}, body))
}

// on tries to pass data on to FR.
func (w triangle) on(t *testing.T, kind string, source schema.ID, more fields) (schema.ID, error) {
	t.Helper()
	message := fields{"derived_from": []any{source}, "handling": fields{"marking": "unclassified"}}
	for name, value := range more {
		message[name] = value
	}
	return say(t, w.be, "FR", draftOf(t, kind, "BE", "FR", message, nil))
}

// waits holds that data goes on to FR only once a second person has released it.
func (w triangle) waits(t *testing.T, source schema.ID, more fields, code string) {
	t.Helper()
	message := fields{"derived_from": []any{source}, "handling": fields{"marking": "unclassified"}}
	for name, value := range more {
		message[name] = value
	}
	out, err := w.be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: draftOf(t, "information.spontaneous", "BE", "FR", message, nil), To: "FR"})
	check(t, err)
	if out.State != node.Held || out.Decision.Verdict != policy.Hold || out.Hold == nil || out.Hold.Code != code {
		t.Fatalf("got %s by %+v, want it to wait for %s", out.State, out.Hold, code)
	}
	saidInEveryLanguage(t, out.Hold)
	d, err := w.be.Node.Trace(t.Context(), out.ID, node.Out)
	check(t, err)
	if d.Record.Code != code {
		t.Errorf("got code %q, want %s", d.Record.Code, code)
	}
	release(t, w.be, out.ID)
	if got := await(t, w.be, out.ID); got.State != node.Accepted {
		t.Errorf("got %+v, want it accepted after its release", got)
	}
}

func (w triangle) sent(t *testing.T, id schema.ID) *schema.Message {
	t.Helper()
	d, err := w.be.Node.Open(t.Context(), "officer:test", id, node.Out)
	check(t, err)
	return d.Message
}

// saidInEveryLanguage holds that no sentence of a problem stays in English in any other language.
func saidInEveryLanguage(t *testing.T, err error) {
	t.Helper()
	c, fault := catalogue()
	check(t, fault)
	var p *schema.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a problem", err)
	}
	for _, lang := range c.Languages() {
		said := c.Localise(p, lang)
		for _, sentence := range strings.Split(p.Detail+" "+p.Fix, ". ") {
			if lang != "en" && strings.Contains(said.Detail+" "+said.Fix, strings.TrimSuffix(sentence, ".")) {
				t.Errorf("%s: %q is not said", lang, sentence)
			}
		}
	}
}

// Data of another goes on only with its consent, and takes along what binds it.
func TestDataOfOthersGoesOnWithConsent(t *testing.T) {
	w := newTriangle(t)
	yesterday, tomorrow := time.Now().Add(-24*time.Hour).UTC().Format(time.DateOnly), time.Now().Add(24*time.Hour).UTC().Format(time.DateOnly)
	source := w.told(t, fields{"marking": "restricted", "codes": []any{"H2"}, "conditions": []any{fields{"code": "purpose-only"}}})
	other := w.told(t, fields{"marking": "restricted"})
	allowed := func(t *testing.T) *schema.Message {
		t.Helper()
		id, err := w.on(t, "information.spontaneous", source, nil)
		check(t, err)
		return w.sent(t, id)
	}
	refused := func(t *testing.T) {
		t.Helper()
		_, err := w.on(t, "information.spontaneous", source, nil)
		wantCode(t, err, "onward_consent_missing")
	}
	t.Run("without consent", func(t *testing.T) {
		refused(t)
		_, err := w.on(t, "information.spontaneous", source, nil)
		var p *schema.Problem
		if !errors.As(err, &p) || p.Pointer != "/derived_from/0" || !strings.Contains(p.Detail, string(source)) || !strings.Contains(p.Detail, "NL") {
			t.Errorf("got %v, want the place, the message and its originator", err)
		}
		saidInEveryLanguage(t, err)
	})
	t.Run("nothing that is not here", func(t *testing.T) {
		_, err := w.on(t, "information.spontaneous", schema.NewID(), nil)
		wantCode(t, err, "unknown_source")
		saidInEveryLanguage(t, err)
	})
	var own schema.ID
	t.Run("back to the originator, with its labels", func(t *testing.T) {
		own = sends(t, w.be, "NL", draftOf(t, "information.spontaneous", "BE", "NL", fields{"derived_from": []any{source}, "handling": fields{"marking": "unclassified"}}, nil))
		m := w.sent(t, own)
		want := schema.Condition{Code: "purpose-only", SetBy: "NL", InheritedFrom: source}
		if m.Marking != schema.Restricted || !slices.Equal(m.Codes, []string{"H2"}) || m.DeleteBy != "2027-01-01" ||
			len(m.Conditions) != 1 || m.Conditions[0].Code != want.Code || m.Conditions[0].SetBy != want.SetBy || m.Conditions[0].InheritedFrom != want.InheritedFrom {
			t.Errorf("got %s, want the labels of the source", m.Raw)
		}
		arrived, err := w.nl.Node.Open(t.Context(), "officer:test", own, node.In)
		check(t, err)
		if !bytes.Equal(arrived.Message.Raw, m.Raw) {
			t.Error("what arrived is not what was kept")
		}
	})
	t.Run("an answer to the originator inherits nothing", func(t *testing.T) {
		id, err := say(t, w.be, "NL", draftOf(t, "status.acknowledged", "BE", "NL", fields{"re": source, "instrument": "EU-2000", "handling": fields{"marking": "unclassified"}}, nil))
		check(t, err)
		if m := w.sent(t, id); len(m.Conditions) > 0 || len(m.Codes) > 0 || m.Marking != schema.Unclassified {
			t.Errorf("got %s", m.Raw)
		}
	})
	t.Run("through a message of our own", func(t *testing.T) {
		_, err := w.on(t, "information.spontaneous", own, nil)
		wantCode(t, err, "onward_consent_missing")
	})
	t.Run("under the id of one of its own the recipient gets no further", func(t *testing.T) {
		sends(t, w.fr, "BE", draftOf(t, "information.spontaneous", "FR", "BE", fields{"id": own}, nil))
		_, err := w.on(t, "information.spontaneous", own, nil)
		wantCode(t, err, "onward_consent_missing")
	})
	t.Run("a threat waits for a second officer", func(t *testing.T) {
		w.waits(t, source, fields{"urgency": fields{"emergency": []any{"threat-to-life-or-safety"}}}, "onward_emergency")
	})
	t.Run("that it must be erased goes on", func(t *testing.T) {
		_, err := w.on(t, "data.erasure", source, fields{"instrument": "EU-2000"})
		check(t, err)
	})
	t.Run("consent for another country", func(t *testing.T) {
		w.asks(t, source, fields{"recipients": []any{fields{"name": "Police", "country": "LU"}}}, nil)
		refused(t)
	})
	t.Run("consent to another purpose", func(t *testing.T) {
		w.asks(t, source, fields{"subject": []any{"new-purpose"}}, nil)
		refused(t)
	})
	t.Run("consent for another message", func(t *testing.T) {
		w.asks(t, other, nil, nil)
		refused(t)
	})
	asked := w.wonders(t, source, nil)
	t.Run("no decision", refused)
	for _, row := range []struct {
		name    string
		answer  fields
		allowed bool
	}{
		{"consent that is over", fields{"valid_until": yesterday}, false},
		{"consent", fields{"valid_until": tomorrow}, true},
		{"consent that was taken back", fields{"decision": "refused", "reasons": "x"}, false},
		{"consent in part, to another message", fields{"decision": "granted-in-part", "reasons": "x", "data": []any{fields{"message": other}}}, false},
		{"consent in part, to this message", fields{"decision": "granted-in-part", "reasons": "x", "data": []any{fields{"message": source}}}, true},
		{"consent in part, but not to go on", fields{"decision": "granted-in-part", "reasons": "x", "data": []any{fields{"message": source}}, "conditions": []any{fields{"code": "no-onward"}}}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.decides(t, asked, row.answer)
			if !row.allowed {
				refused(t)
				return
			}
			allowed(t)
		})
	}
	t.Run("under the conditions of the consent", func(t *testing.T) {
		decision := w.decides(t, asked, fields{"conditions": []any{fields{"code": "use-report", "until": tomorrow}}})
		m := allowed(t)
		i := slices.IndexFunc(m.Conditions, func(k schema.Condition) bool { return k.Code == "use-report" })
		if i < 0 || m.Conditions[i].InheritedFrom != decision || m.Conditions[i].SetBy != "NL" || m.Conditions[i].Until != tomorrow {
			t.Errorf("got %+v, want the condition of the consent among them", m.Conditions)
		}
		if !slices.ContainsFunc(m.Conditions, func(k schema.Condition) bool { return k.Code == "purpose-only" && k.InheritedFrom == source }) || !slices.Contains(m.Codes, "H2") {
			t.Errorf("got %s, want the labels of the source", m.Raw)
		}
	})
}

// What its originator keeps out of proceedings becomes no evidence without its consent.
func TestEvidenceNeedsConsent(t *testing.T) {
	w := newTriangle(t)
	for name, handling := range map[string]fields{
		"H1":              {"marking": "restricted", "codes": []any{"H1"}},
		"no-evidence-use": {"marking": "restricted", "conditions": []any{fields{"code": "no-evidence-use"}}},
	} {
		t.Run(name, func(t *testing.T) {
			source := w.told(t, handling)
			w.asks(t, source, nil, nil)
			_, err := w.on(t, "information.spontaneous", source, nil)
			check(t, err)
			_, err = w.on(t, "mla.request", source, nil)
			wantCode(t, err, "evidence_consent_missing")
			saidInEveryLanguage(t, err)
			w.asks(t, source, fields{"subject": []any{"use-as-evidence"}, "recipients": nil}, nil)
			_, err = w.on(t, "mla.request", source, nil)
			check(t, err)
		})
	}
}

// Data of a financial intelligence unit needs the consent of that unit, in its own form, whatever the haste.
func TestDataOfAFinancialIntelligenceUnit(t *testing.T) {
	w := newTriangle(t)
	source := sends(t, w.nl, "BE", draftOf(t, "fiu.disclosure", "NL", "BE", fields{"instrument": "EU-2000", "handling": fields{"marking": "restricted"}}, nil))
	_, err := w.on(t, "information.spontaneous", source, fields{"urgency": fields{"emergency": []any{"threat-to-life-or-safety"}}})
	wantCode(t, err, "onward_consent_missing")
	var p *schema.Problem
	if !errors.As(err, &p) || !strings.Contains(p.Fix, "fiu.consent.request") {
		t.Errorf("got %v, want to be told of fiu.consent.request", err)
	}
	asked := sends(t, w.be, "NL", draftOf(t, "fiu.consent.request", "BE", "NL", fields{"re": source, "instrument": "EU-2000"},
		fields{"data": []any{fields{"message": source}}, "recipients": []any{fields{"name": "FIU", "country": "FR"}}}))
	part := draftOf(t, "fiu.consent.decision", "NL", "BE", fields{"re": asked, "instrument": "EU-2000"}, nil)
	sends(t, w.nl, "BE", part)
	w.waits(t, source, nil, "consent_in_part")
	sends(t, w.nl, "BE", draftOf(t, "fiu.consent.decision", "NL", "BE", fields{"re": asked, "instrument": "EU-2000"},
		fields{"decision": "granted", "conditions": "For the police only.", "reasons": nil, "exceptions": nil}))
	id, err := w.on(t, "information.spontaneous", source, nil)
	check(t, err)
	if m := w.sent(t, id); !slices.ContainsFunc(m.Conditions, func(k schema.Condition) bool { return k.Note == "For the police only." && k.SetBy == "NL" }) {
		t.Errorf("got %+v, want the words of the unit", m.Conditions)
	}
}

// Within a joint team the team's own rule goes before the rule on consent.
func TestInformationWithinATeam(t *testing.T) {
	w := newTriangle(t)
	party := func(code string) fields { return fields{"name": "Prosecutor", "country": code, "role": "issuing"} }
	found := func(t *testing.T, parties ...string) schema.ID {
		t.Helper()
		var list []any
		for _, code := range parties {
			list = append(list, party(code))
		}
		return sends(t, w.nl, "BE", draftOf(t, "jit.agreement", "NL", "BE", nil, fields{"parties": list, "period": fields{"from": "2026-01-01", "to": "2099-01-01"}}))
	}
	shared := func(t *testing.T, from, to schema.Jurisdiction, team schema.ID, use string, source ...any) []byte {
		t.Helper()
		return draftOf(t, "jit.information", from, to, fields{"derived_from": optional(source)}, fields{"team": fields{"name": "Vortex", "agreement": team}, "use": use})
	}
	all, two := found(t, "NL", "BE", "FR"), found(t, "NL", "BE")
	for _, row := range []struct {
		name, use  string
		team, told schema.ID
		want       string
	}{
		{"for the team", "team-purpose", all, all, ""},
		{"for another offence", "other-offence", all, all, "onward_consent_missing"},
		{"of another team", "team-purpose", all, two, "onward_consent_missing"},
		{"to one who is not of the team", "team-purpose", two, two, "onward_consent_missing"},
		{"of a team that is not known", "team-purpose", schema.NewID(), all, "onward_consent_missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			source := sends(t, w.nl, "BE", shared(t, "NL", "BE", row.told, "team-purpose"))
			_, err := say(t, w.be, "FR", shared(t, "BE", "FR", row.team, row.use, source))
			if row.want == "" {
				check(t, err)
				return
			}
			wantCode(t, err, row.want)
		})
	}
}

// optional is a list, nil if it is empty.
func optional(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Data that must not leave as it is stays, with the places that are wrong.
func TestWhatMayNotLeaveStays(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	account := draftOf(t, "information.spontaneous", "BE", "NL", nil, fields{"accounts": []any{fields{"number": "1"}}})
	_, err := say(t, be, "NL", account)
	wantCode(t, err, "unlabelled")
	ill := draftOf(t, "information.spontaneous", "BE", "NL", nil, fields{"persons": []any{fields{"subject": "witness", "health": "x", "role_note": "x"}}})
	_, err = say(t, be, "NL", ill)
	wantCode(t, err, "necessity_missing")
}
