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

// hexOf is the digest of a policy as the journal writes it.
func hexOf(p *policy.Policy) string {
	sum := p.SHA256()
	return hex.EncodeToString(sum[:])
}

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
// queued is judged again under it before it leaves.
func (n *Node) ApplyPolicy(ctx context.Context, actor string, text []byte) (*PolicyVersion, error) {
	p, warnings, err := n.CheckPolicy(text)
	if err != nil {
		return nil, err
	}
	if len(warnings) > 0 {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "policy_unknown_names", Detail: "The policy names things that do not exist; nothing was changed.",
			Fix: "Correct the names and apply again.", Errors: warnings}
	}
	n.change.Lock()
	defer n.change.Unlock()
	sum := p.SHA256()
	v := &PolicyVersion{SHA256: sum, Text: text, Actor: actor, At: n.now()}
	err = n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddPolicy(v); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "policy.applied", "policy",
			map[string]string{"version": strconv.FormatInt(v.Version, 10), "sha256": hex.EncodeToString(sum[:])}))
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
