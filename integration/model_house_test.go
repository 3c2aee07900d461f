package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// valve is a TCP relay that can be shut. What goes through it is sealed by TLS, so
// all it can do is what a network can.
type valve struct {
	listener net.Listener

	mu   sync.Mutex // guards what follows
	to   string     // where it leads, "" for nowhere
	shut bool
	open map[net.Conn]bool
}

func newValve(tb testing.TB) *valve {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(tb, err)
	v := &valve{listener: l, open: map[net.Conn]bool{}}
	tb.Cleanup(func() { l.Close(); v.set("", true) })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go v.relay(from)
		}
	}()
	return v
}

func (v *valve) relay(from net.Conn) {
	defer from.Close()
	v.mu.Lock()
	to, shut := v.to, v.shut
	v.mu.Unlock()
	if shut || to == "" {
		return
	}
	onto, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer onto.Close()
	if !v.hold(from, onto, to) {
		return
	}
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{from, onto}, {onto, from}} {
		go func() { io.Copy(pair[0], pair[1]); done <- struct{}{} }()
	}
	<-done
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.open, from)
	delete(v.open, onto)
}

// hold keeps a pair of connections to be cut, false if the valve has been turned since.
func (v *valve) hold(from, onto net.Conn, to string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.shut || v.to != to {
		return false
	}
	v.open[from], v.open[onto] = true, true
	return true
}

// set leads the valve elsewhere, or shuts it, and cuts what went through it.
func (v *valve) set(to string, shut bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.to == to && v.shut == shut {
		return
	}
	v.to, v.shut = to, shut
	for c := range v.open {
		c.Close()
	}
	clear(v.open)
}

// way is from one jurisdiction to another.
type way struct{ from, to schema.Jurisdiction }

// stage is what all runs of the model share: keys, and for each way a valve and the
// card that leads its dialler there.
type stage struct {
	identities map[schema.Jurisdiction]*identity
	valves     map[way]*valve
	cards      map[way]*pki.Card // of way.to, as way.from has it
	requests   map[way]string    // a draft
	empty      []byte            // a database without rows
}

func newStage(t *testing.T, codes ...schema.Jurisdiction) *stage {
	t.Helper()
	s := &stage{identities: map[schema.Jurisdiction]*identity{}, valves: map[way]*valve{}, cards: map[way]*pki.Card{}, requests: map[way]string{}}
	for _, code := range codes {
		s.identities[code] = newIdentity(t, code)
	}
	for _, from := range codes {
		for _, to := range codes {
			if from == to {
				continue
			}
			w, id := way{from, to}, s.identities[to]
			s.valves[w] = newValve(t)
			id.sign(t, 1, pki.Endpoint{Addr: s.valves[w].listener.Addr().String()})
			s.cards[w] = id.card
			s.requests[w] = between(w, string(messageOf(t, 4096)), "BE/fps-justice", "NL/iro")
		}
	}
	var err error
	s.empty, err = os.ReadFile(s.identities[codes[0]].config().DatabasePath())
	check(t, err)
	return s
}

// between re-addresses an example that goes from one address to another.
func between(w way, text, from, to string) string {
	text = strings.Replace(text, `"from": "`+from+`"`, `"from": "`+string(w.from)+`"`, 1)
	return strings.Replace(text, `"to": "`+to+`"`, `"to": "`+string(w.to)+`"`, 1)
}

// acknowledgement drafts the answer to a request.
func (s *stage) acknowledgement(w way, re schema.ID) (string, error) {
	c, err := catalogue()
	if err != nil {
		return "", err
	}
	typ, err := c.Type("status.acknowledged")
	if err != nil {
		return "", err
	}
	text := between(w, string(givenByNode.ReplaceAll(typ.Example, nil)), "NL/iro", "BE/fps-justice")
	return strings.Replace(text, `"re": "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c01"`, `"re": "`+string(re)+`"`, 1), nil
}

// open starts a node in dir and leads the valves to it.
func (s *stage) open(code schema.Jurisdiction, dir string) (*program.Program, error) {
	id := s.identities[code]
	host, err := broker.Open(broker.Config{Name: string(code), Listen: "127.0.0.1:0", TLS: id.vault.TLS(), Owner: string(code)})
	if err != nil {
		return nil, err
	}
	c, err := catalogue()
	if err != nil {
		return nil, err
	}
	config := program.Defaults(dir)
	p, err := program.OpenWith(context.Background(), config, program.Parts{Catalogue: c, Card: id.card, Vault: id.vault, Host: host, Now: time.Now, Version: "test"}, quiet)
	if err != nil {
		return nil, err
	}
	for w, v := range s.valves {
		if w.to == code {
			v.mu.Lock()
			shut := v.shut
			v.mu.Unlock()
			v.set(host.Addr(), shut)
		}
	}
	return p, nil
}

// found makes the directory of a new node.
func (s *stage) found(dir string, code schema.Jurisdiction) (string, error) {
	dir = filepath.Join(dir, string(code))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, os.WriteFile(program.Defaults(dir).DatabasePath(), s.empty, 0o600)
}

// reach is what a policy lets cross: wide everything, narrow no bank account, careful
// a bank account after a release.
type reach string

const (
	wide     reach = "wide"
	narrowly reach = "narrow"
	careful  reach = "careful"
)

// rules of a node of the model.
func rules(send, receive reach) []byte {
	const some = `categories: [case.*, authority.*, id.*, contact.*, loc.*, crime.*]`
	categories := map[reach]string{wide: `categories: ["*"]`, narrowly: some, careful: some + `, approve: [fin.*]`}
	text := "version: 1\nrules:\n"
	for direction, r := range map[string]reach{"send": send, "receive": receive} {
		text += fmt.Sprintf("  - {name: %s, peers: [BE, FR, NL], direction: %s, types: [\"*\"], %s, marking: restricted, minors: true, instruments: [EIO]}\n",
			direction, direction, categories[r])
	}
	return []byte(text)
}

// boxes reads all messages of one box, oldest first, as the store has them now.
func boxes(p *program.Program, box node.Box) ([]*node.Message, error) {
	var list []*node.Message
	err := p.Node.Store.View(context.Background(), func(r node.Reader) (err error) {
		list, err = r.Messages(node.Filter{Box: box, Limit: 200})
		return err
	})
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, err
}
