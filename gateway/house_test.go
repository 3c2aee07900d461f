package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
	"github.com/rs/zerolog"
)

const year = 365 * 24 * time.Hour

// house is a jurisdiction's keys, made once for the test binary.
type house struct {
	code    schema.Jurisdiction
	root    *pki.Root
	secrets *pki.Secrets
	vault   pki.Vault
	card    *pki.Card // without endpoints
}

var (
	belgium     = sync.OnceValue(func() *house { return newHouse("BE") })
	netherlands = sync.OnceValue(func() *house { return newHouse("NL") })
	france      = sync.OnceValue(func() *house { return newHouse("FR") })
	catalogue   = sync.OnceValue(func() *schema.Catalogue { return must(schema.Load()) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newHouse(code schema.Jurisdiction) *house {
	now := time.Now().Add(-48 * time.Hour) // old enough for clocks that are a day behind
	h := &house{code: code, root: must(pki.NewRoot(now))}
	h.secrets = must(h.root.NewOperational(now, year, year))
	h.vault = must(pki.NewVault(h.secrets))
	h.card = h.sign(1)
	return h
}

func (h *house) party() Party { return Party{h.code, h.vault.Certificate().Root()} }

func (h *house) sign(serial uint64, endpoints ...pki.Endpoint) *pki.Card {
	now := time.Now().UTC().Truncate(time.Second)
	return must(h.root.SignCard(pki.Card{Jurisdiction: h.code, Name: "Central Authority", Serial: serial, Issued: now, Expires: now.Add(year),
		Endpoints: endpoints, Accepts: []string{"*"}, Languages: []string{"en"}}, h.secrets, now))
}

// open lets everything cross.
const open = `version: 1
rules:
  - name: all-out
    peers: [BE, NL, FR]
    direction: send
    types: ["*"]
    categories: ["*"]
    marking: restricted
    instruments: [none]
    minors: true
  - name: all-in
    peers: [BE, NL, FR]
    direction: receive
    types: ["*"]
    categories: ["*"]
    marking: restricted
    instruments: [none]
    minors: true
`

// node is a house with a host, a mailbox and a gateway.
type node struct {
	*house
	t       testing.TB
	keyring *pki.Keyring
	box     *box
	host    *broker.Host
	gateway *Gateway
	listen  string
	self    *pki.Card
	serial  uint64

	mu     sync.Mutex
	policy *policy.Policy
	skew   time.Duration // of its clock
}

// newNode starts a host; reachable nodes listen on loopback and say so on their card.
func newNode(t testing.TB, h *house, reachable bool, more ...pki.Endpoint) *node {
	n := &node{house: h, t: t, keyring: pki.NewKeyring(), box: newBox(), policy: must(policy.Parse([]byte(open))), serial: 1}
	if reachable {
		n.listen = "127.0.0.1:0"
	}
	n.startHost()
	if reachable {
		more = append([]pki.Endpoint{{Addr: n.host.Addr()}}, more...)
		n.listen = n.host.Addr()
	}
	n.self = h.sign(n.serial, more...)
	t.Cleanup(func() { n.stop() })
	return n
}

func (n *node) startHost() {
	n.t.Helper()
	host, err := broker.Open(broker.Config{Name: string(n.code), Listen: n.listen, TLS: n.vault.TLS(), Owner: string(n.code)})
	if err != nil {
		n.t.Fatal(err)
	}
	n.host = host
	for _, p := range n.keyring.Peers() {
		if !p.Suspended {
			n.admit(p.Card)
		}
	}
}

func (n *node) admit(c *pki.Card) {
	n.t.Helper()
	if err := n.host.Admit(string(c.Jurisdiction), c.TLS, c.Expires); err != nil {
		n.t.Fatal(err)
	}
}

// knows pins the card of another node.
func (n *node) knows(o *node) {
	n.t.Helper()
	if err := n.keyring.Pin(o.self, o.root.Fingerprint()); err != nil {
		n.t.Fatal(err)
	}
	n.admit(o.self)
	if n.gateway != nil {
		n.gateway.Refresh()
	}
}

func (n *node) start() *node {
	n.t.Helper()
	log := zerolog.Nop()
	if os.Getenv("COMITY_TEST_LOG") != "" {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, NoColor: true}).With().Timestamp().Str("node", string(n.code)).Logger()
	}
	g, err := Open(context.Background(), Config{Self: n.self, Vault: n.vault, Keyring: n.keyring, Catalogue: catalogue(), Policy: n.today,
		Mailbox: n.box, Host: n.host, Log: log, Now: n.now})
	if err != nil {
		n.t.Fatal(err)
	}
	n.gateway = g
	return n
}

func (n *node) today() *policy.Policy {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.policy
}

func (n *node) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return time.Now().Add(n.skew)
}

