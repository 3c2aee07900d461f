package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Passkey is a key pair of a user whose private half never leaves their device.
type Passkey struct {
	ID     []byte // WebAuthn credential id
	User   string
	Record []byte // public key, counter and flags, as node/web keeps them
	Made   time.Time
	Used   time.Time // last, zero if never
}

// maxPasskeys is how many one user may have.
const maxPasskeys = 10

// passkeyName is a passkey in the journal.
func passkeyName(id []byte) map[string]string {
	sum := digest(id)
	return map[string]string{"passkey": hex.EncodeToString(sum[:8])}
}

// UserOfHandle finds the enabled user whom a passkey names.
func (n *Node) UserOfHandle(handle []byte) (*User, bool) {
	n.people.mu.RLock()
	defer n.people.mu.RUnlock()
	for _, u := range n.people.users {
		if len(handle) > 0 && bytes.Equal(u.Handle, handle) && !u.Disabled {
			return copied(u), true
		}
	}
	return nil, false
}

// PasskeysOf lists a user's passkeys, the oldest first.
func (n *Node) PasskeysOf(name string) []Passkey {
	n.people.mu.RLock()
	defer n.people.mu.RUnlock()
	return slices.Clone(n.people.passkeys[name])
}

// SignedIn journals that a user came in by a passkey, and keeps its record with the
// new counter.
func (n *Node) SignedIn(ctx context.Context, id, record []byte, name string) error {
	n.change.Lock()
	defer n.change.Unlock()
	return n.changeUsers(ctx, func(tx Tx) error {
		if err := tx.UsePasskey(id, record, n.now()); err != nil {
			return err
		}
		return tx.Journal(n.entry(userPrefix+name, "user.signed_in", userPrefix+name, signedBy("passkey", passkeyName(id))))
	})
}

// signedBy adds to a journal detail how somebody signed in.
func signedBy(how string, detail map[string]string) map[string]string {
	detail["how"] = how
	return detail
}

// SignedOn journals that a user came in by the authority's single sign-on.
func (n *Node) SignedOn(ctx context.Context, name string) error {
	return n.Store.Update(ctx, func(tx Tx) error {
		return tx.Journal(n.entry(userPrefix+name, "user.signed_in", userPrefix+name, signedBy("oidc", map[string]string{})))
	})
}

// RefusedSignOn journals that the single sign-on let nobody in, once a minute for each
// user and code. The name is that of a user of this node, or "": what else a provider
// may say of people is not kept.
func (n *Node) RefusedSignOn(ctx context.Context, name, code string) error {
	subject := "oidc"
	if name != "" {
		subject = userPrefix + name
	}
	if !n.reports.allow(subject+" oidc "+code, n.now()) {
		return nil
	}
	return n.Store.Update(ctx, func(tx Tx) error {
		return tx.Journal(n.entry("nobody", "user.sign_in_refused", subject, signedBy("oidc", map[string]string{"code": code})))
	})
}

// RefusedSignIn journals that somebody who named a user was not let in, once a minute
// for each user and code.
func (n *Node) RefusedSignIn(ctx context.Context, name, code string) error {
	if !n.reports.allow(userPrefix+name+" "+code, n.now()) {
		return nil
	}
	return n.Store.Update(ctx, func(tx Tx) error {
		return tx.Journal(n.entry("nobody", "user.sign_in_refused", userPrefix+name, map[string]string{"code": code}))
	})
}

// DropPasskeys forgets all passkeys of a user: a lost one cannot be told from the others.
func (n *Node) DropPasskeys(ctx context.Context, actor, name string) error {
	n.change.Lock()
	defer n.change.Unlock()
	if n.people.find(name) == nil {
		return unknownUser()
	}
	return n.changeUsers(ctx, func(tx Tx) error {
		if err := tx.DropPasskeys(name); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "user.passkeys_dropped", userPrefix+name, nil))
	})
}

func tooManyPasskeys() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "too_many_passkeys", Detail: "The user has as many passkeys as one may have.", Fix: "An operator drops them: comity user revoke --passkeys. Then enrol again."}
}
