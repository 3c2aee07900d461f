package node

import (
	"context"
	"encoding/hex"
	"strconv"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// Policy in force today.
func (n *Node) Policy() *policy.Policy { return n.policy.Load().policy }

// PolicyVersion in force, 0 before the first was applied.
func (n *Node) PolicyVersion() int64 { return n.policy.Load().version }

// CheckPolicy parses a policy and warns of names that the catalogue does not know.
func (n *Node) CheckPolicy(text []byte) (*policy.Policy, []schema.Problem, error) {
	p, err := policy.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	return p, p.Check(policy.NamesOf(n.Catalogue)), nil
}

// ApplyPolicy puts a policy in force. It is journalled with its SHA-256; what is
// queued is judged again under it before it leaves. One that may allow more is kept for
// a second person while two are needed.
func (n *Node) ApplyPolicy(ctx context.Context, actor string, text []byte) (*PolicyVersion, error) {
	p, err := n.sound(text)
	if err != nil {
		return nil, err
	}
	n.change.Lock()
	defer n.change.Unlock()
	if policy.Widens(n.Policy(), p) {
		if err := n.second(ctx, actor, &policyOrder{string(text)}); err != nil {
			return nil, err
		}
	}
	return n.putInForce(ctx, actor, p, nil)
}

// sound parses a policy that could be put in force.
func (n *Node) sound(text []byte) (*policy.Policy, error) {
	p, warnings, err := n.CheckPolicy(text)
	if err != nil {
		return nil, err
	}
	if len(warnings) > 0 {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "policy_unknown_names", Detail: "The policy names things that do not exist; nothing was changed.",
			Fix: "Correct the names and apply again.", Errors: warnings}
	}
	return p, nil
}

// putInForce changes the policy; the caller holds change.
func (n *Node) putInForce(ctx context.Context, actor string, p *policy.Policy, also func(Tx) error) (*PolicyVersion, error) {
	sum := p.SHA256()
	v := &PolicyVersion{SHA256: sum, Text: p.Text(), Actor: actor, At: n.now()}
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddPolicy(v); err != nil {
			return err
		}
		err := tx.Journal(n.entry(actor, "policy.applied", "policy",
			map[string]string{"version": strconv.FormatInt(v.Version, 10), "sha256": hex.EncodeToString(sum[:])}))
		if err != nil {
			return err
		}
		return too(tx, also)
	})
	if err != nil {
		return nil, err
	}
	n.policy.Store(&policyInForce{v.Version, p})
	return v, nil
}

// Policies lists every policy that was in force, oldest first.
func (n *Node) Policies(ctx context.Context) (list []PolicyVersion, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = r.Policies()
		return err
	})
	return list, err
}
