package integration

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// letter is a message that was answered with "queued".
type letter struct {
	id     schema.ID
	way    way
	plain  bool // the narrow policy lets it cross too
	digest [32]byte
	body   []byte // as it was handed in
	key    string
	state  node.State          // as seen last
	fates  map[node.State]bool // that may have become of it, by the policies since it was queued
	barred bool                // it waits behind a pouch that cannot leave, and its sender's policy has changed
}

// player is one node and what its agencies know of it.
type player struct {
	code      schema.Jurisdiction
	dir       string
	running   *program.Program // nil while it is down
	send      bool             // wide policy
	receive   bool
	suspended map[schema.Jurisdiction]bool
	out       []*letter                           // as submitted
	in        map[schema.Jurisdiction][]schema.ID // as seen last
}

// model is the world as it must be: a few maps. It knows nothing of pouches,
// numbers, receipts and connections.
type model struct {
	*stage
	players []*player
	letters map[schema.ID]*letter
	shut    map[way]bool
	cuts    int // attempts to connect are spaced further with each
	words   int // makes every draft another
	tally   map[string]int
}

const modelActor = "agency:model"

// drained is how long a queue may take to drain once nothing hinders it: the
// longest delay of a dial, and the answer that is awaited before it.
const drained = 45 * time.Second

func newModel(t *rapid.T, s *stage, codes []schema.Jurisdiction, tally map[string]int) *model {
	m := &model{stage: s, letters: map[schema.ID]*letter{}, shut: map[way]bool{}, tally: tally}
	dir, err := os.MkdirTemp("", "model")
	fatal(t, err)
	t.Cleanup(func() { m.close(dir) })
	for _, v := range s.valves {
		v.set("", false)
	}
	for _, code := range codes {
		p := &player{code: code, suspended: map[schema.Jurisdiction]bool{}, in: map[schema.Jurisdiction][]schema.ID{}}
		p.dir, err = s.found(dir, code)
		fatal(t, err)
		m.players = append(m.players, p)
		m.start(t, p)
	}
	for _, p := range m.players {
		m.apply(t, p, true, true)
		for _, q := range m.players {
			if q != p {
				card := s.cards[way{p.code, q.code}]
				_, err := p.running.Node.AddPeer(context.Background(), "operator:model", card.Text, card.Certificate.Root())
				fatal(t, err)
			}
		}
	}
	return m
}

func fatal(t *rapid.T, err error) {
	if err != nil {
		t.Fatalf("%+v", err)
	}
}

func (m *model) close(dir string) {
	for _, p := range m.players {
		if p.running != nil {
			p.running.Close(context.Background())
		}
	}
	os.RemoveAll(dir)
}

// player draws a node that is up or down; the step is left out if there is none.
func (m *model) player(t *rapid.T, up bool) *player {
	fit := slices.DeleteFunc(slices.Clone(m.players), func(p *player) bool { return (p.running != nil) != up })
	if len(fit) == 0 {
		t.Skip("no such node")
	}
	return rapid.Custom(func(t *rapid.T) *player { return fit[rapid.IntRange(0, len(fit)-1).Draw(t, "i")] }).Draw(t, "node")
}

func (p *player) String() string { return string(p.code) }

func (m *model) other(t *rapid.T, p *player) *player {
	rest := slices.DeleteFunc(slices.Clone(m.players), func(q *player) bool { return q == p })
	return rapid.Custom(func(t *rapid.T) *player { return rest[rapid.IntRange(0, len(rest)-1).Draw(t, "i")] }).Draw(t, "peer")
}

func (m *model) named(code schema.Jurisdiction) *player {
	i := slices.IndexFunc(m.players, func(p *player) bool { return p.code == code })
	return m.players[i]
}

// draft is a request that no other draft is equal to.
func (m *model) draft(w way) []byte {
	m.words++
	return []byte(strings.Replace(m.requests[w], `"facts": "`, fmt.Sprintf(`"facts": "%d `, m.words), 1))
}

