package node

import (
	"context"
	"errors"

	"github.com/comity-exchange/comity/schema"
)

type scopeKey struct{}

// Within bounds all that is read and submitted under a context to the messages of
// one authority of this jurisdiction; "" bounds nothing. What lies outside is not
// found, as if it were not here.
func Within(ctx context.Context, a schema.Address) context.Context {
	if a == "" {
		return ctx
	}
	return context.WithValue(ctx, scopeKey{}, a)
}

// scope is the authority that a context is bound to, "" if to none.
func scope(ctx context.Context) schema.Address {
	a, _ := ctx.Value(scopeKey{}).(schema.Address)
	return a
}

// narrowed is the authority that a filter may ask for under a context.
func narrowed(ctx context.Context, asked schema.Address) schema.Address {
	if a := scope(ctx); a != "" {
		return a
	}
	return asked
}

// inScope answers ErrNotFound for a message of another authority.
func inScope(ctx context.Context, m *Message) error {
	if a := scope(ctx); a != "" && m.Authority != a {
		return ErrNotFound
	}
	return nil
}

// authorityOf is the authority of this jurisdiction that a message belongs to: its
// author's, or its addressee's if it arrived.
func authorityOf(box Box, m *schema.Message) schema.Address {
	if box == In {
		return m.To
	}
	return m.From
}

// speaksFor refuses a submission in the name of another authority than the author's own.
func speaksFor(ctx context.Context, m *schema.Message) error {
	if a := scope(ctx); a != "" && m.From != a {
		return &schema.Problem{Kind: schema.NotAllowed, Code: "wrong_authority", Pointer: "/from", Detail: "You may write for " + string(a) + " only.", Fix: "Set from to " + string(a) + "."}
	}
	return nil
}

// answersOwn refuses an answer to a message of another authority, as if it were not here.
func answersOwn(ctx context.Context, r Reader, re schema.ID) error {
	above, err := either(r, re)
	if errors.Is(err, ErrNotFound) {
		return nil // what is not here is refused further on
	}
	if err == nil && inScope(ctx, above) != nil {
		return unknownReference()
	}
	return err
}

// unassigned is how many messages of an older version are looked at in one transaction.
const unassigned = 200

// authorityIn opens a stored message for its authority. What cannot be read any more
// belongs to the jurisdiction as a whole.
func (n *Node) authorityIn(box Box, sealed *Content) schema.Address {
	raw, _, err := n.decrypt([]*Content{sealed})
	if err != nil {
		return schema.Address(n.Code())
	}
	m, err := n.Catalogue.Again(raw)
	if err != nil {
		return schema.Address(n.Code())
	}
	return authorityOf(box, m)
}

// assign notes the authority of messages that an older version stored without it.
func (n *Node) assign(ctx context.Context) error {
	for {
		var messages []*Message
		var sealed []*Content
		err := n.Store.View(ctx, func(r Reader) (err error) {
			if messages, err = r.Unassigned(unassigned); err != nil {
				return err
			}
			for _, m := range messages {
				c, err := r.Content(contentName(m.Box, m.ID))
				if err != nil {
					return err
				}
				sealed = append(sealed, c)
			}
			return nil
		})
		if err != nil || len(messages) == 0 {
			return err
		}
		for i, m := range messages {
			m.Authority = n.authorityIn(m.Box, sealed[i])
		}
		err = n.Store.Update(ctx, func(tx Tx) error {
			for _, m := range messages {
				if err := tx.Assign(m.N, m.Authority); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
