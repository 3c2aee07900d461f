package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Link lets its bearer enrol a passkey, once. The secret itself is kept nowhere here.
type Link struct {
	Sum  [32]byte // SHA-256 of the secret
	User string   // whose passkey; "" for the first operator, who chooses a name
	Made time.Time
	Ends time.Time
}

// linkLife is how long an enrolment link is good.
const linkLife = 24 * time.Hour

// MakeLink makes an enrolment link for a user and gives its secret, this once. It takes
// the place of one that was not used. While two people are needed, one that somebody makes
// for another with a weighty role comes with *Awaits, and is good once it is confirmed.
func (n *Node) MakeLink(ctx context.Context, actor, name string) (secret string, l *Link, err error) {
	n.change.Lock()
	defer n.change.Unlock()
	u, err := n.enabled(name)
	if err != nil {
		return "", nil, err
	}
	secret = newSecret()
	now := n.now()
	l = &Link{Sum: digest([]byte(secret)), User: u.Name, Made: now, Ends: now.Add(linkLife)}
	if weighty(u.Roles) && actor != u.Actor() {
		if err := n.second(ctx, actor, &linkOrder{u.Name, hexSum(l.Sum), l.Made, l.Ends}); err != nil {
			return secret, l, err
		}
	}
	return secret, l, n.addLink(ctx, actor, l, nil)
}

// FirstLink makes the enrolment link of the first operator; "" if there is any user.
func (n *Node) FirstLink(ctx context.Context) (string, error) {
	n.change.Lock()
	defer n.change.Unlock()
	if len(n.Users()) > 0 {
		return "", nil
	}
	secret := newSecret()
	now := n.now()
	return secret, n.addLink(ctx, "node", &Link{Sum: digest([]byte(secret)), Made: now, Ends: now.Add(linkLife)}, nil)
}

func (n *Node) addLink(ctx context.Context, actor string, l *Link, also func(Tx) error) error {
	return n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.DropLinks(l.User); err != nil {
			return err
		}
		if err := tx.AddLink(*l); err != nil {
			return err
		}
		if err := tx.Journal(n.entry(actor, "user.link_made", userPrefix+l.User, map[string]string{"ends": l.Ends.Format(time.RFC3339)})); err != nil {
			return err
		}
		return too(tx, also)
	})
}

// Enrolling says whose passkey an enrolment link is for: a user, or for the first
// operator a new one without a name.
func (n *Node) Enrolling(ctx context.Context, secret string) (u *User, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		l, err := n.goodLink(r, secret)
		if err != nil {
			return err
		}
		if l.User != "" {
			u, err = n.enabled(l.User)
			return err
		}
		u = &User{Roles: []Role{Operator}, Handle: make([]byte, 32)}
		rand.Read(u.Handle)
		return nil
	})
	return u, err
}

func (n *Node) goodLink(r Reader, secret string) (*Link, error) {
	l, err := r.Link(digest([]byte(secret)))
	if errors.Is(err, ErrNotFound) || (err == nil && (!n.now().Before(l.Ends) || (l.User == "" && len(n.Users()) > 0))) {
		return nil, linkSpent()
	}
	return l, err
}

func linkSpent() *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: "link_spent", Detail: "This link was used, has ended, or never was one.", Fix: "Ask an operator for another: comity user enrol-link."}
}

// Enrol spends a link and keeps the passkey of the user that Enrolling gave, who is
// added if they are the first operator.
func (n *Node) Enrol(ctx context.Context, secret string, u *User, p Passkey) error {
	n.change.Lock()
	defer n.change.Unlock()
	p.User, p.Made = u.Name, n.now()
	if len(n.PasskeysOf(u.Name)) >= maxPasskeys {
		return tooManyPasskeys()
	}
	err := n.changeUsers(ctx, func(tx Tx) error {
		l, err := n.goodLink(tx, secret)
		if err != nil {
			return err
		}
		if l.User != "" {
			if _, err := n.enabled(l.User); err != nil || l.User != u.Name {
				return linkSpent()
			}
		}
		if err := tx.DropLinks(l.User); err != nil {
			return err
		}
		entries := []Entry{n.entry(u.Actor(), "user.passkey_added", u.Actor(), passkeyName(p.ID))}
		if l.User == "" {
			u.Created = n.now()
			entries = append([]Entry{n.entry(u.Actor(), "user.added", u.Actor(), map[string]string{"roles": roleList(u.Roles)})}, entries...)
			if err := tx.AddUser(*u); err != nil {
				return err
			}
		}
		if err := tx.AddPasskey(p); err != nil {
			return err
		}
		return tx.Journal(entries...)
	})
	if errors.Is(err, ErrExists) {
		return &schema.Problem{Kind: schema.Conflict, Code: "passkey_exists", Detail: "This passkey is known already.", Fix: "Sign in with it, or use another device."}
	}
	return err
}

// linkOrder makes an enrolment link good that was handed out for a user with a weighty role.
type linkOrder struct {
	Name string    `json:"name"`
	Sum  string    `json:"sha256"` // of the secret
	Made time.Time `json:"made"`
	Ends time.Time `json:"ends"`
}

func (o *linkOrder) act() string     { return "user.link" }
func (o *linkOrder) subject() string { return userPrefix + o.Name }

func (o *linkOrder) base(_ context.Context, n *Node) (string, error) { return n.userState(o.Name), nil }

func (o *linkOrder) do(ctx context.Context, n *Node, actor string, also func(Tx) error) error {
	l := Link{User: o.Name, Made: o.Made, Ends: o.Ends}
	if _, err := hex.Decode(l.Sum[:], []byte(o.Sum)); err != nil {
		return err
	}
	return n.addLink(ctx, actor, &l, also)
}
