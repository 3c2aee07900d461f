package integration

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// written is the example of a type between two jurisdictions, with other members.
func written(tb testing.TB, kind string, from, to schema.Jurisdiction, edit func(m, body map[string]any)) []byte {
	tb.Helper()
	c, err := catalogue()
	check(tb, err)
	example, err := c.Example(kind)
	check(tb, err)
	var m map[string]any
	check(tb, json.Unmarshal(example, &m))
	for _, name := range []string{"id", "created", "re"} {
		delete(m, name)
	}
	m["from"], m["to"] = string(from)+"/iro", string(to)+"/iro"
	edit(m, m["body"].(map[string]any))
	text, err := json.Marshal(m)
	check(tb, err)
	return text
}

// derived is a request that holds data of other messages.
func derived(tb testing.TB, from, to schema.Jurisdiction, of ...schema.ID) []byte {
	tb.Helper()
	return written(tb, "mla.request", from, to, func(m, _ map[string]any) {
		delete(m, "retention")
		if len(of) > 0 {
			m["derived_from"] = of
		}
	})
}

func erasing(tb testing.TB, from, to schema.Jurisdiction, of ...schema.ID) []byte {
	tb.Helper()
	return written(tb, "data.erasure", from, to, func(m, body map[string]any) {
		delete(body, "erase_by")
		var data []any
		for _, id := range of {
			data = append(data, map[string]any{"message": id})
		}
		body["data"] = data
	})
}

// sendOut hands a message in and waits until its peer has it.
func sendOut(tb testing.TB, p *program.Program, to schema.Jurisdiction, text []byte) schema.ID {
	tb.Helper()
	id := submit(tb, p, to, text)
	if got := await(tb, p, id); got.State != node.Accepted {
		tb.Fatalf("%s to %s: got %+v, want accepted", p.Card.Jurisdiction, to, got)
	}
	return id
}

// tasksOf are the tasks about a message, as "kind state peer code".
func tasksOf(tb testing.TB, p *program.Program, id schema.ID) (list []string) {
	tb.Helper()
	tasks, err := p.Node.Tasks(tb.Context(), node.TaskFilter{Message: id, Limit: 200})
	check(tb, err)
	for _, t := range tasks {
		list = append(list, strings.TrimSpace(string(t.Kind)+" "+string(t.State)+" "+string(t.Peer)+" "+t.Code))
	}
	slices.Sort(list)
	return list
}

func wantTasks(t *testing.T, p *program.Program, id schema.ID, want ...string) {
	t.Helper()
	if got := tasksOf(t, p, id); !slices.Equal(got, want) {
		t.Errorf("%s: got the tasks %q, want %q", p.Card.Jurisdiction, got, want)
	}
}

func isErased(tb testing.TB, p *program.Program, id schema.ID, box node.Box) bool {
	tb.Helper()
	d, err := p.Node.Trace(tb.Context(), id, box)
	check(tb, err)
	return !d.Record.Erased.IsZero()
}

// web4 is BE, whose data NL gave to FR and, made from that, to DE.
type web4 struct {
	be, nl, fr, de *program.Program
	m, x1, x2      schema.ID
}

func newWeb4(t *testing.T) *web4 {
	t.Helper()
	w := &web4{be: newIdentity(t, "BE").start(t, quiet), nl: newIdentity(t, "NL").start(t, quiet),
		fr: newIdentity(t, "FR").start(t, quiet), de: newIdentity(t, "DE").start(t, quiet)}
	introduce(t, w.be, w.nl, w.fr, w.de)
	for _, p := range []*program.Program{w.be, w.nl, w.fr, w.de} {
		applyFour(t, p, `"*"`)
	}
	w.m = sendOut(t, w.be, "NL", derived(t, "BE", "NL"))
	agrees(t, w.be, w.nl, w.m, "FR", "DE")
	w.x1 = sendOut(t, w.nl, "FR", derived(t, "NL", "FR", w.m))
	w.x2 = sendOut(t, w.nl, "DE", derived(t, "NL", "DE", w.x1))
	return w
}

