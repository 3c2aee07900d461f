package node

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// people are the users, their tokens and passkeys as the store has them, in memory: every
// request asks for one.
type people struct {
	mu       sync.RWMutex // guards the maps
	users    map[string]*User
	tokens   map[[32]byte]*Token
	passkeys map[string][]Passkey // by user
}

// set replaces all.
func (p *people) set(users []User, tokens []Token, passkeys []Passkey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users, p.tokens = make(map[string]*User, len(users)), make(map[[32]byte]*Token, len(tokens))
	for i := range users {
		p.users[users[i].Name] = &users[i]
	}
	for i := range tokens {
		p.tokens[tokens[i].Sum] = &tokens[i]
	}
	p.passkeys = make(map[string][]Passkey)
	for _, k := range passkeys {
		p.passkeys[k.User] = append(p.passkeys[k.User], k)
	}
}

// find gives a copy of a user, nil if there is none.
func (p *people) find(name string) *User {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return copied(p.users[name])
}

func copied(u *User) *User {
	if u == nil {
		return nil
	}
	c := *u
	c.Roles = slices.Clone(u.Roles)
	return &c
}

// bearer finds the enabled user of a live token. Its last use is due to be stored
// once every usedEvery.
func (p *people) bearer(sum [32]byte, now time.Time) (u *User, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tokens[sum]
	if t == nil || !now.Before(t.Ends) {
		return nil, false
	}
	if u = copied(p.users[t.User]); u == nil || u.Disabled {
		return nil, false
	}
	if due = now.Sub(t.Used) >= usedEvery; due {
		t.Used = now
	}
	return u, due
}

// User finds an enabled user by login name.
func (n *Node) User(name string) (*User, bool) {
	u := n.people.find(name)
	return u, u != nil && !u.Disabled
}

// FindUser finds a user by login name, also one who is disabled.
func (n *Node) FindUser(name string) (*User, error) {
	u := n.people.find(name)
	if u == nil {
		return nil, unknownUser()
	}
	return u, nil
}

// Users lists all users, disabled ones too, by name.
func (n *Node) Users() []User {
	n.people.mu.RLock()
	defer n.people.mu.RUnlock()
	list := make([]User, 0, len(n.people.users))
	for _, u := range n.people.users {
		list = append(list, *copied(u))
	}
	slices.SortFunc(list, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// TokensOf lists a user's tokens, the newest first.
func (n *Node) TokensOf(name string) []Token {
	n.people.mu.RLock()
	defer n.people.mu.RUnlock()
	var list []Token
	for _, t := range n.people.tokens {
		if t.User == name {
			list = append(list, *t)
		}
	}
	slices.SortFunc(list, func(a, b Token) int { return b.Made.Compare(a.Made) })
	return list
}

// changeUsers does a change of users or tokens and takes it into memory. The caller
// holds change.
func (n *Node) changeUsers(ctx context.Context, change func(tx Tx) error) error {
	if err := n.Store.Update(ctx, change); err != nil {
		return err
	}
	return n.loadUsers(context.WithoutCancel(ctx))
}

func (n *Node) loadUsers(ctx context.Context) error {
	return n.Store.View(ctx, func(r Reader) error {
		users, err := r.Users()
		if err != nil {
			return err
		}
		tokens, err := r.Tokens()
		if err != nil {
			return err
		}
		passkeys, err := r.Passkeys()
		if err != nil {
			return err
		}
		n.people.set(users, tokens, passkeys)
		return nil
	})
}

// enabled finds a user for a change, and says why there is none.
func (n *Node) enabled(name string) (*User, error) {
	u := n.people.find(name)
	if u == nil {
		return nil, unknownUser()
	}
	if u.Disabled {
		return nil, userDisabled()
	}
	return u, nil
}
