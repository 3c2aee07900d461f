// Package node is one jurisdiction: it takes messages from agencies, keeps the
// ledgers and the journal, and gives officers what arrived. It knows nothing of
// the border beyond the small acts it is asked for: see send.go and receive.go.
package node

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// Config of a node.
type Config struct {
	Self      *pki.Card
	Vault     pki.Vault
	Keyring   *pki.Keyring // filled by Open from the store
	Catalogue *schema.Catalogue
	Store     Store
	Fits      func(raw []byte, files []schema.File) bool // whether it can travel in one pouch
	Log       zerolog.Logger
	Now       func() time.Time
}

// Border is what the node asks of its gateway: to look at a queue, and to follow the keyring.
type Border interface {
	Wake(peer schema.Jurisdiction)
	Refresh()
}

// Node is one jurisdiction's installation. Safe for concurrent use.
type Node struct {
	Config
	border  Border
	policy  atomic.Pointer[policyInForce]
	notary  []byte     // secret that salts what peers see of our journal
	change  sync.Mutex // guards changes of peers and policy, one at a time
	watch   watchers
	running sync.Map // idempotency keys whose request is under way
	ready   ready
	laid    chan struct{} // something was queued that the desk does not know yet
	reports reportRate
	quarrel quarrels
	people  people

	twoOperators atomic.Bool
	enforce      enforcement
	liken        secretKey // of the digests by which messages are compared
}

type policyInForce struct {
	version int64
	policy  *policy.Policy
}

const notarySetting = "notary"

// Open reads peers, policy and settings from the store. Border may be attached later.
func Open(ctx context.Context, c Config) (*Node, error) {
	n := &Node{Config: c, laid: make(chan struct{}, 1)}
	n.policy.Store(&policyInForce{policy: policy.None()})
	if err := n.load(ctx); err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	if err := n.keepCard(ctx); err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	if err := errors.Join(n.loadUsers(ctx), n.loadSafety(ctx)); err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	if err := n.assign(ctx); err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	return n, nil
}

// Attach marries the node to its gateway. Call it before anything is submitted.
func (n *Node) Attach(b Border) { n.border = b }

func (n *Node) load(ctx context.Context) error {
	var peers []Peer
	var disputes []Dispute
	var in *PolicyVersion
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if peers, err = r.Peers(); err != nil {
			return err
		}
		if disputes, err = r.Disputes(); err != nil {
			return err
		}
		if n.notary, err = r.Setting(notarySetting); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		in, err = r.Policy(0)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := n.loadPolicy(in); err != nil {
		return err
	}
	n.quarrel.set(disputes)
	if err := n.loadPeers(peers); err != nil {
		return err
	}
	return n.makeNotary(ctx)
}

func (n *Node) loadPolicy(v *PolicyVersion) error {
	if v == nil {
		return nil
	}
	p, err := policy.Parse(v.Text)
	if err != nil {
		return fmt.Errorf("read stored policy %d: %w", v.Version, err)
	}
	n.policy.Store(&policyInForce{v.Version, p})
	return nil
}

func (n *Node) makeNotary(ctx context.Context) error {
	if n.notary != nil {
		return nil
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	n.notary = secret
	return n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.PutSetting(notarySetting, secret); err != nil {
			return err
		}
		return tx.Journal(n.entry("node", "node.created", string(n.Self.Jurisdiction), nil))
	})
}

// keepCard notes this node's own card, which changes only while the node is stopped.
func (n *Node) keepCard(ctx context.Context) error {
	return n.Store.Update(ctx, func(tx Tx) error { return tx.KeepCard(n.Code(), n.Self.Text, n.now()) })
}

// Code of this node's jurisdiction.
func (n *Node) Code() schema.Jurisdiction { return n.Self.Jurisdiction }

func (n *Node) now() time.Time { return n.Now().UTC() }

// entry makes a journal line; detail holds codes, numbers and digests, never content.
func (n *Node) entry(actor, act, subject string, detail map[string]string) Entry {
	return Entry{At: n.now(), Actor: actor, Act: act, Subject: subject, Detail: detail}
}

// found turns ErrNotFound into a problem that says what to do.
func found(err error, what, fix string) error {
	if errors.Is(err, ErrNotFound) {
		return &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "There is no " + what + " by that name here.", Fix: fix}
	}
	return err
}

func digest(b []byte) [32]byte { return sha256.Sum256(b) }
