package integration

import (
	"context"
	"errors"
	"testing"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// TestCrashInARelease kills the node while a message is looked at and released. Asked
// again, it is released or it was; it arrives once, and the journal tells it once.
func TestCrashInARelease(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: kills real processes")
	}
	errs := make(chan error, 4)
	be, nl := newVictim(t, "BE", errs), newVictim(t, "NL", errs)
	be.peer, nl.peer = nl, be
	var faults []fault
	for _, point := range []string{"store.asked", "store.written", "store.durable"} {
		for n := int64(2); n <= 4; n++ { // the start passes it first
			faults = append(faults, fault{point: point, n: n})
		}
	}
	faults = append(faults, fault{point: "submit.stored", n: 1}, fault{point: "send.signed", n: 1}, fault{point: "send.committed", n: 1})
	held := heldAtHome(t, be, nl, len(faults))
	be.live(t)
	nl.live(t)
	c := newCrossings(t, be, nl)
	for i, f := range faults {
		c.arm(be, f)
		releaseOnce(t, be, held[i])
	}
	if be.died() < len(faults)+6 { // one death for each arming
		t.Errorf("the node died %d times in %d releases", be.died()-len(faults), len(faults))
	}
	c.drained(t, be)
	arrived := nl.list(t, node.In)
	if len(arrived) != len(held) {
		t.Fatalf("%d messages arrived, want %d", len(arrived), len(held))
	}
	for i, id := range held {
		trace := insist(t, be, func(ctx context.Context) (*web.Message, error) { return be.client.Trace(ctx, id, node.Out) })
		released := 0
		for _, s := range trace.Steps {
			if s.Act == "message.released" {
				released++
			}
		}
		if arrived[i].ID != id || trace.State != node.Accepted || released != 1 {
			t.Errorf("message %d is %s, was released %d times, and %s arrived in its place", i, trace.State, released, arrived[i].ID)
		}
	}
	insist(t, be, func(ctx context.Context) (*web.Checkpoint, error) { return be.client.VerifyJournal(ctx) })
}

// heldAtHome lets both nodes meet in this process, and leaves messages of an agency held at BE.
func heldAtHome(t *testing.T, be, nl *victim, n int) (held []schema.ID) {
	t.Helper()
	var programs []*program.Program
	for _, v := range []*victim{be, nl} {
		config, err := program.ReadConfig(v.dir)
		check(t, err)
		p, err := program.Open(t.Context(), config, quiet)
		check(t, err)
		programs = append(programs, p)
	}
	introduce(t, programs...)
	apply(t, programs[0], hold("send"))
	for range n {
		held = append(held, submitHeld(t, programs[0], "NL"))
	}
	for _, p := range programs {
		check(t, p.Close(t.Context()))
	}
	return held
}

// releaseOnce looks and releases until the node has said that it is done, now or before.
func releaseOnce(t *testing.T, v *victim, id schema.ID) {
	t.Helper()
	insist(t, v, func(ctx context.Context) (*web.Item, error) {
		r, err := v.client.OpenRelease(ctx, id, "")
		if codeOf(err) == "not_held" {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		done, _, err := v.client.Release(ctx, id, "", r.Tag)
		return done, err
	})
}

// codeOf is the code of a problem, "" of none.
func codeOf(err error) string {
	var p *schema.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}
