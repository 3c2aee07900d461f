package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
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

// testPolicy runs a file of expectations against a policy and says how many it holds;
// an empty file holds none. The problems are bad_expectation and policy_tests_failed.
func (n *Node) testPolicy(p *policy.Policy, tests []byte) (int, error) {
	if len(tests) == 0 {
		return 0, nil
	}
	expected, err := policy.ReadExpectations(tests, n.Catalogue)
	if err != nil {
		return 0, err
	}
	report := expected.Run(p, n.now())
	return len(expected), report.Err()
}

// TryPolicy says what ApplyPolicy would, and changes nothing: the version is 0.
func (n *Node) TryPolicy(text, tests []byte) (*policy.Policy, *PolicyVersion, error) {
	p, warnings, err := n.CheckPolicy(text)
	if err != nil {
		return nil, nil, err
	}
	if len(warnings) > 0 {
		return nil, nil, &schema.Problem{Kind: schema.Invalid, Code: "policy_unknown_names", Detail: "The policy names things that do not exist; nothing was changed.",
			Fix: "Correct the names and apply again.", Errors: warnings}
	}
	tested, err := n.testPolicy(p, tests)
	if err != nil {
		return nil, nil, err
	}
	return p, &PolicyVersion{SHA256: p.SHA256(), Text: text, Tests: tests, Tested: tested}, nil
}

// ApplyPolicy puts a policy in force that passes its tests, of which there may be none.
// It is journalled with its SHA-256; what is queued is judged again under it before it
// leaves. One that may allow more is kept for a second person while two are needed.
func (n *Node) ApplyPolicy(ctx context.Context, actor string, text, tests []byte) (*PolicyVersion, error) {
	p, v, err := n.TryPolicy(text, tests)
	if err != nil {
		return nil, err
	}
	n.change.Lock()
	defer n.change.Unlock()
	if policy.Widens(n.Policy(), p) {
		if err := n.second(ctx, actor, &policyOrder{string(text), string(tests)}); err != nil {
			return nil, err
		}
	}
	return n.putInForce(ctx, actor, p, v, nil)
}

// putInForce changes the policy; the caller holds change.
func (n *Node) putInForce(ctx context.Context, actor string, p *policy.Policy, v *PolicyVersion, also func(Tx) error) (*PolicyVersion, error) {
	v.Actor, v.At = actor, n.now()
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddPolicy(v); err != nil {
			return err
		}
		err := tx.Journal(n.entry(actor, "policy.applied", "policy",
			map[string]string{"version": strconv.FormatInt(v.Version, 10), "sha256": hex.EncodeToString(v.SHA256[:]), "tests": strconv.Itoa(v.Tested)}))
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

// PolicyOf finds a policy that was in force. The problem is unknown_policy.
func (n *Node) PolicyOf(ctx context.Context, version int64) (v *PolicyVersion, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		if version < 1 {
			return ErrNotFound
		}
		v, err = r.Policy(version)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, &schema.Problem{Kind: schema.NotFound, Code: "unknown_policy", Detail: fmt.Sprintf("No policy %d was in force here.", version),
			Fix: "Look for it with comity policy history."}
	}
	return v, err
}
