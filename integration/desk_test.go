package integration

import (
	"fmt"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// The desk follows what arrives, what is read and what is answered.
func TestDeskKeepsStep(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	item := func(n *node.Node, f node.DeskFilter, words string) *node.DeskItem {
		t.Helper()
		page, err := n.ListDesk(t.Context(), f, words)
		check(t, err)
		for i := range page.Items {
			if page.Items[i].ID == id {
				return &page.Items[i]
			}
		}
		return nil
	}
	in, out := node.DeskFilter{Box: node.In, Limit: 50}, node.DeskFilter{Box: node.Out, Limit: 50}
	eventually(t, "the request lies on both desks, due in a week", func() bool {
		theirs, ours := item(nl.Node, in, ""), item(be.Node, out, "")
		return theirs != nil && ours != nil && ours.Due != nil && theirs.Due != nil && theirs.Due.Clock == "E-ACK" && theirs.Due.State == schema.Running &&
			theirs.Desk.Standing.Ours && !ours.Desk.Standing.Ours && theirs.Desk.Seen.IsZero()
	})
	if item(nl.Node, in, "records nowhere") != nil || item(nl.Node, in, "RECORDS") == nil {
		t.Error("the search does not find what is there, or finds what is not")
	}
	_, err := nl.Node.Open(t.Context(), "agency:machine", id, node.In)
	check(t, err)
	if !item(nl.Node, in, "").Desk.Seen.IsZero() {
		t.Error("a machine that reads has seen nothing")
	}
	_, err = nl.Node.Open(t.Context(), "officer:one", id, node.In)
	check(t, err)
	check(t, nl.Node.Claim(t.Context(), "officer:one", id, node.In))
	check(t, nl.Node.Claim(t.Context(), "officer:one", id, node.In))
	wantCode(t, nl.Node.Claim(t.Context(), "officer:two", id, node.In), "claimed")
	wantCode(t, nl.Node.Unclaim(t.Context(), "officer:two", id, node.In), "claimed")
	if got := item(nl.Node, in, ""); got.Desk.Holder != "officer:one" || got.Desk.Seen.IsZero() {
		t.Errorf("got %+v, want seen and taken", got.Desk)
	}
	in.Mine = "officer:two"
	if item(nl.Node, in, "") != nil {
		t.Error("what another has taken is not among mine and nobody's")
	}
	in.Mine = ""
	wantCode(t, nl.Node.Snooze(t.Context(), "officer:one", id, node.In, time.Now().Add(-time.Hour)), "bad_time")
	check(t, nl.Node.Snooze(t.Context(), "officer:one", id, node.In, time.Now().Add(time.Hour)))
	if item(nl.Node, in, "") != nil {
		t.Error("what was put off is still shown")
	}
	check(t, nl.Node.Snooze(t.Context(), "officer:one", id, node.In, time.Time{}))
	_, err = say(t, nl, "BE", replyTo(t, "status.acknowledged", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	eventually(t, "the acknowledgement is due no more, on both sides", func() bool { // it says that another authority is competent, so the next clock waits
		theirs, ours := item(nl.Node, in, ""), item(be.Node, out, "")
		return theirs != nil && theirs.Due == nil && ours != nil && ours.Due == nil
	})
	_, err = say(t, be, "NL", replyTo(t, "status.withdrawn", id, "BE/fps-justice", "NL/iro"))
	check(t, err)
	eventually(t, "a request that was withdrawn is no open work", func() bool { return item(nl.Node, in, "") == nil })
	in.All = true
	if got := item(nl.Node, in, ""); got == nil || got.Due != nil {
		t.Errorf("got %+v, want it among all, nothing due", got)
	}
}

// BenchmarkDesk lists a page of an inbox that holds many messages.
func BenchmarkDesk(b *testing.B) {
	be, nl := newIdentity(b, "BE").start(b, quiet), newIdentity(b, "NL").start(b, quiet)
	introduce(b, be, nl)
	const many = 2000
	var last schema.ID
	for range many {
		last = submit(b, be, "NL", messageOf(b, 4096))
	}
	await(b, be, last)
	f := node.DeskFilter{Box: node.In, Limit: 50}
	for {
		more, err := nl.Node.TidyDesk(b.Context(), nil)
		check(b, err)
		if !more {
			break
		}
	}
	for _, words := range []string{"", "nowhere to be found"} {
		b.Run(fmt.Sprintf("words=%q", words), func(b *testing.B) {
			for b.Loop() {
				page, err := nl.Node.ListDesk(b.Context(), f, words)
				check(b, err)
				if words == "" && len(page.Items) != 50 {
					b.Fatalf("got %d items", len(page.Items))
				}
				b.ReportMetric(float64(page.Looked), "opened")
			}
		})
	}
}

// The overview and the year's figures count what was exchanged.
func TestStatisticsCountTheExchange(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	var ids []schema.ID
	for range 3 {
		ids = append(ids, submit(t, be, "NL", messageOf(t, 4096)))
	}
	await(t, be, ids[2])
	for _, kind := range []string{"status.acknowledged", "status.refused"} {
		id, err := say(t, nl, "BE", replyTo(t, kind, ids[0], "NL/iro", "BE/fps-justice"))
		check(t, err)
		await(t, nl, id)
	}
	eventually(t, "the desk has taken it in", func() bool {
		counts, err := be.Node.DeskCounts(t.Context())
		check(t, err)
		open := map[node.Box]int64{}
		for _, c := range counts {
			open[c.Box] += c.Open
		}
		return open[node.Out] == 2 && open[node.In] == 2 // requests that wait, answers that nobody read
	})
	o, err := be.Node.Overview(t.Context())
	check(t, err)
	if len(o.Peers) != 1 || len(o.Months) != 12 {
		t.Fatalf("got %+v", o)
	}
	p := o.Peers[0]
	if p.OpenOut != 2 || p.OpenIn != 2 || p.AskedOut != 3 || p.AskedIn != 0 || p.AckedBy < 0 || p.AckedBy > 1 || p.AnsweredBy < p.AckedBy || p.OursAcked >= 0 {
		t.Errorf("got %+v", p)
	}
	if m := o.Months[11]; m.Out != 3 || m.In != 2 {
		t.Errorf("this month: got %+v, want 3 out and 2 in", m)
	}
	if o.Types[0] != (node.TypeVolume{Type: "mla.request", Out: 3}) {
		t.Errorf("got %+v", o.Types)
	}
	figures, err := be.Node.Figures(t.Context(), time.Now().UTC().Year())
	check(t, err)
	got := map[string]float64{}
	for _, f := range figures {
		got[f.Measure+"/"+f.Direction+"/"+f.Type+"/"+f.Code] += f.Value
	}
	for key, want := range map[string]float64{"messages/out/mla.request/": 3, "messages/in/status.refused/": 1, "refusals by ground/in/status.refused/ne-bis-in-idem": 1,
		"answers by outcome/in/status.refused/wholly": 1, "requests without an answer/out/mla.request/": 2} {
		if got[key] != want {
			t.Errorf("%s: got %v, want %v", key, got[key], want)
		}
	}
	if none, err := be.Node.Figures(t.Context(), 2001); err != nil || len(none) != 0 {
		t.Errorf("got %v, %v for a year without messages", none, err)
	}
}
