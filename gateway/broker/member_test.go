package broker_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAdmitRefuses(t *testing.T) {
	h := openHost(t, "BE")
	nl := admit(t, h, "NL")
	later := time.Now().Add(time.Hour)
	for _, code := range []string{"", "A", "nl", "N.L", "N*", ">", "N L", "NL\r\nPING", "É1", "1A", "ABCDEFGHIJKLMNOPQ", "BE"} {
		if err := h.Admit(code, newIdentity(t).pin, later); err == nil {
			t.Errorf("%q was admitted", code)
		}
	}
	if err := h.Admit("FR", nl.pin, later); err == nil {
		t.Error("two jurisdictions were admitted by one key")
	}
	if err := h.Admit("FR", newIdentity(t).pin, time.Now().Add(-time.Second)); err == nil {
		t.Error("an expired card was admitted")
	}
}

func TestExpelledPeerIsCutAndItsKeyDies(t *testing.T) {
	for name, owner := range map[string]string{"host": "BE", "hub": ""} {
		t.Run(name, func(t *testing.T) {
			h := openHost(t, owner)
			var be *client
			if owner == "" {
				be = join(t, h, admit(t, h, "BE"))
			} else {
				be = joinOwner(t, h)
			}
			id := admit(t, h, "NL")
			fr := join(t, h, admit(t, h, "FR"))
			for round := range 3 {
				nl := join(t, h, id)
				exchange(t, nl, "NL", be, "BE")
				exchange(t, be, "BE", nl, "NL")
				nl.subscribe("in.BE.pouch", 1)
				nl.settle()

				start := time.Now()
				h.Expel("NL")
				if _, err := nl.next(); !errors.Is(err, io.EOF) && !isReset(err) {
					t.Fatalf("round %d: the expelled connection reads %v, want EOF", round, err)
				}
				if took := time.Since(start); took > 500*time.Millisecond {
					t.Errorf("round %d: cut after %v", round, took)
				}
				if got := h.Connected("NL"); got != 0 {
					t.Errorf("round %d: %d connections left", round, got)
				}
				if _, err := tryJoin(t, h, id); err == nil || !strings.Contains(err.Error(), "bad certificate") {
					t.Errorf("round %d: dialling again: got %v, want bad certificate", round, err)
				}
				if got, err := be.request("to.NL.pouch", "x"); err != nil || got != "503" {
					t.Errorf("round %d: to the expelled: got %q, %v; want 503", round, got, err)
				}
				exchange(t, fr, "FR", be, "BE")
				if err := h.Admit("NL", id.pin, time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			nl := join(t, h, id)
			exchange(t, nl, "NL", be, "BE")
			exchange(t, be, "BE", nl, "NL")
		})
	}
}

func isReset(err error) bool { return err != nil && strings.Contains(err.Error(), "reset by peer") }

func TestReadmissionRestoresNobodyElsesView(t *testing.T) {
	h := openHost(t, "")
	a, id := join(t, h, admit(t, h, "AA")), admit(t, h, "BB")
	c := join(t, h, admit(t, h, "CC"))
	h.Expel("BB")
	if err := h.Admit("BB", id.pin, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b := join(t, h, id)
	c.subscribe("in.AA.pouch", 1)
	c.subscribe("in.BB.pouch", 2)
	c.settle()
	exchange(t, a, "AA", b, "BB")
	exchange(t, b, "BB", a, "AA")
	if got := c.settle(); len(got) != 0 {
		t.Errorf("the third sees %q", got)
	}
}

func TestNewKeyReplacesTheOld(t *testing.T) {
	h := openHost(t, "BE")
	owner, old := joinOwner(t, h), admit(t, h, "NL")
	before := join(t, h, old)
	fresh := admit(t, h, "NL")
	if _, err := before.next(); err == nil {
		t.Error("a connection made with the old key is still open")
	}
	if _, err := tryJoin(t, h, old); err == nil || !strings.Contains(err.Error(), "bad certificate") {
		t.Errorf("old key: got %v, want bad certificate", err)
	}
	exchange(t, join(t, h, fresh), "NL", owner, "BE")
}

func TestAdmittingAgainWithTheSameKeyDisturbsNobody(t *testing.T) {
	h := openHost(t, "BE")
	owner, id := joinOwner(t, h), admit(t, h, "NL")
	nl := join(t, h, id)
	if err := h.Admit("NL", id.pin, time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	exchange(t, nl, "NL", owner, "BE")
}

func TestCutPeerMayDialAgain(t *testing.T) {
	h := openHost(t, "BE")
	owner, id := joinOwner(t, h), admit(t, h, "NL")
	nl := join(t, h, id)
	h.Cut("NL", 200*time.Millisecond)
	h.Cut("XX", time.Second) // unknown: nothing happens
	if _, err := nl.next(); err == nil {
		t.Error("the connection is still open")
	}
	if _, err := tryJoin(t, h, id); err == nil {
		t.Error("it was let in again at once")
	}
	time.Sleep(200 * time.Millisecond)
	exchange(t, join(t, h, id), "NL", owner, "BE")
}

func TestConnectionEndsWithTheCard(t *testing.T) {
	h := openHost(t, "BE")
	id := newIdentity(t)
	if err := h.Admit("NL", id.pin, time.Now().Add(400*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	nl, start := join(t, h, id), time.Now()
	line, err := nl.next()
	if err != nil || !strings.Contains(line, "Authentication Expired") {
		t.Errorf("got %q, %v; want to be told that it expired", line, err)
	}
	if _, err := nl.next(); !errors.Is(err, io.EOF) && !isReset(err) {
		t.Errorf("got %v, want EOF", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("expired after %v", took)
	}
	if _, err := tryJoin(t, h, id); err == nil || !strings.Contains(err.Error(), "bad certificate") {
		t.Errorf("after expiry: got %v, want bad certificate", err)
	}
}

func TestConnectionsOfOnePeerAreLimited(t *testing.T) {
	h := openHost(t, "BE")
	nl, fr := admit(t, h, "NL"), admit(t, h, "FR")
	var open []*client
	for range 8 {
		open = append(open, join(t, h, nl))
	}
	if _, err := tryJoin(t, h, nl); err == nil || !strings.Contains(err.Error(), "Authorization Violation") {
		t.Errorf("ninth connection: got %v, want Authorization Violation", err)
	}
	join(t, h, fr)
	open[0].conn.Close()
	for deadline := time.Now().Add(5 * time.Second); h.Connected("NL") == 8 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	join(t, h, nl) // the place of the closed one
}

// Registry and server change from many sides at once; run it under -race.
func TestMembersComeAndGoUnderTraffic(t *testing.T) {
	h := openHost(t, "")
	a, b := join(t, h, admit(t, h, "AA")), join(t, h, admit(t, h, "BB"))
	var all sync.WaitGroup
	for i := range 4 {
		code, id := fmt.Sprintf("C%d", i), newIdentity(t)
		all.Go(func() {
			for range 10 {
				if err := h.Admit(code, id.pin, time.Now().Add(time.Hour)); err != nil {
					t.Error(err)
				}
				if c, err := tryJoin(t, h, id); err == nil {
					c.publish("to.BB.pouch", "_INBOX.x", "x")
				}
				h.Expel(code)
			}
		})
	}
	for range 50 {
		exchange(t, a, "AA", b, "BB")
	}
	all.Wait()
	exchange(t, b, "BB", a, "AA")
}
