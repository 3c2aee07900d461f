package node

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// weighty are the roles that a second person's word rests on: to give one, or a way in
// as somebody who has one, needs a second person too.
func weighty(roles []Role) bool {
	for _, r := range roles {
		if r == Operator || r == Approver {
			return true
		}
	}
	return false
}

// gains tells whether somebody with the roles before gets a weighty one.
func gains(before, after []Role) bool {
	old := User{Roles: before}
	for _, r := range after {
		if weighty([]Role{r}) && !old.Has(r) {
			return true
		}
	}
	return false
}

// state of a user as orders are based on it.
func (n *Node) userState(name string) string {
	u := n.people.find(name)
	switch {
	case u == nil:
		return "no user"
	case u.Disabled:
		return "disabled: " + roleList(u.Roles)
	}
	return "enabled: " + roleList(u.Roles)
}

// userOrder adds a user with a weighty role.
type userOrder struct {
	Name      string         `json:"name"`
	Display   string         `json:"display,omitempty"`
	Authority schema.Address `json:"authority,omitempty"`
	Roles     []Role         `json:"roles"`
}

func (o *userOrder) act() string     { return "user.add" }
func (o *userOrder) subject() string { return userPrefix + o.Name }

func (o *userOrder) base(_ context.Context, n *Node) (string, error) { return n.userState(o.Name), nil }

func (o *userOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	_, err := n.addUser(ctx, actor, User{Name: o.Name, Display: o.Display, Authority: o.Authority, Roles: o.Roles}, also)
	return err
}

// rolesOrder gives a user a weighty role.
type rolesOrder struct {
	Name  string `json:"name"`
	Roles []Role `json:"roles"`
}

func (o *rolesOrder) act() string     { return "user.roles" }
func (o *rolesOrder) subject() string { return userPrefix + o.Name }

func (o *rolesOrder) base(_ context.Context, n *Node) (string, error) {
	return n.userState(o.Name), nil
}

func (o *rolesOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	_, err := n.changeUser(ctx, actor, "user.roles", o.Name, also, func(u *User) error {
		u.Roles = o.Roles
		return n.keepsOperators(u)
	})
	return err
}

// enableOrder lets a user with a weighty role back.
type enableOrder struct {
	Name string `json:"name"`
}

func (o *enableOrder) act() string     { return "user.enable" }
func (o *enableOrder) subject() string { return userPrefix + o.Name }

func (o *enableOrder) base(_ context.Context, n *Node) (string, error) {
	return n.userState(o.Name), nil
}

func (o *enableOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	_, err := n.changeUser(ctx, actor, "user.enabled", o.Name, also, func(u *User) error {
		u.Disabled = false
		return nil
	})
	return err
}

// tokenOrder makes a token good that was handed out for a user with a weighty role.
type tokenOrder struct {
	Name string    `json:"name"`
	Sum  string    `json:"sha256"` // of the secret
	Made time.Time `json:"made"`
	Ends time.Time `json:"ends"`
}

func (o *tokenOrder) act() string     { return "user.token" }
func (o *tokenOrder) subject() string { return userPrefix + o.Name }

func (o *tokenOrder) base(_ context.Context, n *Node) (string, error) {
	return n.userState(o.Name), nil
}

func (o *tokenOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	t := Token{User: o.Name, Made: o.Made, Ends: o.Ends}
	if _, err := hex.Decode(t.Sum[:], []byte(o.Sum)); err != nil {
		return err
	}
	return n.addToken(ctx, actor, &t, also)
}