// expects holds the answer to a submission against what policy and keyring say, and
// keeps the letter if it was queued.
func (m *model) expects(t *rapid.T, p, q *player, plain bool, s node.Submission) {
	got, err := p.running.Node.Submit(context.Background(), s)
	want := m.refusal(p, q, plain)
	if !hasCode(err, want) {
		t.Fatalf("%s to %s: got %v, want %q", p.code, q.code, err, want)
	}
	m.tally["answered "+want]++
	if want != "" || s.DryRun {
		return
	}
	if got.State != node.Queued || got.Replayed {
		t.Fatalf("%s to %s: got %+v, want queued for the first time", p.code, q.code, got)
	}
	d, err := p.running.Node.Trace(context.Background(), got.ID, node.Out)
	fatal(t, err)
	l := &letter{id: got.ID, way: way{p.code, q.code}, plain: plain, digest: d.Record.SHA256, body: s.Body, key: s.Key, state: node.Queued, fates: map[node.State]bool{}}
	l.meets(q)
	m.letters[l.id], p.out = l, append(p.out, l)
}

// refusal is the code that a submission from p to q must get, "" for none.
func (m *model) refusal(p, q *player, plain bool) string {
	switch {
	case p.suspended[q.code]:
		return "peer_suspended"
	case !plain && !p.send:
		return "policy_denied"
	}
	return ""
}

func hasCode(err error, want string) bool {
	var p *schema.Problem
	if want == "" || err == nil {
		return want == "" && err == nil
	}
	return errors.As(err, &p) && p.Code == want
}

// meets notes what the receiver's policy would make of the letter now.
func (l *letter) meets(q *player) {
	if l.barred {
		return
	}
	if l.plain || q.receive {
		l.fates[node.Accepted] = true
	} else {
		l.fates[node.Refused] = true
	}
}

func (m *model) submit(t *rapid.T) {
	p := m.player(t, true)
	q := m.other(t, p)
	for range rapid.IntRange(1, 4).Draw(t, "how many") {
		s := node.Submission{Actor: modelActor, To: q.code, Body: m.draft(way{p.code, q.code}), DryRun: rapid.IntRange(0, 4).Draw(t, "dry run") == 0}
		if rapid.Bool().Draw(t, "with a key") {
			s.Key = fmt.Sprintf("key-%d", m.words)
		}
		m.expects(t, p, q, false, s)
	}
}

// again hands in what was queued before: under its key, under its key changed, or
// with its id.
func (m *model) again(t *rapid.T) {
	p := m.player(t, true)
	if len(p.out) == 0 {
		t.Skip("nothing was submitted")
	}
	l := p.out[rapid.IntRange(0, len(p.out)-1).Draw(t, "which")]
	s := node.Submission{Actor: modelActor, To: l.way.to, Body: l.body, Key: l.key}
	how := rapid.SampledFrom([]string{"key", "changed", "id"}).Draw(t, "how")
	switch {
	case how == "id":
		d, err := p.running.Node.Open(context.Background(), modelActor, l.id, node.Out)
		fatal(t, err)
		s.Key, s.Body = "", d.Message.Raw
		want := m.refusal(p, m.named(l.way.to), l.plain)
		if want == "" {
			want = "duplicate_id"
		}
		if _, err := p.running.Node.Submit(context.Background(), s); !hasCode(err, want) {
			t.Fatalf("the id again: got %v, want %s", err, want)
		}
	case l.key == "":
		t.Skip("it had no key")
	case how == "changed":
		s.Body = m.draft(l.way)
		if _, err := p.running.Node.Submit(context.Background(), s); !hasCode(err, "key_reused") {
			t.Fatalf("the key for another body: got %v, want key_reused", err)
		}
	default:
		got, err := p.running.Node.Submit(context.Background(), s)
		if err != nil || got.ID != l.id || !got.Replayed {
			t.Fatalf("the key again: got %+v, %v, want %s once more", got, err, l.id)
		}
	}
}

