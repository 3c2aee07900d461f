package node

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Token lets a program come in as a user. The secret itself is kept nowhere here.
type Token struct {
	Sum  [32]byte // SHA-256 of the secret
	User string
	Made time.Time
	Ends time.Time
	Used time.Time // last, to within usedEvery; zero if never
}

// Lives of tokens.
const (
	TokenLife    = 90 * 24 * time.Hour // if nothing else is asked for
	maxTokenLife = 366 * 24 * time.Hour
	maxTokens    = 16              // of one user at once
	usedEvery    = 5 * time.Minute // how exactly the last use is kept
)

// tokenPrefix shows what a found secret belongs to.
const tokenPrefix = "comity_"

// newSecret is 256 random bits as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// MakeToken makes a personal token of a user and gives its secret, this once.
// A life of 0 is TokenLife. While two people are needed, a token that one makes for
// another with a weighty role comes with *Awaits, and is good once it is confirmed.
func (n *Node) MakeToken(ctx context.Context, actor, name string, life time.Duration) (secret string, t *Token, err error) {
	if life == 0 {
		life = TokenLife
	}
	if life < time.Hour || life > maxTokenLife {
		return "", nil, &schema.Problem{Kind: schema.Invalid, Code: "bad_token_life", Pointer: "/days", Detail: "A token lives from one hour to 366 days.", Fix: "Choose fewer days; make a new one when it ends."}
	}
	n.change.Lock()
	defer n.change.Unlock()
	u, err := n.enabled(name)
	if err != nil {
		return "", nil, err
	}
	now := n.now()
	secret = tokenPrefix + newSecret()
	t = &Token{Sum: digest([]byte(secret)), User: u.Name, Made: now, Ends: now.Add(life)}
	if weighty(u.Roles) && actor != u.Actor() {
		if err := n.second(ctx, actor, &tokenOrder{u.Name, hexSum(t.Sum), t.Made, t.Ends}); err != nil {
			return secret, t, err // the secret is good once it is confirmed
		}
	}
	return secret, t, n.addToken(ctx, actor, t, nil)
}

func (n *Node) addToken(ctx context.Context, actor string, t *Token, also func(Tx) error) error {
	return n.changeUsers(ctx, func(tx Tx) error {
		if err := n.roomForToken(tx, t); err != nil {
			return err
		}
		if err := tx.AddToken(*t); err != nil {
			return err
		}
		if err := tx.Journal(n.entry(actor, "user.token_made", userPrefix+t.User, map[string]string{"ends": t.Ends.Format(time.RFC3339)})); err != nil {
			return err
		}
		return too(tx, also)
	})
}

// roomForToken drops the user's tokens that have ended, and holds the number of the others.
func (n *Node) roomForToken(tx Tx, t *Token) error {
	tokens, err := tx.Tokens()
	if err != nil {
		return err
	}
	live := 0
	for _, old := range tokens {
		switch {
		case old.User != t.User:
		case !t.Made.Before(old.Ends):
			if err := tx.DropToken(old.Sum); err != nil {
				return err
			}
		default:
			live++
		}
	}
	if live >= maxTokens {
		return &schema.Problem{Kind: schema.Conflict, Code: "too_many_tokens", Detail: "The user has as many tokens as one may have.", Fix: "End them with comity user revoke, then make a new one."}
	}
	return nil
}

// Bearer finds the user of a token's secret: enabled, and the token not ended. It
// notes the use.
func (n *Node) Bearer(ctx context.Context, secret string) (*User, bool) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return nil, false
	}
	sum, now := digest([]byte(secret)), n.now()
	u, due := n.people.bearer(sum, now)
	if u == nil {
		return nil, false
	}
	if due {
		if err := n.Store.Update(ctx, func(tx Tx) error { return tx.UseToken(sum, now) }); err != nil {
			n.Log.Warn().Err(err).Msg("use of a token not noted")
		}
	}
	return u, true
}
