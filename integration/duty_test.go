package integration

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// conditioned is a message with conditions on its use.
func conditioned(tb testing.TB, kind string, from, to schema.Jurisdiction, conditions ...any) []byte {
	tb.Helper()
	return written(tb, kind, from, to, func(m, _ map[string]any) {
		delete(m, "retention")
		m["handling"].(map[string]any)["conditions"] = conditions
	})
}

func useCondition(code string, until time.Time) map[string]any {
	return map[string]any{"code": code, "until": until.Format(time.DateOnly)}
}

// What people owe becomes overdue once, is reported in time, or is ended by hand; what
// the node does cannot be called done.
func TestDutiesOfPeople(t *testing.T) {
	clock := new(clock)
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	a.now, b.now = clock.now, clock.now
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	day := clock.now().UTC()
	id := sendOut(t, be, "NL", conditioned(t, "information.spontaneous", "BE", "NL", useCondition("use-report", day), useCondition("review-by", day),
		useCondition("delete-by", day.AddDate(1, 0, 0)), useCondition("delete-by", day.AddDate(0, 1, 0)), map[string]any{"code": "return"}))
	wantTasks(t, nl, id, "erase open BE", "return open BE", "review open BE", "use-report open BE")
	wantTasks(t, be, id, "erase open NL", "review open NL")
	erasures, err := nl.Node.Tasks(t.Context(), node.TaskFilter{Kind: node.Erase})
	check(t, err)
	if got, want := erasures[0].Due, day.AddDate(0, 1, 0); got.Format(time.DateOnly) != want.Format(time.DateOnly) || got.Format(time.TimeOnly) != "23:59:59" {
		t.Errorf("due %v, want the last second of the earlier day, %v", got, want)
	}
	_, err = nl.Node.FinishTask(t.Context(), "officer:test", erasures[0].N, "")
	wantCode(t, err, "task_automatic")

	report := written(t, "data.use.report", "NL", "BE", func(m, body map[string]any) {
		m["re"] = id
		body["uses"].([]any)[0].(map[string]any)["message"] = id
	})
	sendOut(t, nl, "BE", report)
	clock.pass(25 * hour)
	for range 2 {
		check(t, nl.Node.DoDuties(t.Context()))
	}
	wantTasks(t, nl, id, "erase open BE", "return open BE", "review open BE overdue", "use-report done BE")
	entries, err := nl.Node.Entries(t.Context(), 0, 1000)
	check(t, err)
	if n := countActs(entries, "duty.overdue"); n != 1 {
		t.Errorf("%d entries say that the review is overdue, want one", n)
	}
	counts, err := nl.Node.TaskCounts(t.Context())
	check(t, err)
	if counts != (node.TaskCounts{Open: 3, Overdue: 1}) {
		t.Errorf("got %+v, want 3 open and 1 overdue", counts)
	}

	reviews, err := nl.Node.Tasks(t.Context(), node.TaskFilter{Kind: node.Review})
	check(t, err)
	_, err = nl.Node.FinishTask(t.Context(), "officer:test", reviews[0].N, "C. Example is still a suspect.")
	check(t, err)
	_, err = nl.Node.Erase(t.Context(), "operator:test", id, "", "purpose-fulfilled")
	check(t, err)
	wantTasks(t, nl, id, "erase done BE", "return open BE", "review done BE overdue", "use-report done BE")
	if review, err := nl.Node.Task(t.Context(), reviews[0].N); err != nil || review.Note != "" {
		t.Errorf("got the note %q, %v, want it gone with the message", review.Note, err)
	}
}

// The list of tasks goes on page by page, and takes no other list's place.
func TestTasksByPage(t *testing.T) {
	b := newIdentity(t, "NL")
	be, nl := newIdentity(t, "BE").start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	day := time.Now().AddDate(1, 0, 0)
	for range 3 {
		sendOut(t, be, "NL", conditioned(t, "mla.request", "BE", "NL", useCondition("review-by", day), useCondition("delete-by", day)))
	}
	client := web.Dial(b.config().SocketPath())
	defer client.Close()
	seen := map[int64]bool{}
	f := web.TaskFilter{Kind: node.Review, State: node.TaskOpen, DueBefore: "2099-01-01", Limit: 2}
	for pages := 1; ; pages++ {
		page, err := client.Tasks(t.Context(), f)
		check(t, err)
		for _, task := range page.Items {
			if seen[task.N] || task.Kind != node.Review {
				t.Errorf("got %+v, want each review once", task)
			}
			seen[task.N] = true
		}
		if f.After = page.Next; page.Next == "" {
			if len(seen) != 3 || pages != 2 {
				t.Errorf("got %d tasks on %d pages, want 3 on 2", len(seen), pages)
			}
			break
		}
	}
	messages, err := client.Messages(t.Context(), web.MessageFilter{Limit: 1})
	check(t, err)
	for _, row := range []struct {
		f    web.TaskFilter
		code string
	}{
		{web.TaskFilter{After: messages.Next}, "bad_cursor"}, {web.TaskFilter{Kind: "sing"}, "bad_parameter"},
		{web.TaskFilter{State: "late"}, "bad_parameter"}, {web.TaskFilter{DueBefore: "tomorrow"}, "bad_parameter"},
	} {
		_, err := client.Tasks(t.Context(), row.f)
		wantCode(t, err, row.code)
	}
	if none, err := client.Tasks(t.Context(), web.TaskFilter{DueBefore: "2026-01-01"}); err != nil || len(none.Items) != 0 {
		t.Errorf("got %v, %v, want nothing that was due so early", none, err)
	}
}