// agrees lets the asker have the owner's consent to pass a message on and to use it as evidence.
func agrees(t *testing.T, owner, asker *program.Program, about schema.ID, recipients ...string) {
	t.Helper()
	mine, theirs := owner.Card.Jurisdiction, asker.Card.Jurisdiction
	var list []any
	for _, country := range recipients {
		list = append(list, fields{"name": "Police", "country": country})
	}
	asked := sends(t, asker, mine, draftOf(t, "data.consent.request", theirs, mine, fields{"re": about, "instrument": "EU-2000"},
		fields{"data": []any{fields{"message": about}}, "subject": []any{"new-recipient", "use-as-evidence"}, "recipients": list}))
	sends(t, owner, theirs, draftOf(t, "data.consent.decision", mine, theirs, fields{"re": asked, "instrument": "EU-2000"},
		fields{"decision": "granted", "data": nil, "conditions": nil, "valid_until": nil}))
}

// applyFour lets messages of some types out and all in, between four jurisdictions.
func applyFour(tb testing.TB, p *program.Program, types string) {
	tb.Helper()
	text := strings.ReplaceAll(openPolicy, "[BE, FR, NL]", "[BE, DE, FR, NL]")
	text = strings.Replace(text, `direction: send, types: ["*"]`, `direction: send, types: [`+types+`]`, 1)
	_, err := p.Node.ApplyPolicy(tb.Context(), "operator:test", []byte(text), nil)
	check(tb, err)
}

// What BE says of its data reaches everybody who got it through NL, under NL's policy.
func TestErasureIsPassedOn(t *testing.T) {
	w := newWeb4(t)
	cause := sendOut(t, w.be, "NL", erasing(t, "BE", "NL", w.m))
	wantTasks(t, w.nl, w.m, "erase open BE")
	wantTasks(t, w.nl, w.x1, "pass-on open FR", "review open FR")
	wantTasks(t, w.nl, w.x2, "pass-on open DE", "review open DE")
	applyFour(t, w.nl, "mla.*")
	check(t, w.nl.Node.DoDuties(t.Context()))
	if !isErased(t, w.nl, w.m, node.In) || isErased(t, w.be, w.m, node.Out) || isErased(t, w.nl, w.x1, node.Out) {
		t.Error("want BE's message erased at NL, and what BE and NL wrote themselves kept")
	}
	wantTasks(t, w.nl, w.m, "erase done BE")
	wantTasks(t, w.nl, w.x1, "pass-on open FR policy_denied", "review open FR")
	check(t, w.nl.Node.DoDuties(t.Context()))
	denials, err := w.nl.Node.Entries(t.Context(), 0, 1000)
	check(t, err)
	if n := countActs(denials, "message.denied"); n != 2 {
		t.Errorf("%d denials in the journal, want one for each peer: the node does not ask again under the same policy", n)
	}
	applyFour(t, w.nl, `"*"`)
	check(t, w.nl.Node.DoDuties(t.Context()))
	wantTasks(t, w.nl, w.x1, "pass-on done FR", "review open FR")
	wantTasks(t, w.nl, w.x2, "pass-on done DE", "review open DE")
	for _, row := range []struct {
		at *program.Program
		id schema.ID
	}{{w.fr, w.x1}, {w.de, w.x2}} {
		eventually(t, "what was passed on arrives", func() bool { return len(tasksOf(t, row.at, row.id)) > 0 })
		check(t, row.at.Node.DoDuties(t.Context()))
		if !isErased(t, row.at, row.id, node.In) {
			t.Errorf("%s did not erase what NL asked it to", row.at.Card.Jurisdiction)
		}
	}
	d, err := w.nl.Node.Trace(t.Context(), w.m, node.In)
	check(t, err)
	if len(d.Amends) != 1 || d.Amends[0].ID != cause || d.Record.Reason != "by-originator" {
		t.Errorf("got %v, %q, want BE's erasure and that it was the reason", d.Amends, d.Record.Reason)
	}
}

