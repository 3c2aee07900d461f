package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// order is an act that needs a second person while two-operator mode is on. Its JSON
// form is what the second person is shown.
type order interface {
	act() string
	subject() string
	// base is the state of what the order changes.
	base(ctx context.Context, n *Node) (string, error)
	// do does it for who ordered it; also joins its transaction. The caller holds change.
	do(ctx context.Context, n *Node, actor string, also func(Tx) error) error
}

// orders makes an empty order of each act.
var orders = map[string]func() order{
	"policy.apply":  func() order { return new(policyOrder) },
	"peer.add":      func() order { return new(peerOrder) },
	"peer.restart":  func() order { return new(restartOrder) },
	"user.add":      func() order { return new(userOrder) },
	"user.roles":    func() order { return new(rolesOrder) },
	"user.enable":   func() order { return new(enableOrder) },
	"user.token":    func() order { return new(tokenOrder) },
	"user.link":     func() order { return new(linkOrder) },
	"safety.single": func() order { return new(safetyOrder) },
}

func readOrder(p *Pending) (order, error) {
	make, known := orders[p.Act]
	if !known || digest(p.Order) != p.Digest {
		return nil, fmt.Errorf("read pending act %d: not an order of this program", p.ID)
	}
	o := make()
	if err := json.Unmarshal(p.Order, o); err != nil {
		return nil, fmt.Errorf("read pending act %d: %w", p.ID, err)
	}
	return o, nil
}

// policyOrder puts a policy in force that allows more than the one before.
type policyOrder struct {
	Text  string `json:"text"`
	Tests string `json:"tests,omitempty"`
}

func (o *policyOrder) act() string     { return "policy.apply" }
func (o *policyOrder) subject() string { return "policy" }

func (o *policyOrder) base(_ context.Context, n *Node) (string, error) {
	return "version " + strconv.FormatInt(n.PolicyVersion(), 10), nil
}

func (o *policyOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	p, v, err := n.TryPolicy([]byte(o.Text), []byte(o.Tests))
	if err == nil {
		_, err = n.putInForce(ctx, actor, p, v, also)
	}
	return err
}

// peerOrder pins a peer that was none.
type peerOrder struct {
	Peer        schema.Jurisdiction `json:"peer"`
	Fingerprint string              `json:"fingerprint"`
	Card        string              `json:"card"`
}

func (o *peerOrder) act() string     { return "peer.add" }
func (o *peerOrder) subject() string { return string(o.Peer) }

func (o *peerOrder) base(_ context.Context, n *Node) (string, error) {
	return n.pinnedState(o.Peer), nil
}

// pinnedState is which root and card a jurisdiction has here.
func (n *Node) pinnedState(code schema.Jurisdiction) string {
	if p := n.peerCard(code); p != nil {
		return "card " + hexDigest(p.Card.Text)
	}
	return "no peer"
}

func (o *peerOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	f, err := pki.ParseFingerprint(o.Fingerprint)
	if err != nil {
		return err
	}
	card, err := n.CheckPeer([]byte(o.Card), f)
	if err != nil {
		return err
	}
	return n.pin(ctx, actor, card, f, also)
}

// restartOrder begins a new epoch with a peer under a new root.
type restartOrder struct {
	Peer        schema.Jurisdiction `json:"peer"`
	Epoch       int64               `json:"epoch,omitempty"`
	Resend      int64               `json:"resend_from,omitempty"`
	Fingerprint string              `json:"fingerprint"`
	Card        string              `json:"card"`
}

func newRestartOrder(r Restart) *restartOrder {
	return &restartOrder{r.Peer, r.Epoch, r.Resend, r.Root.Hex(), string(r.Card)}
}

func (o *restartOrder) act() string     { return "peer.restart" }
func (o *restartOrder) subject() string { return string(o.Peer) }

func (o *restartOrder) base(ctx context.Context, n *Node) (string, error) {
	e, err := n.Epochs(ctx, o.Peer)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("epoch %d, %s", e.Own, n.pinnedState(o.Peer)), nil
}

func (o *restartOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	f, err := pki.ParseFingerprint(o.Fingerprint)
	if err != nil {
		return err
	}
	_, err = n.restartPeer(ctx, actor, Restart{Peer: o.Peer, Epoch: o.Epoch, Resend: o.Resend, Card: []byte(o.Card), Root: f}, also)
	return err
}

// safetyOrder turns two-operator mode off.
type safetyOrder struct{}

func (o *safetyOrder) act() string                                 { return "safety.single" }
func (o *safetyOrder) subject() string                             { return twoOperators }
func (o *safetyOrder) base(context.Context, *Node) (string, error) { return "on", nil }

func (o *safetyOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	return n.putTwoOperators(ctx, actor, false, also)
}

// hexSum is a digest as text, in orders and journal.
func hexSum(sum [32]byte) string { return hex.EncodeToString(sum[:]) }
