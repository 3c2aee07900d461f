package integration

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// An event that no message tells starts its clock at the node that notes it, can be
// corrected, survives a restart, and is in the journal.
func TestEventStartsAClock(t *testing.T) {
	one, two := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := one.start(t, quiet), two.start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	answerID, err := say(t, nl, "BE", replyTo(t, "status.acknowledged", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	await(t, nl, answerID)

	const event = "presence-no-longer-required"
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	for _, row := range []struct{ event, at, code string }{
		{"person-arrested", at(0), "unknown_event"},
		{"execution-started", at(0), "event_not_in_state"},
		{event, at(time.Hour), "event_in_future"},
		{event, "2020-01-01", "event_before_request"},
		{event, "yesterday", "bad_moment"},
	} {
		_, err := be.Node.Note(t.Context(), "officer:test", id, row.event, row.at)
		wantCode(t, err, row.code)
	}
	_, err = be.Node.Note(t.Context(), "officer:test", schema.NewID(), event, at(0))
	wantCode(t, err, "not_found")

	_, err = be.Node.Note(t.Context(), "officer:test", id, event, at(0))
	check(t, err)
	time.Sleep(1100 * time.Millisecond) // times are kept to the second
	second := at(0)
	d, err := be.Node.Note(t.Context(), "officer:test", answerID, event, second) // by a message that answers
	check(t, err)
	if d.Record.ID != id || len(d.Facts) != 1 || d.Facts[0].At.Format(time.RFC3339) != second || d.Facts[0].Actor != "officer:test" {
		t.Errorf("got %+v on %s, want the second date on the request", d.Facts, d.Record.ID)
	}
	check(t, be.Close(context.Background()))
	be = one.start(t, quiet)
	d, err = be.Node.Trace(t.Context(), id, node.Out)
	check(t, err)
	var clock *schema.Deadline
	for i, k := range d.Progress.Deadlines {
		if k.Clock == "E-CUST" {
			clock = &d.Progress.Deadlines[i]
		}
	}
	if clock == nil || clock.Start.Format(time.RFC3339) != second || len(d.Facts) != 1 {
		t.Errorf("after a restart: got %+v from %+v, want E-CUST from %s", clock, d.Facts, second)
	}
	lines := 0
	for _, s := range d.Steps {
		if s.Act == "event.noted" && s.Actor == "officer:test" && s.Detail["event"] == event {
			lines++
		}
	}
	if lines != 2 {
		t.Errorf("got %d lines of the journal, want 2", lines)
	}
	other, err := nl.Node.Trace(t.Context(), id, node.In)
	check(t, err)
	if len(other.Facts) != 0 {
		t.Errorf("the peer has %+v, want nothing", other.Facts)
	}
}

// The API and the pages show what was noted, and what may be.
func TestEventsOfTheAPI(t *testing.T) {
	w := newWebPair(t)
	id := send(t, w.be, request(t))
	path := "/v1/messages/" + string(id)
	tag := w.fetch(t, "GET", path, nil, "agency").Header.Get("ETag")
	m, err := w.agency.Message(t.Context(), id, node.Out)
	check(t, err)
	const event = "presence-no-longer-required"
	if len(m.Life.Events) != 0 || len(m.Life.Noteable) != 1 || m.Life.Noteable[0].Event != event || m.Life.Noteable[0].Title["de"] == "" {
		t.Errorf("got %+v", m.Life)
	}
	noted, err := w.agency.NoteEvent(t.Context(), id, event, time.Now().UTC().Format(time.RFC3339))
	check(t, err)
	if noted.ID != id || len(noted.Message) != 0 || noted.Subject != "" || len(noted.Life.Events) != 1 || noted.Life.Events[0].Actor != "agency:test" {
		t.Errorf("got %+v, want the thread without content", noted)
	}
	if res := w.fetch(t, "GET", path, nil, "agency", "If-None-Match", tag); res.StatusCode != http.StatusOK {
		t.Errorf("noted meanwhile: got %d, want 200 under another ETag", res.StatusCode)
	}
	page := text(t, w.fetch(t, "GET", "/message/out/"+string(id), nil, "officer", "Accept-Language", "fr"))
	for _, want := range []string{"La présence de la personne n&#39;est plus requise", "Événement consigné"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for body, code := range map[string]string{
		`{"event": "presence-no-longer-required", "at": "2020-01-01"}`:                     "event_before_request",
		`{"event": "presence-no-longer-required", "at": "2026-13-01"}`:                     "bad_moment",
		`{"event": "person-arrested", "at": "2026-11-23"}`:                                 "unknown_event",
		`{"event": "presence-no-longer-required", "at": "2026-11-23", "on": "2026-11-23"}`: "",
		`{"event": "presence-no-longer-required", "event": "person-arrested", "at": "x"}`:  "",
	} {
		res := w.fetch(t, "POST", path+"/events", []byte(body), "agency", "Content-Type", "application/json")
		if p := problem(t, res); res.StatusCode < 400 || (code != "" && p.Code != code) {
			t.Errorf("%s: got %d %s, want %s", body, res.StatusCode, p.Code, code)
		}
	}
}

// An arrest that is noted moves the request to its new time limit on the desk.
func TestEventMovesTheDesk(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	for _, p := range []*program.Program{be, nl} {
		_, err := p.Node.ApplyPolicy(t.Context(), "operator:test", []byte(strings.ReplaceAll(openPolicy, "[EIO,", "[EAW, EIO,")), nil)
		check(t, err)
	}
	warrant := example(t, "extradition.request")
	warrant["from"], warrant["to"], warrant["instrument"] = "BE/fps-justice", "NL/iro", "EAW"
	delete(warrant, "attachments")
	delete(warrant, "re")
	id, err := say(t, be, "NL", encode(t, warrant))
	check(t, err)
	if got := await(t, be, id); got.State != node.Accepted {
		t.Fatalf("got %+v, want accepted", got)
	}
	d, err := nl.Node.Note(t.Context(), "officer:test", id, "person-arrested", time.Now().UTC().Format(time.RFC3339))
	check(t, err)
	if due := d.Progress.Due(); due == nil || due.Clock != "A-DEC" || d.Progress.State != "arrested" {
		t.Fatalf("got %+v in state %s, want A-DEC", due, d.Progress.State)
	}
	eventually(t, "the desk shows A-DEC", func() bool {
		row, err := nl.Node.DeskOf(t.Context(), d.Record)
		check(t, err)
		return row != nil && row.Standing.State == "arrested" && row.Standing.Deadline != nil && row.Standing.Deadline.Clock == "A-DEC" && row.Standing.Ours
	})
}
