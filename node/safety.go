package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/comity-exchange/comity/schema"
)

// twoOperators is the setting that holds "on" while weighty acts need two people.
const twoOperators = "two_operators"

// TwoOperators tells whether widening the policy, adding a peer or a peer's new root,
// and giving somebody a weighty role need a second person.
func (n *Node) TwoOperators() bool { return n.twoOperators.Load() }

// Operators counts the enabled users who are operators.
func (n *Node) Operators() int { return n.operatorsBut("") }

// operatorsBut leaves one user out of the count.
func (n *Node) operatorsBut(name string) (count int) {
	for _, u := range n.Users() {
		if u.Has(Operator) && !u.Disabled && u.Name != name {
			count++
		}
	}
	return count
}

func (n *Node) loadSafety(ctx context.Context) error {
	return n.Store.View(ctx, func(r Reader) error {
		value, err := r.Setting(twoOperators)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read setting: %w", err)
		}
		n.twoOperators.Store(string(value) == "on")
		return nil
	})
}

// SetTwoOperators turns the mode on, which needs two operators who are users, or
// off, which needs a second person.
func (n *Node) SetTwoOperators(ctx context.Context, actor string, on bool) error {
	n.change.Lock()
	defer n.change.Unlock()
	switch {
	case on == n.TwoOperators():
		return nil
	case on && n.Operators() < 2:
		return &schema.Problem{Kind: schema.Conflict, Code: "operators_needed", Detail: "Two-operator mode needs two enabled users who are operators.",
			Fix: "Add them: comity user add NAME --role operator."}
	case !on:
		if err := n.second(ctx, actor, new(safetyOrder)); err != nil {
			return err
		}
	}
	return n.putTwoOperators(ctx, actor, on, nil)
}

func (n *Node) putTwoOperators(ctx context.Context, actor string, on bool, also func(Tx) error) error {
	value := map[bool]string{true: "on", false: "off"}[on]
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.PutSetting(twoOperators, []byte(value)); err != nil {
			return err
		}
		if err := tx.Journal(n.entry(actor, "safety.two_operators", twoOperators, map[string]string{"value": value})); err != nil {
			return err
		}
		return too(tx, also)
	})
	if err == nil {
		n.twoOperators.Store(on)
	}
	return err
}

// too does what joins a transaction, if anything.
func too(tx Tx, also func(Tx) error) error {
	if also == nil {
		return nil
	}
	return also(tx)
}

// keepsOperators refuses to take the last operator away while two are needed: nobody
// could turn that off again.
func (n *Node) keepsOperators(u *User) error {
	if n.TwoOperators() && (u.Disabled || !u.Has(Operator)) && n.operatorsBut(u.Name) == 0 {
		return &schema.Problem{Kind: schema.Conflict, Code: "operators_needed", Detail: "In two-operator mode one operator among the users must stay.",
			Fix: "Add another operator first. To end what this one can do at once: comity user revoke."}
	}
	return nil
}
