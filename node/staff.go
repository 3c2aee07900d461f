package node

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/comity-exchange/comity/schema"
)

// AddUser makes a user. Created and Handle are set here.
func (n *Node) AddUser(ctx context.Context, actor string, u User) (*User, error) {
	if err := n.CheckUser(&u); err != nil {
		return nil, err
	}
	n.change.Lock()
	defer n.change.Unlock()
	if weighty(u.Roles) && n.people.find(u.Name) == nil {
		if err := n.second(ctx, actor, &userOrder{u.Name, u.Display, u.Authority, u.Roles}); err != nil {
			return nil, err
		}
	}
	return n.addUser(ctx, actor, u, nil)
}

func (n *Node) addUser(ctx context.Context, actor string, u User, also func(Tx) error) (*User, error) {
	u.Created, u.Disabled, u.Handle = n.now(), false, make([]byte, 32)
	rand.Read(u.Handle)
	err := n.changeUsers(ctx, func(tx Tx) error {
		if err := tx.AddUser(u); err != nil {
			return err
		}
		err := tx.Journal(n.entry(actor, "user.added", u.Actor(), map[string]string{"roles": roleList(u.Roles), "authority": string(u.Authority)}))
		if err != nil {
			return err
		}
		return too(tx, also)
	})
	if errors.Is(err, ErrExists) {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "user_exists", Pointer: "/name", Detail: "There is a user by that name already.",
			Fix: "Choose another name; a name is never used for a second person."}
	}
	if err != nil {
		return nil, err
	}
	return &u, nil
}

// SetRoles gives a user these roles in place of those before.
func (n *Node) SetRoles(ctx context.Context, actor, name string, roles []Role) (*User, error) {
	n.change.Lock()
	defer n.change.Unlock()
	u, err := n.FindUser(name)
	if err != nil {
		return nil, err
	}
	before := u.Roles
	u.Roles = roles
	if err := n.CheckUser(u); err != nil {
		return nil, err
	}
	o := &rolesOrder{name, u.Roles}
	if gains(before, u.Roles) {
		if err := n.second(ctx, actor, o); err != nil {
			return nil, err
		}
	}
	return n.changeUser(ctx, actor, "user.roles", name, nil, func(u *User) error {
		u.Roles = o.Roles
		return n.keepsOperators(u)
	})
}

// DisableUser keeps a user out from now on: tokens end for good, and no session goes on.
func (n *Node) DisableUser(ctx context.Context, actor, name string) (*User, error) {
	n.change.Lock()
	defer n.change.Unlock()
	return n.changeUser(ctx, actor, "user.disabled", name, nil, func(u *User) error {
		u.Disabled = true
		return n.keepsOperators(u)
	})
}

// EnableUser lets a disabled user back, without the old tokens.
func (n *Node) EnableUser(ctx context.Context, actor, name string) (*User, error) {
	n.change.Lock()
	defer n.change.Unlock()
	u, err := n.FindUser(name)
	if err != nil {
		return nil, err
	}
	if u.Disabled && weighty(u.Roles) {
		if err := n.second(ctx, actor, &enableOrder{name}); err != nil {
			return nil, err
		}
	}
	return n.changeUser(ctx, actor, "user.enabled", name, nil, func(u *User) error {
		u.Disabled = false
		return nil
	})
}

// changeUser changes one user; the caller holds change.
func (n *Node) changeUser(ctx context.Context, actor, act, name string, also func(Tx) error, change func(u *User) error) (*User, error) {
	u, err := n.FindUser(name)
	if err != nil {
		return nil, err
	}
	if err := change(u); err != nil {
		return nil, err
	}
	err = n.changeUsers(ctx, func(tx Tx) error {
		if err := tx.PutUser(*u); err != nil {
			return err
		}
		if u.Disabled {
			if err := errors.Join(tx.DropTokens(u.Name), tx.DropLinks(u.Name)); err != nil {
				return err
			}
		}
		if err := tx.Journal(n.entry(actor, act, u.Actor(), map[string]string{"roles": roleList(u.Roles)})); err != nil {
			return err
		}
		return too(tx, also)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// RevokeTokens ends all tokens of a user.
func (n *Node) RevokeTokens(ctx context.Context, actor, name string) error {
	n.change.Lock()
	defer n.change.Unlock()
	if n.people.find(name) == nil {
		return unknownUser()
	}
	return n.changeUsers(ctx, func(tx Tx) error {
		if err := errors.Join(tx.DropTokens(name), tx.DropLinks(name)); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "user.tokens_revoked", userPrefix+name, nil))
	})
}

func userDisabled() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "user_disabled", Detail: "This user is disabled.", Fix: "Let them back first: comity user enable."}
}