// invalid hands in what no policy can let cross.
func (m *model) invalid(t *rapid.T) {
	p := m.player(t, true)
	q := m.other(t, p)
	good := string(m.draft(way{p.code, q.code}))
	cases := []struct{ body, code string }{
		{good[:len(good)/2], "bad_json"},
		{`{}`, "unknown_type"},
		{strings.Replace(good, `"body":`, `"no_such_field": 1, "body":`, 1), "invalid_message"},
		{strings.Replace(good, `"version": 1`, `"version": 1, "version": 1`, 1), "duplicate_name"},
		{strings.Replace(good, `"from": "`+string(p.code), `"from": "`+string(q.code), 1), "wrong_sender"},
		{strings.Replace(good, `"to": "`+string(q.code), `"to": "XX`, 1), "wrong_recipient"},
	}
	c := cases[rapid.IntRange(0, len(cases)-1).Draw(t, "case")]
	if _, err := p.running.Node.Submit(context.Background(), node.Submission{Actor: modelActor, To: q.code, Body: []byte(c.body)}); !hasCode(err, c.code) {
		t.Fatalf("got %v, want %s", err, c.code)
	}
}

// reply answers a request that has arrived, or one that has not.
func (m *model) reply(t *rapid.T) {
	p := m.player(t, true)
	q := m.other(t, p)
	re, known := schema.NewID(), false
	arrived := slices.DeleteFunc(slices.Clone(p.in[q.code]), func(id schema.ID) bool { return m.letters[id].plain })
	if len(arrived) > 0 && rapid.IntRange(0, 3).Draw(t, "unknown") > 0 {
		re, known = arrived[rapid.IntRange(0, len(arrived)-1).Draw(t, "which")], true
	}
	text, err := m.acknowledgement(way{p.code, q.code}, re)
	fatal(t, err)
	s := node.Submission{Actor: modelActor, To: q.code, Body: []byte(text)}
	if known || p.suspended[q.code] {
		m.expects(t, p, q, true, s)
	} else if _, err := p.running.Node.Submit(context.Background(), s); !hasCode(err, "unknown_reference") {
		t.Fatalf("got %v, want unknown_reference", err)
	}
}

func (m *model) policy(t *rapid.T) {
	p := m.player(t, true)
	send, receive := rapid.Bool().Draw(t, "send wide"), rapid.Bool().Draw(t, "receive wide")
	m.apply(t, p, send, receive)
}

func (m *model) apply(t *rapid.T, p *player, send, receive bool) {
	_, err := p.running.Node.ApplyPolicy(context.Background(), "operator:model", rules(send, receive), nil)
	fatal(t, err)
	p.send, p.receive = send, receive
	for _, l := range m.letters {
		if l.state != node.Queued || l.plain {
			continue
		}
		if l.way.to == p.code {
			l.meets(p)
		}
		if l.way.from == p.code {
			m.judged(t, p, l)
		}
	}
}

// judged notes what a new policy of its sender makes of a letter that waits. One that
// is not in a pouch when the new policy is in force is judged by it. I7.
func (m *model) judged(t *rapid.T, p *player, l *letter) {
	if p.send {
		l.barred = false
		l.meets(m.named(l.way.to))
		return
	}
	l.fates[node.Denied] = true
	if !m.hindered(l) {
		return
	}
	err := p.running.Node.Store.View(context.Background(), func(r node.Reader) error {
		ahead, err := r.InFlight(l.way.to)
		if errors.Is(err, node.ErrNotFound) {
			return nil
		}
		mine, err := r.Message(l.id, node.Out)
		if err == nil && mine.Queue > ahead.Last {
			l.barred, l.fates = true, map[node.State]bool{node.Denied: true}
			m.tally["barred"]++
		}
		return err
	})
	fatal(t, err)
}

// hindered says that nothing can pass between the two nodes of a letter.
func (m *model) hindered(l *letter) bool {
	p, q := m.named(l.way.from), m.named(l.way.to)
	return p.running == nil || q.running == nil || p.suspended[q.code] || q.suspended[p.code] || m.shut[l.way] && m.shut[way{q.code, p.code}]
}

func (m *model) suspend(t *rapid.T) {
	p := m.player(t, true)
	q := m.other(t, p)
	act := p.running.Node.SuspendPeer
	if !p.suspended[q.code] && rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
		t.Skip("or nothing would cross")
	}
	if p.suspended[q.code] {
		act = p.running.Node.ResumePeer
	}
	fatal(t, act(context.Background(), "operator:model", q.code))
	p.suspended[q.code] = !p.suspended[q.code]
}

