package integration

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// The long run: go test ./integration -run TestWhatLeaves -leaving 10m -timeout 20m.
var (
	leavingFor  = flag.Duration("leaving", 15*time.Second, "how long TestWhatLeaves goes on")
	leavingSeed = flag.Uint64("seed", 0, "seed of TestWhatLeaves, 0 for a new one")
)

var catalogueFolder = os.DirFS(filepath.Join("..", "schema"))

// leaving is two nodes, one of which sends all kinds of messages under policies that
// change.
type leaving struct {
	chance
	*letters
	c        *schema.Catalogue
	clock    *clock
	be, nl   *program.Program
	vault    *recorder // of NL
	judge    *auditor.Judge
	inForce  []byte            // at BE
	policies map[string][]byte // of BE, by SHA-256
	counts   map[string]int
	typed    map[string]bool // types that were handed in
	odd      map[string]string
	journal  []node.Entry // of BE
	round    int
}

func (l *leaving) count(what string) { l.counts[what]++ }

// I7: whatever the messages and the policies, nothing is in a sealed pouch that a second
// evaluator, which shares no code with the first, would not let go.
func TestWhatLeaves(t *testing.T) {
	seed := *leavingSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed %d", seed)
	c, err := catalogue()
	check(t, err)
	l := &leaving{chance: chance{rand.New(rand.NewPCG(seed, 7))}, letters: newLetters(t, c), c: c, clock: new(clock),
		policies: map[string][]byte{}, counts: map[string]int{}, typed: map[string]bool{}, odd: map[string]string{}}
	l.judge, err = auditor.NewJudge(catalogueFolder)
	check(t, err)
	a, b := newLastingIdentity(t, "BE", keyLife), newLastingIdentity(t, "NL", keyLife)
	a.now, b.now = l.clock.now, l.clock.now
	l.vault = &recorder{Vault: b.vault}
	b.vault = l.vault
	l.be, l.nl = a.start(t, quiet), b.start(t, quiet)
	introduce(t, l.be, l.nl)
	l.policies[digestOf([]byte(openPolicy))] = []byte(openPolicy)
	kinds := slices.Sorted(mapKeysOf(l.text))
	turns := leastTurns
	if raced {
		turns = 2
	}
	for end := time.Now().Add(*leavingFor); l.round < turns || time.Now().Before(end); l.round++ {
		if at := l.round * roundSize % len(kinds); at < roundSize {
			l.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		}
		l.turn(t, kinds)
	}
	l.journal = entriesOf(t, l.be.Node)
	check(t, l.be.Close(t.Context()))
	check(t, l.nl.Close(t.Context()))
	l.lookInto(t)
	l.outcomes()
	l.wantAll(t)
	b.vault = l.vault.Vault
	h := houseOf(t, a, b)
	h.Window = time.Second
	audit(t, h)
}

func mapKeysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

const (
	keyLife    = 300 * 24 * hour // of the keys
	roundSize  = 12              // messages of one turn
	leastTurns = 25              // so that on a slow machine, too, every type has its turn twice
)

// apply puts a policy in force at BE.
func (l *leaving) apply(t *testing.T, text []byte) {
	t.Helper()
	l.policies[digestOf(text)], l.inForce = text, text
	apply(t, l.be, text)
}