func countActs(entries []node.Entry, act string) (n int) {
	for _, e := range entries {
		if e.Act == act {
			n++
		}
	}
	return n
}

// A restriction holds until its day, and a peer may demand that parts of a message go.
func TestRestrictionAndParts(t *testing.T) {
	clock := new(clock)
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	a.now, b.now = clock.now, clock.now
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	id := sendOut(t, be, "NL", derived(t, "BE", "NL"))
	sendOut(t, be, "NL", written(t, "data.erasure", "BE", "NL", func(_, body map[string]any) {
		body["action"], body["restricted_until"] = "restrict", clock.now().Format(time.DateOnly)
		body["data"] = []any{map[string]any{"message": id}}
	}))
	sendOut(t, be, "NL", written(t, "data.erasure", "BE", "NL", func(_, body map[string]any) {
		delete(body, "erase_by")
		body["data"] = []any{map[string]any{"message": id, "pointers": []any{"/body/persons"}}}
	}))
	wantTasks(t, nl, id, "correct open BE", "restrict open BE")
	clock.pass(25 * hour)
	check(t, nl.Node.DoDuties(t.Context()))
	wantTasks(t, nl, id, "correct open BE", "restrict cancelled BE expired")
	if isErased(t, nl, id, node.In) {
		t.Error("a message was erased as a whole for a part of it")
	}
}

// A node that ends between sending what it passes on and noting that it did sends nothing twice.
func TestPassedOnOnce(t *testing.T) {
	a := newIdentity(t, "NL")
	be, nl, fr := newIdentity(t, "BE").start(t, quiet), a.start(t, quiet), newIdentity(t, "FR").start(t, quiet)
	introduce(t, be, nl, fr)
	m := sendOut(t, be, "NL", derived(t, "BE", "NL"))
	agrees(t, be, nl, m, "FR")
	x := sendOut(t, nl, "FR", derived(t, "NL", "FR", m))
	sendOut(t, be, "NL", erasing(t, "BE", "NL", m))
	check(t, nl.Node.DoDuties(t.Context()))
	wantTasks(t, nl, x, "pass-on done FR", "review open FR")
	eventually(t, "FR is told", func() bool { return len(tasksOf(t, fr, x)) == 1 })
	check(t, nl.Close(t.Context()))
	db, err := sqlite3.Open("file:" + filepath.ToSlash(a.config().DatabasePath()))
	check(t, err)
	check(t, db.Exec(`UPDATE duty SET state = 'open', ended = 0, actor = '', result = '' WHERE kind = 'pass-on'`))
	check(t, db.Close())
	nl = a.start(t, quiet)
	check(t, nl.Node.DoDuties(t.Context()))
	wantTasks(t, nl, x, "pass-on done FR", "review open FR")
	sent, err := nl.Node.List(t.Context(), node.Filter{Type: "data.erasure", Box: node.Out})
	check(t, err)
	if len(sent) != 1 || sent[0].From != "NL/iro" || sent[0].To != "FR/iro" || sent[0].Actor != "node" {
		t.Errorf("got %d erasures, %+v, want one from the authority that got it", len(sent), sent)
	}
}

// A peer can erase nothing that did not come from itself.
func TestErasureOfForeignMessage(t *testing.T) {
	w := newWeb4(t)
	id := sendOut(t, w.fr, "NL", erasing(t, "FR", "NL", w.m, w.x1, w.x2, schema.NewID()))
	check(t, w.nl.Node.DoDuties(t.Context()))
	for _, other := range []struct {
		id  schema.ID
		box node.Box
	}{{w.m, node.In}, {w.x1, node.Out}, {w.x2, node.Out}} {
		wantTasks(t, w.nl, other.id)
		if isErased(t, w.nl, other.id, other.box) {
			t.Errorf("message %s was erased by a peer it did not come from", other.id)
		}
	}
	d, err := w.nl.Node.Open(t.Context(), "officer:test", id, node.In)
	check(t, err)
	if len(d.Breaches) != 4 || d.Breaches[0].Code != "foreign_message" {
		t.Errorf("got the flaws %v, want four of foreign_message", d.Breaches)
	}
	entries, err := w.nl.Node.Entries(t.Context(), 0, 1000)
	check(t, err)
	for _, e := range entries {
		if e.Act == "duty.refused" && e.Detail["messages"] != "4" {
			t.Errorf("the journal says %v, want four messages", e.Detail)
		}
	}
	if n := countActs(entries, "duty.refused"); n != 1 {
		t.Errorf("%d refusals in the journal, want one", n)
	}
}