// A message that waits is withdrawn and erased when a person decides so, unless a pouch
// has it; its date waits for the receipt.
func TestErasureOfQueuedMessage(t *testing.T) {
	clock := new(clock)
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	a.now, b.now = clock.now, clock.now
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	check(t, nl.Close(t.Context()))
	flying := submit(t, be, "NL", conditioned(t, "mla.request", "BE", "NL", useCondition("delete-by", clock.now())))
	eventually(t, "a pouch in flight", func() bool {
		last, err := be.Node.Last(t.Context(), node.Out, "NL")
		return err == nil && last != nil && last.Receipt == nil
	})
	waiting := submit(t, be, "NL", conditioned(t, "mla.request", "BE", "NL", useCondition("delete-by", clock.now())))
	_, err := be.Node.Erase(t.Context(), "operator:test", flying, "", "purpose-fulfilled")
	wantCode(t, err, "in_flight")
	_, err = be.Node.Erase(t.Context(), "operator:test", waiting, "", "just-so")
	wantCode(t, err, "unknown_reason")
	m, err := be.Node.Erase(t.Context(), "operator:test", waiting, "", "purpose-fulfilled")
	check(t, err)
	if got := await(t, be, waiting); got != (node.Outcome{State: node.Denied, Code: "erased"}) || m.Erased.IsZero() {
		t.Errorf("got %+v, %+v, want denied and erased", got, m)
	}
	_, err = be.Node.Erase(t.Context(), "operator:test", waiting, "", "purpose-fulfilled")
	wantCode(t, err, "erased")
	last := submit(t, be, "NL", messageOf(t, 4096))
	clock.pass(25 * hour)
	check(t, be.Node.DoDuties(t.Context()))
	wantTasks(t, be, flying, "erase open NL")
	clock.pass(-25 * hour) // or NL would find all cards expired
	nl = b.start(t, quiet)
	for _, id := range []schema.ID{flying, last} {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Errorf("got %+v, want accepted", got)
		}
	}
	clock.pass(25 * hour)
	check(t, be.Node.DoDuties(t.Context()))
	wantTasks(t, be, flying, "erase done NL")
	if list, err := nl.Node.List(t.Context(), node.Filter{Box: node.In}); err != nil || len(list) != 2 {
		t.Errorf("NL has %d messages, %v, want the two that were not withdrawn", len(list), err)
	}
}

// Messages of before the node knew duties get theirs when it starts.
func TestDutiesOfEarlierMessages(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	id := sendOut(t, be, "NL", conditioned(t, "mla.request", "BE", "NL", useCondition("review-by", time.Now().AddDate(1, 0, 0))))
	answer := submit(t, nl, "BE", derived(t, "NL", "BE", id))
	for range 120 { // more than two pages
		submit(t, be, "NL", derived(t, "BE", "NL"))
	}
	check(t, nl.Close(t.Context()))
	db, err := sqlite3.Open("file:" + filepath.ToSlash(b.config().DatabasePath()))
	check(t, err)
	check(t, db.Exec(`DELETE FROM duty; DELETE FROM derivation; DELETE FROM setting WHERE name = 'duty_backlog_done';
		UPDATE setting SET value = (SELECT CAST(max(n) AS BLOB) FROM message) WHERE name = 'duty_backlog'`))
	check(t, db.Close())
	nl = b.start(t, quiet)
	for range 2 {
		check(t, nl.Node.DoDuties(t.Context()))
	}
	wantTasks(t, nl, id, "review open BE")
	check(t, nl.Store.View(t.Context(), func(r node.Reader) error {
		children, err := r.Children(node.Source{ID: id, Box: node.In})
		if len(children) != 1 || children[0] != answer {
			t.Errorf("made from %s: got %v, want %s", id, children, answer)
		}
		return err
	}))
}