// turn hands in messages under one policy, more of them while the peer is away, and lets
// the peer come back under another.
func (l *leaving) turn(t *testing.T, kinds []string) {
	t.Helper()
	l.apply(t, everything(l.c))
	apply(t, l.nl, everything(l.c))
	var texts [][]byte
	var messages []*schema.Message
	for i := range roundSize {
		kind := kinds[(l.round*roundSize+i)%len(kinds)]
		drafts := l.thread(t, kind, "BE", "NL")
		if !l.begin(t, kind, drafts[:len(drafts)-1]) {
			continue
		}
		drafts[len(drafts)-1]["created"] = l.clock.now().UTC().Format(time.RFC3339)
		text, m := l.changed(t, l.c, drafts[len(drafts)-1])
		texts, messages = append(texts, text), append(messages, m)
		if len(m.Translations) > 0 {
			l.count("translated")
		}
	}
	if len(texts) == 0 {
		return
	}
	today := func() time.Time { return l.clock.now().UTC() }
	if l.oneIn(3) {
		apply(t, l.nl, l.policy(l.c, "receive", messages, today()))
	}
	l.apply(t, l.policy(l.c, "send", messages, today()))
	third := len(texts) / 3
	waiting := l.hand(t, texts[:third])
	waiting = l.release(t, waiting)
	l.drain(t)
	check(t, l.nl.Node.SuspendPeer(t.Context(), "operator:test", "BE"))
	waiting = append(waiting, l.hand(t, texts[third:2*third])...)
	waiting = l.release(t, waiting)
	l.still(t)
	if l.oneIn(2) && l.clock.now().Before(time.Now().Add(keyLife-48*hour)) { // then the keys end
		l.clock.pass(24 * hour)
	}
	if !l.oneIn(4) {
		l.apply(t, l.policy(l.c, "send", messages, today()))
	}
	waiting = append(waiting, l.hand(t, texts[2*third:])...)
	waiting = l.release(t, waiting)
	l.still(t)
	check(t, l.nl.Node.ResumePeer(t.Context(), "operator:test", "BE"))
	l.drain(t)
	l.release(t, waiting)
	l.drain(t)
}

// begin sends what a message refers to. It says whether that could be.
func (l *leaving) begin(t *testing.T, kind string, drafts []map[string]any) bool {
	t.Helper()
	for _, m := range drafts {
		p, to := l.be, schema.Jurisdiction("NL")
		if jurisdictionIn(m["from"]) == "NL" {
			p, to = l.nl, "BE"
		}
		done, err := p.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: encode(t, m), To: to})
		if err != nil || done.State != node.Queued {
			l.odd[kind] = "behind " + m["type"].(string) + ": " + errorText(err)
			l.count("without a beginning")
			return false
		}
		if got := await(t, p, done.ID); got.State != node.Accepted {
			l.odd[kind] = "behind " + m["type"].(string) + ": " + string(got.State) + " " + got.Code
			l.count("without a beginning")
			return false
		}
	}
	return true
}

func errorText(err error) string {
	if err == nil {
		return "held"
	}
	return err.Error()
}

// persons hand messages in and let those of others go.
var persons = []string{"user:anna", "user:bert", "agency:courts", "user:carla"}

// hand hands messages in, and gives those that wait.
func (l *leaving) hand(t *testing.T, texts [][]byte) (held []schema.ID) {
	t.Helper()
	for _, text := range texts {
		done, err := l.be.Node.Submit(t.Context(), node.Submission{Actor: pick(l.chance, persons), Body: text, To: "NL"})
		m := decoded(t, string(text))
		kind := m["type"].(string)
		if err == nil || done != nil && done.Decision.Verdict == policy.Deny {
			l.compare(t, m, text, done)
		}
		switch {
		case err != nil && done != nil && done.Decision.Verdict == policy.Deny:
			l.count("denied")
		case err != nil:
			l.odd[kind] = err.Error()
			l.count("not fit for another reason")
			continue
		case done.State == node.Held:
			l.count("held")
			held = append(held, done.ID)
		case len(done.Decision.Redact) > 0:
			l.count("redacted")
		default:
			l.count("allowed")
		}
		l.typed[kind] = true
	}
	return held
}