// setClock lets time pass, or go back.
func (n *node) setClock(skew time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.skew = skew
}

func (n *node) setPolicy(text string) {
	p := must(policy.Parse([]byte(text)))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.policy = p
}

// stop ends gateway and host, as a node that goes down does; the mailbox stays.
func (n *node) stop() {
	n.closeGateway()
	if n.host != nil {
		n.host.Close()
		n.host = nil
	}
}

func (n *node) closeGateway() {
	if n.gateway == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := n.gateway.Close(ctx); err != nil {
		n.t.Errorf("close %s: %v", n.code, err)
	}
	n.gateway = nil
}

// submit queues a message and wakes the gateway.
func (n *node) submit(to schema.Jurisdiction, q Queued) schema.ID {
	q.Policy = n.today().SHA256()
	n.box.put(to, q)
	if n.gateway != nil {
		n.gateway.Wake(to)
	}
	return q.ID
}

// letter is a valid message of about so many octets, with its files.
func letter(from, to schema.Jurisdiction, size int, files ...[]byte) Queued {
	q := Queued{ID: schema.NewID()}
	var attachments []string
	for i, data := range files {
		f := schema.File{SHA256: sha256.Sum256(data), Data: data}
		q.Files = append(q.Files, f)
		attachments = append(attachments, fmt.Sprintf(`{"name":"file%d.bin","media_type":"application/octet-stream","size":%d,"sha256":%q}`,
			i, len(data), hex.EncodeToString(f.SHA256[:])))
	}
	attached := ""
	if len(attachments) > 0 {
		attached = `,"attachments":[` + strings.Join(attachments, ",") + `]`
	}
	text := func(facts string) string {
		return fmt.Sprintf(`{"id":%q,"type":"information.spontaneous","version":1,"from":"%s/desk","to":"%s/desk","created":"2026-11-23T21:05:52Z",`+
			`"handling":{"marking":"restricted"},"subject":"Information on an account","body":{"authority":{"name":"Central Authority","country":"BE"},`+
			`"facts":%q,"why_useful":"It may help.","collection":{"covert":false,"collected_by":"Central Authority"}}%s}`, q.ID, from, to, facts, attached)
	}
	q.Raw = []byte(text("f"))
	if pad := size - len(q.Raw); pad > 0 {
		q.Raw = []byte(text(strings.Repeat("f", pad+1)))
	}
	return q
}

// pair is two nodes that know each other.
func pair(t testing.TB) (be, nl *node) {
	be, nl = newNode(t, belgium(), true), newNode(t, netherlands(), true)
	be.knows(nl)
	nl.knows(be)
	return be, nl
}

func accepted(ids ...schema.ID) func(*box) bool {
	return func(b *box) bool {
		return !slices.ContainsFunc(ids, func(id schema.ID) bool { return b.verdicts[id] != "accepted" })
	}
}

// newHub starts a hub that pairs the given jurisdictions, and gives its pin.
func newHub(t testing.TB, members ...*house) (*broker.Host, pki.Pin) {
	t.Helper()
	keys := must(must(pki.NewRoot(time.Now())).NewOperational(time.Now(), year, year))
	hub, err := broker.Open(broker.Config{Name: "hub", Listen: "127.0.0.1:0", TLS: must(pki.NewVault(keys)).TLS()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hub.Close)
	for _, m := range members {
		if err := hub.Admit(string(m.code), m.card.TLS, m.card.Expires); err != nil {
			t.Fatal(err)
		}
	}
	return hub, keys.TLSPin()
}

// eventually waits for what has no event to wait for.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	soon(t, 15*time.Second, what, holds)
}

// soon is eventually with another limit.
func soon(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}