// Nor does a peer reach what was made from our message by sending one under the same id.
func TestErasureUnderOurID(t *testing.T) {
	w := newWeb4(t)
	ours := sendOut(t, w.nl, "BE", derived(t, "NL", "BE"))
	x := sendOut(t, w.nl, "FR", derived(t, "NL", "FR", ours))
	later := sendOut(t, w.nl, "DE", derived(t, "NL", "DE", ours))
	under := written(t, "mla.request", "FR", "NL", func(m, _ map[string]any) { m["id"] = ours; delete(m, "retention") })
	if got := sendOut(t, w.fr, "NL", under); got != ours {
		t.Fatalf("got %s, want the id of NL's message", got)
	}
	sendOut(t, w.fr, "NL", erasing(t, "FR", "NL", ours))
	check(t, w.nl.Node.DoDuties(t.Context()))
	if !isErased(t, w.nl, ours, node.In) || isErased(t, w.nl, ours, node.Out) {
		t.Error("want FR's own message erased, and NL's of the same id kept")
	}
	wantTasks(t, w.nl, x)
	wantTasks(t, w.nl, later)
}

// What our agency corrects towards one peer reaches all who got the same data, once, and
// the originator is to be told.
func TestOurCorrectionReachesAll(t *testing.T) {
	w := newWeb4(t)
	sendOut(t, w.nl, "FR", written(t, "data.correction", "NL", "FR", func(_, body map[string]any) {
		body["corrections"] = []any{map[string]any{"message": w.x1, "pointer": "/subject", "reason": "inaccurate", "corrected": map[string]any{"text": "The right words"}}}
	}))
	wantTasks(t, w.nl, w.x1)
	wantTasks(t, w.nl, w.x2, "pass-on open DE")
	wantTasks(t, w.nl, w.m, "inform-originator open BE")
	for range 2 {
		check(t, w.nl.Node.DoDuties(t.Context()))
	}
	wantTasks(t, w.nl, w.x2, "pass-on done DE")
	eventually(t, "DE is told", func() bool { return len(tasksOf(t, w.de, w.x2)) > 0 })
	wantTasks(t, w.de, w.x2, "correct open NL")
	wantTasks(t, w.fr, w.x1, "correct open NL")
	tasks, err := w.de.Node.Tasks(t.Context(), node.TaskFilter{Message: w.x2, Limit: 200})
	check(t, err)
	if done, err := w.de.Node.FinishTask(t.Context(), "officer:test", tasks[0].N, "Put right in our file."); err != nil || done.State != node.TaskDone {
		t.Errorf("got %+v, %v, want done", done, err)
	}
	if again, err := w.de.Node.Task(t.Context(), tasks[0].N); err != nil || again.Note != "Put right in our file." || again.Actor != "officer:test" {
		t.Errorf("got %+v, %v, want the note and who wrote it", again, err)
	}
	_, err = w.de.Node.FinishTask(t.Context(), "officer:test", tasks[0].N, "")
	wantCode(t, err, "task_ended")
	time.Sleep(100 * time.Millisecond)
	list, err := w.de.Node.List(t.Context(), node.Filter{Type: "data.correction"})
	check(t, err)
	if len(list) != 1 {
		t.Errorf("DE got %d corrections, want one", len(list))
	}
}
