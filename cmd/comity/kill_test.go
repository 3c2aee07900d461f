package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// TestKilledAtAnyMoment sends messages while either node is killed again and
// again, at moments chosen by chance. Every one must arrive, and once only.
func TestKilledAtAnyMoment(t *testing.T) {
	const kills, messages = 8, 40
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 1))
	h := newPair(t)
	ids := make([]schema.ID, messages)
	var senders sync.WaitGroup
	for i := range ids {
		senders.Go(func() { ids[i] = h.be.submit(t, fmt.Sprintf("key-%d", i), time.Duration(i)*time.Second/20) })
	}
	for range kills {
		time.Sleep(time.Duration(chance.IntN(200)) * time.Millisecond)
		victim := []*process{h.be, h.nl}[chance.IntN(2)]
		victim.kill(t)
		victim.start(t)
	}
	senders.Wait()
	h.be.settled(t, messages)
	h.nl.holds(t, ids)
}

// pair is two nodes that know each other, each a process of its own.
type pair struct{ be, nl *process }

type process struct {
	dir    string
	cmd    *exec.Cmd
	client *web.Client
}

func newPair(t *testing.T) *pair {
	t.Helper()
	h := &pair{newProcess(t, "BE", "send"), newProcess(t, "NL", "receive")}
	introduce(t, h.be, h.nl)
	introduce(t, h.nl, h.be)
	return h
}

// newProcess makes a node with a policy that lets notes cross in one direction, and starts it.
func newProcess(t *testing.T, code schema.Jurisdiction, direction string) *process {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	dir := filepath.Join(t.TempDir(), "n") // short: it holds a Unix socket
	if _, err := program.Init(t.Context(), dir, program.InitOptions{Jurisdiction: code, Name: string(code), Listen: addr, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	p := &process{dir: dir, client: web.Dial(filepath.Join(dir, "comity.sock"))}
	p.start(t)
	t.Cleanup(func() { p.kill(t) })
	rules := fmt.Sprintf("version: 1\nrules:\n  - {name: notes, peers: [BE, NL], direction: %s, types: [information.*], categories: [\"*\"], marking: restricted}\n", direction)
	if _, err := p.client.ApplyPolicy(t.Context(), []byte(rules), nil, false); err != nil {
		t.Fatal(err)
	}
	return p
}

func introduce(t *testing.T, to, peer *process) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peer.dir, strings.ToLower(peer.code(t))+".card"))
	if err != nil {
		t.Fatal(err)
	}
	card, err := pki.ReadCard(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.client.AddPeer(t.Context(), text, card.Certificate.Root().Hex(), false); err != nil {
		t.Fatal(err)
	}
}

func (p *process) code(t *testing.T) string {
	t.Helper()
	s, err := p.client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(s.Card.Code)
}

// start runs the node until it answers. The test binary is the program: see TestMain.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command("comity", "serve", "--node", p.dir)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := p.client.Status(t.Context()); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("node in %s does not start", p.dir)
		}
	}
}

// kill ends the process without a word, as SIGKILL does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	p.cmd.Wait()
}

const note = `{"type":"information.spontaneous","handling":{"marking":"restricted"},"subject":"Possible use of an account",
 "body":{"authority":{"role":"contact-point","name":"Financial investigation unit","country":"BE"},
  "legal_basis":"EU Convention on Mutual Assistance 2000, Article 7","facts":"Payments were seen.","why_useful":"The holder may act again.",
  "collection":{"covert":false,"means":"Order to a bank","collected_by":"Financial investigation unit"},
  "evaluation":{"system":"europol-4x4","source":"A","information":"1"}}}`

// submit hands a message in after a while, and again with the same key until it
// gets an answer: what an agency system does.
func (p *process) submit(t *testing.T, key string, after time.Duration) schema.ID {
	for time.Sleep(after); ; time.Sleep(10 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		sent, err := p.client.Send(ctx, web.SendRequest{Body: []byte(note), To: "NL", Key: key})
		cancel()
		switch code := codeOf(err); code {
		case "":
			return sent.ID
		case "node_not_running", "answer_cut", "still_running", "timeout":
		default:
			t.Errorf("%s: %v", key, err)
			return ""
		}
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return asProblem(err).Code
}

// settled waits until every message sent is accepted.
func (p *process) settled(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		accepted, err := p.client.Messages(t.Context(), web.MessageFilter{Box: node.Out, State: node.Accepted, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		all, err := p.client.Messages(t.Context(), web.MessageFilter{Box: node.Out, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(accepted.Items) == want && len(all.Items) == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("got %d accepted of %d sent, want %d", len(accepted.Items), len(all.Items), want)
		}
	}
}

// holds checks that every message arrived once, and nothing else did.
func (p *process) holds(t *testing.T, ids []schema.ID) {
	t.Helper()
	page, err := p.client.Messages(t.Context(), web.MessageFilter{Box: node.In, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[schema.ID]int{}
	for _, i := range page.Items {
		got[i.ID]++
	}
	for _, id := range ids {
		if got[id] != 1 {
			t.Errorf("message %s: got it %d times, want once", id, got[id])
		}
	}
	if len(page.Items) != len(ids) {
		t.Errorf("got %d messages, want %d", len(page.Items), len(ids))
	}
	if _, err := p.client.VerifyJournal(t.Context()); err != nil {
		t.Error(err)
	}
}
