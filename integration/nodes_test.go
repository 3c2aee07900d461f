package integration

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// catalogue is compiled once for all tests.
var catalogue = sync.OnceValues(schema.Load)

// openPolicy lets everything cross between the test jurisdictions.
const openPolicy = `version: 1
rules:
  - {name: out, peers: [BE, FR, NL], direction: send, types: ["*"], categories: ["*"], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
  - {name: in, peers: [BE, FR, NL], direction: receive, types: ["*"], categories: ["*"], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
`

// identity is a jurisdiction's keys, made once and kept over restarts.
type identity struct {
	code    schema.Jurisdiction
	root    *pki.Root
	secrets *pki.Secrets
	vault   pki.Vault
	card    *pki.Card
	dir     string
	addr    string // what its host listens on
	now     func() time.Time
	life    time.Duration // of keys and cards
}

func newIdentity(tb testing.TB, code schema.Jurisdiction) *identity {
	tb.Helper()
	return newLastingIdentity(tb, code, 24*time.Hour)
}

// newLastingIdentity is one whose keys and cards are good for some time.
func newLastingIdentity(tb testing.TB, code schema.Jurisdiction, life time.Duration) *identity {
	tb.Helper()
	now := time.Now()
	root, err := pki.NewRoot(now)
	check(tb, err)
	secrets, err := root.NewOperational(now, life, life)
	check(tb, err)
	vault, err := pki.NewVault(secrets)
	check(tb, err)
	id := &identity{code: code, root: root, secrets: secrets, vault: vault, dir: filepath.Join(tb.TempDir(), string(code)), addr: "127.0.0.1:0", now: time.Now, life: life}
	check(tb, os.MkdirAll(id.dir, 0o700))
	db, err := store.Open(tb.Context(), id.config().DatabasePath(), store.Options{Create: true})
	check(tb, err)
	check(tb, db.Close())
	return id
}

func (id *identity) config() program.Config {
	c := program.Defaults(id.dir)
	c.Card, c.Web = strings.ToLower(string(id.code))+".card", "127.0.0.1:0"
	return c
}

// sign makes the card that names endpoints.
func (id *identity) sign(tb testing.TB, serial uint64, endpoints ...pki.Endpoint) {
	tb.Helper()
	now := time.Now()
	card, err := id.root.SignCard(pki.Card{Jurisdiction: id.code, Name: "Test " + string(id.code), Serial: serial, Issued: now, Expires: now.Add(id.life),
		Endpoints: endpoints, Accepts: []string{"*"}, Languages: []string{"en"}}, id.secrets, now)
	check(tb, err)
	id.card = card
}

// start opens the node; the first start chooses the port that later ones use again.
func (id *identity) start(tb testing.TB, log zerolog.Logger) *program.Program {
	tb.Helper()
	host, err := broker.Open(broker.Config{Name: string(id.code), Listen: id.addr, TLS: id.vault.TLS(), Owner: string(id.code)})
	check(tb, err)
	id.addr = host.Addr()
	if id.card == nil {
		id.sign(tb, 1, pki.Endpoint{Addr: id.addr})
	}
	c, err := catalogue()
	check(tb, err)
	p, err := program.OpenWith(tb.Context(), id.config(), program.Parts{Catalogue: c, Card: id.card, Vault: id.vault, Host: host, Now: id.now, Version: "test"}, log)
	check(tb, err)
	tb.Cleanup(func() { p.Close(context.Background()) })
	return p
}

// introduce makes all peers of each other and lets everything cross.
func introduce(tb testing.TB, all ...*program.Program) {
	tb.Helper()
	for _, p := range all {
		_, err := p.Node.ApplyPolicy(tb.Context(), "operator:test", []byte(openPolicy), nil)
		check(tb, err)
		for _, other := range all {
			if other != p {
				_, err := p.Node.AddPeer(tb.Context(), "operator:test", other.Card.Text, other.Card.Certificate.Root())
				check(tb, err)
			}
		}
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
