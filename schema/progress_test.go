package schema

import (
	"strings"
	"testing"
	"time"
)

// body makes the content of an act.
func body(m map[string]any) map[string]any { return map[string]any{"body": m} }

// request is an EIO of Belgium to the Netherlands, received a minute after it was sent.
func request(t testing.TB, sent string, more ...Act) History {
	at := instant(t, sent)
	opening := Act{ID: "open", Type: "mla.request", By: Issuing, Sent: at, Received: at.Add(time.Minute), Content: body(map[string]any{"measures": []any{map[string]any{"code": "hearing"}}})}
	return History{Instrument: "EIO", Issuing: "BE", Executing: "NL", Acts: append([]Act{opening}, more...)}
}

func answer(t testing.TB, typ string, by Side, sent string, content map[string]any) Act {
	at := instant(t, sent)
	return Act{ID: ID(typ), Type: typ, By: by, Sent: at, Received: at.Add(time.Minute), Content: body(content)}
}

func deadline(t testing.TB, p *Progress, id string) Deadline {
	t.Helper()
	for _, d := range p.Deadlines {
		if d.Clock == id {
			return d
		}
	}
	t.Fatalf("clock %s does not run", id)
	return Deadline{}
}

func TestAcknowledgementInTimeAndLate(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct {
		name string
		acts []Act
		now  string
		want ClockState
		due  string
	}{
		{"running", nil, "2026-11-24T09:00:00Z", Running, "2026-11-30T22:59:59Z"},
		{"due soon", nil, "2026-11-29T09:00:00Z", DueSoon, "2026-11-30T22:59:59Z"},
		{"overdue", nil, "2026-11-30T23:00:00Z", Overdue, "2026-11-30T22:59:59Z"},
		{"met", []Act{answer(t, "status.acknowledged", Executing, "2026-11-30T22:00:00Z", nil)}, "2027-01-01T09:00:00Z", Met, "2026-11-30T22:59:59Z"},
		{"late", []Act{answer(t, "status.acknowledged", Executing, "2026-12-01T08:00:00Z", nil)}, "2027-01-01T09:00:00Z", Late, "2026-11-30T22:59:59Z"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := deadline(t, c.Follow(request(t, "2026-11-23T10:00:00Z", row.acts...), instant(t, row.now)), "E-ACK")
			if got.State != row.want || !got.Due.Equal(instant(t, row.due)) || got.Zone != "Europe/Amsterdam" {
				t.Errorf("got %s due %s in %s, want %s due %s", got.State, got.Due, got.Zone, row.want, row.due)
			}
		})
	}
}

// EIO 12(3): the decision is due 30 days after the competent authority received the order.
func TestDecisionClockWaitsForTheCompetentAuthority(t *testing.T) {
	c := catalogue(t)
	passed := answer(t, "status.acknowledged", Executing, "2026-11-24T09:00:00Z", map[string]any{"competent": false})
	taken := answer(t, "status.acknowledged", Executing, "2026-12-03T09:00:00Z", map[string]any{"competent": true, "reference": map[string]any{"date_received": "2026-12-01"}})
	now := instant(t, "2026-12-04T09:00:00Z")
	if got, want := deadline(t, c.Follow(request(t, "2026-11-23T10:00:00Z"), now), "E-DEC").Due, instant(t, "2026-12-23T22:59:59Z"); !got.Equal(want) {
		t.Errorf("receiver taken to be competent: got %s, want %s", got, want)
	}
	p := c.Follow(request(t, "2026-11-23T10:00:00Z", passed), now)
	for _, d := range p.Deadlines {
		if d.Clock == "E-DEC" {
			t.Errorf("passed on: got %+v, want no such clock", d)
		}
	}
	p = c.Follow(request(t, "2026-11-23T10:00:00Z", passed, taken), now)
	if got, want := deadline(t, p, "E-DEC").Due, instant(t, "2026-12-31T22:59:59Z"); !got.Equal(want) || p.State != "acknowledged" {
		t.Errorf("taken on 1 December: got %s in state %s, want %s", got, p.State, want)
	}
}

func TestClockOfAMeasure(t *testing.T) {
	h := request(t, "2026-11-28T10:20:00Z")
	h.Acts[0].Content = body(map[string]any{"measures": []any{map[string]any{"code": "provisional-measure"}}})
	p := catalogue(t).Follow(h, instant(t, "2026-11-28T11:00:00Z"))
	if got, want := deadline(t, p, "E-PROV").Due, instant(t, "2026-11-29T10:59:59Z"); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if p.Due().Clock != "E-PROV" {
		t.Errorf("got %s as the most urgent, want E-PROV", p.Due().Clock)
	}
}

