package schema

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func read(t testing.TB, c *Catalogue, raw []byte) *Message {
	t.Helper()
	m, err := c.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRuleThatNeedsTheCase(t *testing.T) {
	c := catalogue(t)
	request := read(t, c, example(t, "mla.request"))
	onTheList := read(t, c, edited(t, "status.refused", map[string]any{"/body/grounds/0/code": "dual-criminality"}))
	if !onTheList.NeedsCase() || request.NeedsCase() {
		t.Fatal("the refusal needs its case and the request does not")
	}
	p := c.CheckCase(onTheList, Surroundings{Request: request.Raw})
	if p == nil || len(p.Errors) != 1 || p.Errors[0].Code != "breaks_rule" || !strings.Contains(p.Errors[0].Detail, "(R-10a, Directive 2014/41/EU, Article 11(1)(g))") {
		t.Errorf("got %v, want R-10a with its article", p)
	}
	offList := read(t, c, edited(t, "mla.request", map[string]any{"/body/offences/0/list32": gone{}}))
	if p := c.CheckCase(onTheList, Surroundings{Request: offList.Raw}); p != nil {
		t.Errorf("an offence outside the list: got %v, want nothing", p)
	}
	if p := c.CheckCase(onTheList, Surroundings{}); p != nil {
		t.Errorf("a request that is not known: got %v, want nothing", p)
	}
}

// R-05b: the notification that names the order comes first, in the same case, and to whomever.
func TestRuleThatAsksForACompanion(t *testing.T) {
	c := catalogue(t)
	order := read(t, c, example(t, "evidence.production.order"))
	named := edited(t, "evidence.production.notify", map[string]any{"/body/order_message": string(order.ID)})
	other := edited(t, "evidence.production.notify", map[string]any{"/body/order_message": string(NewID())})
	if p := c.CheckCase(order, Surroundings{Sent: [][]byte{other, named}}); p != nil {
		t.Errorf("notified: got %v", p)
	}
	for _, sent := range [][][]byte{nil, {other}, {order.Raw}, {example(t, "evidence.production.clarify")}} {
		p := c.CheckCase(order, Surroundings{Sent: sent})
		if p == nil || len(p.Errors) != 1 || p.Errors[0].Pointer != "/body/data" || !strings.Contains(p.Errors[0].Detail, "(R-05b, Regulation (EU) 2023/1543, Article 8(1))") {
			t.Errorf("not notified: got %v, want R-05b", p)
		}
	}
	for why, edits := range map[string]map[string]any{
		"subscriber data":         {"/body/data": map[string]any{"subscriber": []any{"puk"}}},
		"both conditions of 8(2)": {"/body/deadline": map[string]any{"kind": "within-10-days"}, "/body/notified_authority": gone{}, "/body/no_notification": map[string]any{"offence_in_issuing_state": true, "person_resides_in_issuing_state": true}},
		"an emergency, and both":  {"/body/deadline": map[string]any{"kind": "within-8-hours", "emergency": []any{"threat-to-life-or-safety"}}, "/body/notified_authority": gone{}, "/body/no_notification": map[string]any{"offence_in_issuing_state": true, "person_resides_in_issuing_state": true}},
	} {
		if m := read(t, c, edited(t, "evidence.production.order", edits)); m.NeedsCase() {
			t.Errorf("%s: needs a notification", why)
		}
	}
	m := read(t, c, edited(t, "evidence.production.order", map[string]any{"/body/deadline": map[string]any{"kind": "within-8-hours", "emergency": []any{"threat-to-life-or-safety"}}, "/body/notified_authority": gone{}}))
	if c.CheckCase(m, Surroundings{}) == nil {
		t.Error("an emergency alone: needs no notification")
	}
}

// A rule is a JSON Schema over the message, with a place, an article and a next step.
func TestRuleOverTheMessage(t *testing.T) {
	rule := `{"id": "R-00", "article": "Test Article 1", "types": ["mla.response"], "instruments": ["EIO"],
	 "says": {"en": "A result says when it was obtained.", "fr": "Un résultat indique sa date."}, "fix": {"en": "Add the date.", "fr": "Ajoutez la date."},
	 "if": {"properties": {"body": {"properties": {"outcome": {"const": "executed"}}}}},
	 "then": {"properties": {"body": {"properties": {"items": {"items": {"required": ["carried_out"]}}}}}}}`
	c, err := load(overlay(t, map[string]string{"rules/R-00.json": rule}))
	if err != nil {
		t.Fatal(err)
	}
	read(t, c, edited(t, "mla.response", map[string]any{"/body/outcome": "partial", "/body/explanation": "x", "/body/items/0/carried_out": gone{}}))
	_, err = c.Read(edited(t, "mla.response", map[string]any{"/body/outcome": "executed", "/body/items/0/carried_out": gone{}}))
	var p *Problem
	if !errors.As(err, &p) || len(p.Errors) != 1 || p.Errors[0].Code != "breaks_rule" || p.Errors[0].Pointer != "/body/items/0" || p.Errors[0].Fix != "Add the date." {
		t.Errorf("got %v, want breaks_rule at /body/items/0", err)
	}
	if got := c.Label("fr", "R-00"); got != "Un résultat indique sa date." {
		t.Errorf("got %q", got)
	}
	list := c.Provisions()
	if i := slices.IndexFunc(list, func(r *Provision) bool { return r.ID == "R-00" }); i < 0 || list[i].Article != "Test Article 1" {
		t.Errorf("got no R-00 among %d rules", len(list))
	}
}

func TestLoadRefusesWrongEngineData(t *testing.T) {
	for _, row := range []struct{ name, file, old, new, want string }{
		{"a machine under another name", "machines/request.json", `"id": "request"`, `"id": "requests"`, "requests"},
		{"a state without title", "machines/request.json", `"fr": "Remise"`, `"de": "x"`, "machines/request/states/delivered"},
		{"a transition to nowhere", "machines/request.json", `"to": "delivered"`, `"to": "handed-over"`, "handed-over"},
		{"a transition from nowhere", "machines/request.json", `"from": ["draft"]`, `"from": ["drafts"]`, "drafts"},
		{"a state out of reach", "machines/request.json", `"states": [`, `"states": [{"name": "orphan", "title": {"en": "x", "fr": "x"}},`, "orphan cannot be reached"},
		{"a message that is no type", "machines/request.json", `"on": "status.clarified"`, `"on": "status.clear"`, "status.clear"},
		{"an opening that is no type", "machines/request.json", `"opens": ["mla.request"`, `"opens": ["mla.requests"`, "mla.requests"},
		{"a step nobody makes", "machines/request.json", `"by": "either"`, `"by": "nobody"`, "nobody"},
		{"a guard with a misspelt field", "machines/request.json", `"required": ["forwarded"]`, `"required": ["forwarder"]`, "forwarder"},
		{"a guard with a code that is none", "machines/request.json", `"const": "partly"`, `"const": "part"`, "no code of extents"},
		{"a mark at no field", "machines/request.json", `/body/reference/date_received`, `/body/reference/received`, "does not exist"},
		{"a mark nobody sets", "machines/request.json", `"clears": ["receipt-by-competent"]`, `"clears": ["receipts"]`, "receipts"},
		{"a clock that nothing starts", "instruments/EIO.json", `"start": "receipt"`, `"start": "reception"`, "reception"},
		{"a clock stopped by no transition", "instruments/EIO.json", `"stops": ["acknowledge"`, `"stops": ["acknowledges"`, "acknowledges"},
		{"a clock without effect", "instruments/EIO.json", `"effect": "flag"`, `"effect": "flags"`, "no effect"},
		{"a clock without warning", "instruments/EIO.json", `"warn": {"n": 2, "unit": "day"}`, `"warn": {"n": 0, "unit": "day"}`, "E-ACK"},
		{"a clock of a measure that is none", "instruments/EIO.json", `"const": "provisional-measure"`, `"const": "provisional"`, "no code of measures"},
		{"an article for a step that is none", "instruments/EIO.json", `"refuse-in-part": "11(4)"`, `"refuse-a-part": "11(4)"`, "refuse-a-part"},
		{"a life cycle that is none", "instruments/EIO.json", `"mla.request": "request"`, `"mla.request": "order"`, "order"},
		{"a way of counting that is none", "instruments/EIO.json", `"eu-1182-71"`, `"eu"`, "no way of counting"},
		{"a ground of no strength", "instruments/EIO.json", `"strength": "optional"`, `"strength": "maybe"`, "neither optional"},
		{"a rule under another name", "rules/R-10a.json", `"id": "R-10a"`, `"id": "R-10b"`, "R-10a"},
		{"a rule about no type", "rules/R-10a.json", `"types": ["status.refused"]`, `"types": ["status.rejected"]`, "status.rejected"},
		{"a rule of no instrument", "rules/R-10a.json", `"EIO"`, `"EOI"`, "EOI"},
		{"a rule with a member nobody reads", "rules/R-10a.json", `"over": "case"`, `"ove": "case"`, "ove"},
		{"a rule without words in French", "rules/R-10a.json", `"fr": "Refusez`, `"de": "Refusez`, "there is no text in fr"},
		{"a rule with a misspelt field", "rules/R-10a.json", `"grounds"`, `"ground"`, "there is no field"},
		{"a rule shown at no field", "rules/R-05b.json", `"at": "/body/data"`, `"at": "/body/datum"`, "does not exist"},
		{"a type on an instrument that is none", "types/evidence.nonexecution.json", `"x-instruments": ["EPOC", "EPOC-PR"]`, `"x-instruments": ["EPOC", "EPOX"]`, "EPOX"},
		{"a language that is none", "instruments/EIO.json", `"urgent": ["en"]`, `"urgent": ["English"]`, "accepted by"},
		{"a country that is none", "instruments/EIO.json", `"HR": {`, `"Croatia": {`, "accepted by"},
		{"a mark at no field of what opens", "machines/breach.json", `"at": "/body/aware"`, `"at": "/body/awareness"`, "does not exist"},
		{"a calendar of another country", "calendars/BE.json", `"country": "BE"`, `"country": "BG"`, "BG"},
		{"a calendar without zone", "calendars/BE.json", `Europe/Brussels`, `Europe/Brussel`, "no time zone"},
		{"a holiday on no day", "calendars/BE.json", `"month": 7, "day": 21`, `"month": 2, "day": 30`, "National Day"},
		{"a holiday on two days", "calendars/BE.json", `"easter": 1`, `"month": 4, "day": 1, "easter": 1`, "Easter Monday"},
		{"a consultation that is no field", "types/status.refused.json", `"/body/consultation"`, `"/body/consulted"`, "x-consultation"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := load(overlay(t, swapped(t, row.file, row.old, row.new)))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want an error with %q", err, row.want)
			}
		})
	}
}

// A national treaty is one more instrument file: it opens types that were not told of it.
func TestNewInstrumentCarriesRequests(t *testing.T) {
	raw, err := data.ReadFile("instruments/BILATERAL.json")
	if err != nil {
		t.Fatal(err)
	}
	treaty := strings.Replace(string(raw), `"code": "BILATERAL"`, `"code": "BE-MA-1997"`, 1)
	treaty = strings.Replace(treaty, `"title": {`, `"title": {"de": "x", "nl": "x", "es": "x", "ar": "x", `, 1)
	c, err := load(overlay(t, map[string]string{"instruments/BE-MA-1997.json": treaty}))
	if err != nil {
		t.Fatal(err)
	}
	m := edited(t, "extradition.request", map[string]any{"/instrument": "BE-MA-1997"})
	if _, err := c.Read(m); err != nil {
		t.Errorf("under the treaty: %v", err)
	}
	if _, err := catalogue(t).Read(m); err == nil {
		t.Error("without its file: accepted")
	}
}
