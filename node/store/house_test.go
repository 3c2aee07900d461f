package store

import (
	"context"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// party is a jurisdiction's keys and card, made once for all tests.
type party struct {
	vault pki.Vault
	card  *pki.Card
}

var parties = sync.OnceValue(func() map[schema.Jurisdiction]*party {
	all := map[schema.Jurisdiction]*party{}
	now := time.Now()
	for _, code := range []schema.Jurisdiction{"BE", "NL", "FR"} {
		root := must(pki.NewRoot(now))
		secrets := must(root.NewOperational(now, 24*time.Hour, 24*time.Hour))
		card := must(root.SignCard(pki.Card{Jurisdiction: code, Name: "Test " + string(code), Serial: 1, Accepts: []string{"*"}, Languages: []string{"en"},
			Endpoints: []pki.Endpoint{{Addr: "127.0.0.1:1"}}}, secrets, now))
		all[code] = &party{must(pki.NewVault(secrets)), card}
	}
	return all
})

var catalogue = sync.OnceValue(func() *schema.Catalogue { return must(schema.Load()) })

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// everythingCrosses is a policy under which it does.
const everythingCrosses = `version: 1
rules:
  - {name: out, peers: [NL, FR], direction: send, types: ["*"], categories: ["*"], marking: restricted, minors: true, instruments: [EIO]}
  - {name: in, peers: [NL, FR], direction: receive, types: ["*"], categories: ["*"], marking: restricted, minors: true, instruments: [EIO]}
`

// givenByNode are the members that the node adds when a draft lacks them.
var givenByNode = regexp.MustCompile(`(?m)^ "(id|from|to|created)": "[^"]*",\n`)

var draftText = sync.OnceValue(func() []byte {
	return givenByNode.ReplaceAll(must(catalogue().Type("mla.request")).Example, nil)
})

// house is a node with its store on a disk, and what its transactions must have left.
type house struct {
	t      testing.TB
	disk   *disk
	relax  bool // the control: the WAL is not synced at every commit
	create bool
	store  *Store
	node   *node.Node
	facts  []*fact
	pouch  int64 // the last number used, either direction
	queued []schema.ID
}

// silence is a border that no one listens at.
type silence struct{}

func (silence) Wake(schema.Jurisdiction) {}
func (silence) Refresh()                 {}

// open starts store and node as the program does.
func (h *house) open() (err error) {
	o := Options{Create: h.create, VFS: h.disk.name}
	if h.relax {
		o.pragmas = `; PRAGMA synchronous = NORMAL`
	}
	if h.store, err = Open(context.Background(), h.disk.path(), o); err != nil {
		return err
	}
	be := parties()["BE"]
	h.node, err = node.Open(context.Background(), node.Config{Self: be.card, Vault: be.vault, Keyring: pki.NewKeyring(), Catalogue: catalogue(), Store: h.store,
		Fits: func([]byte, []schema.File) bool { return true }, Log: zerolog.Nop(), Now: time.Now})
	if err == nil {
		h.node.Attach(silence{})
	}
	return err
}

func (h *house) close() {
	if h.store != nil {
		h.store.Close()
	}
	h.store, h.node = nil, nil
}

// again is the house on another disk, with the same history.
func (h *house) again(d *disk) *house {
	next := *h
	next.disk, next.store, next.node = d, nil, nil
	next.facts = append([]*fact(nil), h.facts...)
	next.queued = append([]schema.ID(nil), h.queued...)
	return &next
}

// memory is a folder in memory, where the system has one: what a disk's cache loses is
// the test's business, and real syncs would only take long.
func memory(t testing.TB) string {
	t.Helper()
	root, err := os.MkdirTemp("/dev/shm", "comity")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	return root
}

// folder makes an empty folder.
func folder(t testing.TB, root string) string {
	t.Helper()
	dir, err := os.MkdirTemp(root, "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// furnished is a house that has a policy, a peer and some traffic, closed in good order.
func furnished(t testing.TB, root string) *house {
	t.Helper()
	h := &house{t: t, disk: newDisk(t, folder(t, root)), create: true}
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	h.applyPolicy()
	h.addPeer("NL")
	h.submit()
	h.submit()
	h.receive()
	h.close()
	for _, f := range h.facts {
		if !f.acknowledged {
			t.Fatalf("%s: %v", f.name, f.err)
		}
	}
	h.create = false
	h.disk.cut()
	return h
}
