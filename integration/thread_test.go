package integration

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

var answered = regexp.MustCompile(`"re": "[^"]*"`)

// replyTo is the example of a type as an answer to re, from one side to the other.
func replyTo(tb testing.TB, kind string, re schema.ID, from, to string) []byte {
	tb.Helper()
	c, err := catalogue()
	check(tb, err)
	example, err := c.Example(kind)
	check(tb, err)
	body := givenByNode.ReplaceAll(example, nil)
	body = answered.ReplaceAll(body, []byte(`"re": "`+string(re)+`"`))
	body = bytes.Replace(body, []byte(`"extent": "partly"`), []byte(`"extent": "wholly"`), 1)
	body = regexp.MustCompile(`(?m)^ "from": "[^"]*"`).ReplaceAll(body, []byte(` "from": "`+from+`"`))
	return regexp.MustCompile(`(?m)^ "to": "[^"]*"`).ReplaceAll(body, []byte(` "to": "`+to+`"`))
}

func say(tb testing.TB, p *program.Program, to schema.Jurisdiction, body []byte) (schema.ID, error) {
	tb.Helper()
	sent, err := p.Node.Submit(tb.Context(), node.Submission{Actor: "agency:test", Body: body, To: to})
	if err != nil {
		return "", err
	}
	return sent.ID, nil
}

// A reply that the state of the request does not allow is refused where it is written.
func TestRepliesKeepToTheState(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	d, err := nl.Node.Trace(t.Context(), id, node.In)
	check(t, err)
	due := d.Progress.Due()
	if due == nil || due.Clock != "E-ACK" || d.Progress.State != "delivered" || d.Side != schema.Executing || time.Until(due.Due) < 6*24*time.Hour {
		t.Fatalf("got %+v, want the acknowledgement due in about a week", d.Progress)
	}
	_, err = say(t, be, "NL", replyTo(t, "status.acknowledged", id, "BE/fps-justice", "NL/iro"))
	check(t, err) // changes nothing
	_, err = say(t, nl, "BE", replyTo(t, "status.acknowledged", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	onList := bytes.Replace(replyTo(t, "status.refused", id, "NL/iro", "BE/fps-justice"), []byte(`"code": "ne-bis-in-idem"`), []byte(`"code": "dual-criminality"`), 1)
	_, err = say(t, nl, "BE", onList) // R-10a: the offence is on the list of 32
	var p *schema.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 || p.Errors[0].Code != "breaks_rule" {
		t.Errorf("got %v, want breaks_rule from the case", err)
	}
	refusal, err := say(t, nl, "BE", replyTo(t, "status.refused", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	await(t, nl, refusal)
	_, err = say(t, nl, "BE", replyTo(t, "status.incomplete", id, "NL/iro", "BE/fps-justice"))
	wantCode(t, err, "reply_not_in_state")
	for _, p := range []*program.Program{be, nl} {
		eventually(t, "the request is refused on both sides", func() bool {
			d, err := p.Node.Trace(t.Context(), id, "")
			return err == nil && d.Progress.State == "refused" && d.Progress.Due() == nil && len(d.Progress.Irregular) == 0
		})
	}
	list, err := nl.Node.List(t.Context(), node.Filter{Box: node.In})
	check(t, err)
	if last := list[len(list)-1]; last.ID != id || last.Due != nil {
		t.Errorf("got %+v, want nothing due any more", last)
	}
}

// Acts that cross on the wire are kept on both sides, and shown for what they are.
func TestCrossingActsAreKeptAndFlagged(t *testing.T) {
	one, two := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := one.start(t, quiet), two.start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	asked, err := say(t, nl, "BE", replyTo(t, "status.incomplete", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	await(t, nl, asked)
	check(t, be.Close(context.Background()))
	onList := bytes.Replace(replyTo(t, "status.refused", id, "NL/iro", "BE/fps-justice"), []byte(`"code": "ne-bis-in-idem"`), []byte(`"code": "dual-criminality"`), 1)
	_, err = say(t, nl, "BE", onList) // R-10a: the offence is on the list of 32
	var p *schema.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 || p.Errors[0].Code != "breaks_rule" {
		t.Errorf("got %v, want breaks_rule from the case", err)
	}
	refusal, err := say(t, nl, "BE", replyTo(t, "status.refused", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	check(t, nl.Close(context.Background()))
	be = one.start(t, quiet)
	clarified, err := say(t, be, "NL", replyTo(t, "status.clarified", asked, "BE/fps-justice", "NL/iro"))
	check(t, err)
	nl = two.start(t, quiet)
	for _, row := range []struct {
		at   *program.Program
		from *program.Program
		id   schema.ID
	}{{nl, be, clarified}, {be, nl, refusal}} {
		if got := await(t, row.from, row.id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted: an act that crossed another is not lost", got)
		}
	}
	d, err := nl.Node.Open(t.Context(), "officer:test", clarified, node.In)
	check(t, err)
	if len(d.Flaws) != 1 || d.Flaws[0].Code != "reply_not_in_state" || d.Progress.State != "refused" {
		t.Errorf("got %+v in state %s, want the clarification flagged after the refusal", d.Flaws, d.Progress.State)
	}
	if flaw := d.Progress.Flaw(clarified); flaw == nil || !flaw.Crossed {
		t.Errorf("got %+v, want crossed", flaw)
	}
	list, err := nl.Node.List(t.Context(), node.Filter{Box: node.In, Type: "status.clarified"})
	check(t, err)
	if len(list) != 1 || len(list[0].Flaws) != 1 {
		t.Errorf("got %+v, want the flaw in the list", list)
	}
	if d, err = be.Node.Open(t.Context(), "officer:test", refusal, node.In); err != nil || len(d.Flaws) != 0 || d.Progress.State != "refused" {
		t.Errorf("got %v and %+v, want the refusal without flaw: it was possible when it came", err, d.Flaws)
	}
}

// What answers a message of somebody else is no part of that thread.
func TestAThreadBelongsToTwo(t *testing.T) {
	be, nl, fr := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet), newIdentity(t, "FR").start(t, quiet)
	introduce(t, be, nl, fr)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	_, err := say(t, fr, "BE", replyTo(t, "status.refused", id, "FR/bepi", "BE/fps-justice"))
	wantCode(t, err, "unknown_reference")
	if d, err := be.Node.Trace(t.Context(), id, node.Out); err != nil || d.Progress.State != "delivered" {
		t.Errorf("got %v, %+v, want delivered", err, d.Progress)
	}
}
