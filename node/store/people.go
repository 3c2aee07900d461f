package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func scanUser(r *row) node.User {
	u := node.User{Name: r.text(), Display: r.text(), Authority: schema.Address(r.text())}
	for _, name := range strings.Fields(r.text()) {
		u.Roles = append(u.Roles, node.Role(name))
	}
	u.Disabled, u.Created, u.Handle = r.bool(), r.time(), r.bytes()
	return u
}

func roleNames(roles []node.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, " ")
}

// Users lists all users by name.
func (r *reader) Users() ([]node.User, error) { return list(r.conn, scanUser, listUsers) }

// Tokens lists all tokens, those that have ended too.
func (r *reader) Tokens() ([]node.Token, error) {
	return list(r.conn, func(r *row) node.Token {
		return node.Token{Sum: r.digest(), User: r.text(), Made: r.time(), Ends: r.time(), Used: r.time()}
	}, listTokens)
}

// Unassigned lists messages without an authority, the oldest first.
func (r *reader) Unassigned(limit int) ([]*node.Message, error) {
	return list(r.conn, scanMessage, listUnassigned, limit)
}

// AddUser inserts a user. A name that is there already is node.ErrExists.
func (t *tx) AddUser(u node.User) error {
	err := t.conn.exec(addUser, u.Name, u.Display, string(u.Authority), roleNames(u.Roles), u.Disabled, u.Created, orEmpty(u.Handle))
	if err != nil {
		return fmt.Errorf("add user: %w", exists(err))
	}
	return nil
}

// PutUser replaces what is known of a user but name, creation and handle.
func (t *tx) PutUser(u node.User) error {
	return t.must(putUser, u.Display, string(u.Authority), roleNames(u.Roles), u.Disabled, u.Name)
}

// AddToken inserts a token.
func (t *tx) AddToken(k node.Token) error {
	return t.conn.exec(addToken, k.Sum, k.User, k.Made, k.Ends, k.Used)
}

// UseToken notes when a token was last used; one that is gone is no error.
func (t *tx) UseToken(sum [32]byte, at time.Time) error { return t.conn.exec(useToken, at, sum) }

// DropToken forgets a token, if there is one.
func (t *tx) DropToken(sum [32]byte) error { return t.conn.exec(dropToken, sum) }

// DropTokens forgets all tokens of a user.
func (t *tx) DropTokens(user string) error { return t.conn.exec(dropTokens, user) }

// Assign says which authority a stored message belongs to.
func (t *tx) Assign(n int64, a schema.Address) error { return t.must(assign, string(a), n) }

func scanPending(r *row) node.Pending {
	return node.Pending{ID: r.int(), Act: r.text(), Subject: r.text(), Order: r.bytes(), Digest: r.digest(), Base: r.text(), By: r.text(),
		At: r.time(), Ends: r.time(), State: node.PendingState(r.text()), Decider: r.text(), Decided: r.time()}
}

// Pendings lists acts that wait for a second person, or all that ever did.
func (r *reader) Pendings(state node.PendingState) ([]node.Pending, error) {
	if state == node.Undecided {
		return list(r.conn, scanPending, listUndecided)
	}
	all, err := list(r.conn, scanPending, listPendings)
	return slices.DeleteFunc(all, func(p node.Pending) bool { return state != "" && p.State != state }), err
}

// AddPending keeps an act and numbers it.
func (t *tx) AddPending(p *node.Pending) error {
	err := t.conn.exec(addPending, p.Act, p.Subject, orEmpty(p.Order), p.Digest, p.Base, p.By, p.At, p.Ends, string(p.State), p.Decider, p.Decided)
	if err != nil {
		return fmt.Errorf("add pending act: %w", err)
	}
	p.ID = t.conn.db.LastInsertRowID()
	return nil
}

// EndPending ends an act that waits; otherwise node.ErrNotFound.
func (t *tx) EndPending(p *node.Pending) error {
	return t.must(endPending, string(p.State), p.Decider, p.Decided, p.ID)
}

// Passkeys lists all passkeys, the oldest first.
func (r *reader) Passkeys() ([]node.Passkey, error) {
	return list(r.conn, func(r *row) node.Passkey {
		return node.Passkey{ID: r.bytes(), User: r.text(), Record: r.bytes(), Made: r.time(), Used: r.time()}
	}, listPasskeys)
}

// Link finds an enrolment link by the digest of its secret.
func (r *reader) Link(sum [32]byte) (*node.Link, error) {
	l, err := one(r.conn, func(r *row) node.Link {
		return node.Link{Sum: r.digest(), User: r.text(), Made: r.time(), Ends: r.time()}
	}, findLink, sum)
	if err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	return &l, nil
}

// AddPasskey inserts a passkey. An id that is there already is node.ErrExists.
func (t *tx) AddPasskey(p node.Passkey) error {
	if err := t.conn.exec(addPasskey, orEmpty(p.ID), p.User, orEmpty(p.Record), p.Made, p.Used); err != nil {
		return fmt.Errorf("add passkey: %w", exists(err))
	}
	return nil
}

// UsePasskey replaces the record of a passkey and notes its use.
func (t *tx) UsePasskey(id, record []byte, at time.Time) error {
	return t.must(usePasskey, orEmpty(record), at, orEmpty(id))
}

// DropPasskeys forgets all passkeys of a user.
func (t *tx) DropPasskeys(user string) error { return t.conn.exec(dropPasskeys, user) }

// AddLink inserts an enrolment link.
func (t *tx) AddLink(l node.Link) error { return t.conn.exec(addLink, l.Sum, l.User, l.Made, l.Ends) }

// DropLinks forgets the enrolment links of a user.
func (t *tx) DropLinks(user string) error { return t.conn.exec(dropLinks, user) }