func TestRepliesFollowTheState(t *testing.T) {
	c := catalogue(t)
	refused := answer(t, "status.refused", Executing, "2026-11-25T09:00:00Z", map[string]any{"extent": "wholly"})
	inPart := answer(t, "status.refused", Executing, "2026-11-25T09:00:00Z", map[string]any{"extent": "partly"})
	asked := answer(t, "status.incomplete", Executing, "2026-11-25T09:00:00Z", nil)
	clarified := answer(t, "status.clarified", Issuing, "2026-11-26T09:00:00Z", nil)
	answered := answer(t, "mla.response", Executing, "2026-11-27T09:00:00Z", map[string]any{"outcome": "executed"})
	impossible := answer(t, "mla.response", Executing, "2026-11-27T09:00:00Z", map[string]any{"outcome": "impossible"})
	for _, row := range []struct {
		name  string
		acts  []Act
		state string
		next  Act
		why   string // "" if it may come
	}{
		{"a refusal at once", nil, "delivered", refused, ""},
		{"an answer after a refusal", []Act{refused}, "refused", answered, "It does not come in the state refused. EIO 13(1)."},
		{"an answer after a refusal in part", []Act{inPart}, "delivered", answered, ""},
		{"a clarification nobody asked for", nil, "delivered", clarified, "state delivered"},
		{"a clarification that was asked for", []Act{asked}, "clarification", clarified, ""},
		{"a refusal by the side that asks", []Act{asked, clarified}, "under-review", Act{Type: "status.refused", By: Issuing}, "for the executing side"},
		{"an acknowledgement of the answer", []Act{answered}, "executed", Act{Type: "status.acknowledged", By: Issuing}, ""},
		{"a question on the answer", []Act{impossible}, "impossible", Act{Type: "status.incomplete", By: Issuing}, ""},
		{"something that no life cycle names", []Act{refused}, "refused", Act{Type: "information.spontaneous", By: Issuing}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := c.Follow(request(t, "2026-11-23T10:00:00Z", row.acts...), instant(t, "2026-11-28T09:00:00Z"))
			if p.State != row.state || len(p.Irregular) > 0 {
				t.Errorf("got state %s, irregular %v, want %s", p.State, p.Irregular, row.state)
			}
			problem := p.Allows(row.next)
			if (problem == nil) != (row.why == "") || (problem != nil && (problem.Code != "reply_not_in_state" || !strings.Contains(problem.Detail, row.why))) {
				t.Errorf("got %v, want %q", problem, row.why)
			}
		})
	}
}

func TestWhatComesOutOfStateIsFlagged(t *testing.T) {
	c := catalogue(t)
	refused := answer(t, "status.refused", Executing, "2026-11-25T09:00:00Z", map[string]any{"extent": "wholly"})
	again := answer(t, "mla.response", Executing, "2026-11-26T09:00:00Z", map[string]any{"outcome": "executed"})
	asked := answer(t, "status.incomplete", Executing, "2026-11-25T09:00:00Z", nil)
	clarified := answer(t, "status.clarified", Issuing, "2026-11-25T09:00:30Z", nil)
	late := answer(t, "status.refused", Executing, "2026-11-25T09:00:40Z", map[string]any{"extent": "wholly"})
	p := c.Follow(request(t, "2026-11-23T10:00:00Z", refused, again), instant(t, "2026-11-28T09:00:00Z"))
	if flaw := p.Flaw("mla.response"); flaw == nil || flaw.Crossed || p.State != "refused" || p.Flaw("status.refused") != nil {
		t.Errorf("got %+v in state %s, want mla.response flagged and nothing changed", p.Irregular, p.State)
	}
	p = c.Follow(request(t, "2026-11-23T10:00:00Z", asked, late, clarified), instant(t, "2026-11-28T09:00:00Z"))
	if flaw := p.Flaw("status.clarified"); flaw == nil || !flaw.Crossed || p.State != "refused" {
		t.Errorf("got %+v in state %s, want status.clarified flagged as crossed", p.Irregular, p.State)
	}
	if got := deadline(t, p, "E-DEC").State; got != Met {
		t.Errorf("got %s, want the decision clock met by the refusal", got)
	}
}

func TestThreadsWithoutLifeCycle(t *testing.T) {
	c := catalogue(t)
	for _, h := range []History{{}, {Acts: []Act{{Type: "information.spontaneous", By: Issuing}}}} {
		if p := c.Follow(h, time.Now()); p != nil {
			t.Errorf("got %+v, want none", p)
		}
	}
	h := request(t, "2026-11-23T10:00:00Z")
	h.Acts[0].Received = time.Time{}
	if p := c.Follow(h, instant(t, "2026-12-28T09:00:00Z")); p.State != "sent" || len(p.Deadlines) > 0 {
		t.Errorf("not received: got %s with %v, want sent without clocks", p.State, p.Deadlines)
	}
}

func TestStatesHaveLabels(t *testing.T) {
	if got := catalogue(t).Label("fr", "request/clarification"); got != "Éclaircissement demandé" {
		t.Errorf("got %q", got)
	}
}