// compare holds the answer to a message against the second evaluator. Of one that takes on
// what binds another, or that a law holds, the policy has not seen what was handed in.
func (l *leaving) compare(t *testing.T, m map[string]any, text []byte, done *node.Submitted) {
	t.Helper()
	if m["re"] != nil || m["derived_from"] != nil || done.Hold != nil {
		return
	}
	want, why, err := l.judge.Verdict(l.inForce, text, "send", "NL", l.clock.now().UTC().Format(time.DateOnly))
	check(t, err)
	got := string(done.Decision.Verdict)
	if len(done.Decision.Redact) > 0 {
		got = "hold" // to the second evaluator: what should be taken out is there
	}
	if l.count("compared"); got != want {
		t.Errorf("the node says %s by %q, the second evaluator %s (%s)\n%s\n%s", got, done.Decision.Rule, want, why, text, l.inForce)
	}
}

// release has somebody look at what waits and let it go, and gives what waits on. Nobody
// may let their own go, and nothing goes that was not looked at.
func (l *leaving) release(t *testing.T, ids []schema.ID) (waiting []schema.ID) {
	t.Helper()
	for _, id := range ids {
		if l.oneIn(3) {
			waiting = append(waiting, id)
			continue
		}
		actor := pick(l.chance, persons)
		seen, err := l.be.Node.OpenRelease(t.Context(), actor, id, node.Out)
		if err != nil {
			l.count("waits no more")
			continue
		}
		tag := seen.Tag
		if l.oneIn(8) {
			tag = strings.Repeat("0", len(tag))
		}
		_, err = l.be.Node.Release(t.Context(), actor, id, node.Out, tag)
		if err == nil && (seen.Own || tag != seen.Tag) {
			t.Errorf("%s released %s: own is %v, the tag is right is %v", actor, id, seen.Own, tag == seen.Tag)
		}
		if err == nil {
			l.count("released")
		} else {
			l.count("not released")
		}
		waiting = append(waiting, id) // may come back
	}
	return waiting
}

// queued is how many of BE's messages have not found their end.
func (l *leaving) queued(t *testing.T) (n int64) {
	t.Helper()
	return counted(t, l.be, node.Out, node.Queued)
}

// drain waits until nothing is queued.
func (l *leaving) drain(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); l.queued(t) > 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages are queued still", l.queued(t))
		}
	}
}

// still waits until the gateway has taken what it can: nothing is queued, or a pouch is under way.
func (l *leaving) still(t *testing.T) {
	t.Helper()
	eventually(t, "rest", func() bool {
		last, err := l.be.Node.Last(t.Context(), node.Out, "NL")
		return l.queued(t) == 0 || err == nil && last != nil && last.Receipt == nil
	})
}

// outcomes counts what became of messages later, as the journal tells it.
func (l *leaving) outcomes() {
	author := map[string]bool{}
	for _, e := range l.journal {
		switch {
		case e.Act == "message.denied" && author[e.Subject], e.Act == "message.held" && author[e.Subject]:
			l.count("stopped by a later policy")
		case e.Act == "message.submitted", e.Act == "message.held":
			author[e.Subject] = true
		}
	}
}

// wantAll wants that the run was not one-sided.
func (l *leaving) wantAll(t *testing.T) {
	t.Helper()
	t.Logf("%d turns, %d types, %d policies: %v", l.round, len(l.typed), len(l.policies), l.counts)
	for kind, why := range l.odd {
		if !l.typed[kind] {
			t.Logf("%s was never handed in: %s", kind, why)
		}
	}
	if l.round < leastTurns {
		return // the race detector is on, and the machine slow
	}
	for what, least := range map[string]int{"allowed": 10, "held": 10, "redacted": 4, "denied": 10, "released": 8, "stopped by a later policy": 3,
		"judged: allow": 40, "judged: hold": 5, "files judged": 20, "translated": 5, "compared": 50} {
		if l.counts[what] < least {
			t.Errorf("the run is one-sided: %d %s, want %d", l.counts[what], what, least)
		}
	}
	if len(l.typed) < 100 {
		t.Errorf("only %d types of messages were handed in", len(l.typed))
	}
}