// cut shuts a way, or lets it through again. While the other way is open one
// connection carries both.
func (m *model) cut(t *rapid.T) {
	p := m.players[rapid.IntRange(0, len(m.players)-1).Draw(t, "from")]
	w := way{p.code, m.other(t, p).code}
	if !m.shut[w] {
		if m.cuts++; m.cuts > 4 {
			t.Skip("enough was cut")
		}
	}
	m.turn(w, !m.shut[w])
}

func (m *model) turn(w way, shut bool) {
	m.shut[w] = shut
	v := m.valves[w]
	v.mu.Lock()
	to := v.to
	v.mu.Unlock()
	v.set(to, shut)
}

func (m *model) start(t *rapid.T, p *player) {
	running, err := m.stage.open(p.code, p.dir)
	fatal(t, err)
	p.running = running
}

// stop ends a node, in order or without any time for it and with its connections gone.
func (m *model) stop(t *rapid.T) {
	p := m.player(t, true)
	ctx := context.Background()
	if rapid.Bool().Draw(t, "abruptly") {
		abrupt, cancel := context.WithCancel(ctx)
		cancel()
		ctx = abrupt
		for w, v := range m.valves {
			if w.to == p.code {
				v.set("", m.shut[w])
			}
		}
	}
	if err := p.running.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("close %s: %v", p.code, err)
	}
	p.running = nil
}

func (m *model) restart(t *rapid.T) { m.start(t, m.player(t, false)) }

// wait until every queue that nothing hinders has drained. I10.
func (m *model) wait(t *rapid.T) {
	for _, l := range m.letters {
		if m.hindered(l) || l.state != node.Queued {
			continue
		}
		p, q := m.named(l.way.from), m.named(l.way.to)
		ctx, cancel := context.WithTimeout(context.Background(), drained)
		_, err := p.running.Node.Await(ctx, l.id)
		cancel()
		if err != nil {
			t.Fatalf("%s from %s to %s is not settled after %v: %v; links %+v", l.id, p.code, q.code, drained, err, p.running.Gateway.Links())
		}
	}
}

// heal lets everything through and waits until all has arrived.
func (m *model) heal(t *rapid.T) {
	for _, p := range m.players {
		if p.running == nil {
			m.start(t, p)
		}
	}
	for _, p := range m.players {
		m.apply(t, p, true, true)
		for code, suspended := range p.suspended {
			if suspended {
				fatal(t, p.running.Node.ResumePeer(context.Background(), "operator:model", code))
				p.suspended[code] = false
			}
		}
	}
	for w, shut := range m.shut {
		if shut {
			m.turn(w, false)
		}
	}
	m.wait(t)
}

// TestModel runs random acts of agencies, operators and the network against two and
// three nodes, and against a model of what each must answer and hold. A longer run:
//
//	go test ./integration -run TestModel -rapid.checks=1000 -timeout 0
func TestModel(t *testing.T) {
	if !given("rapid.checks") {
		checks := "14"
		if raced {
			checks = "4"
		}
		check(t, flag.Set("rapid.checks", checks))
	}
	s := newStage(t, "BE", "NL", "FR")
	tally := map[string]int{}
	for _, codes := range [][]schema.Jurisdiction{{"BE", "NL"}, {"BE", "NL", "FR"}} {
		t.Run(fmt.Sprintf("%d nodes", len(codes)), rapid.MakeCheck(func(t *rapid.T) {
			m := newModel(t, s, codes, tally)
			acts := map[string]func(*rapid.T){"": m.holds}
			for name, act := range map[string]func(*rapid.T){
				"submit": m.submit, "submit more": m.submit, "again": m.again, "invalid": m.invalid, "reply": m.reply,
				"policy": m.policy, "suspend": m.suspend, "cut": m.cut, "stop": m.stop, "restart": m.restart, "wait": m.wait,
			} {
				acts[name] = func(t *rapid.T) {
					act(t)
					tally[name]++
				}
			}
			t.Repeat(acts)
			m.heal(t)
			m.holds(t)
			m.settled(t)
		}))
	}
	t.Logf("acts and outcomes: %v", tally)
	if tally[string(node.Accepted)] == 0 {
		t.Error("no message was accepted at all: the test showed nothing")
	}
}

// given says whether a flag was set by who runs the test.
func given(name string) (yes bool) {
	flag.Visit(func(f *flag.Flag) { yes = yes || f.Name == name })
	return yes
}
