package node

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Bounds of one search. Content is encrypted at rest, so a search opens one message
// after the other; it says how far it came and can be taken up there.
const (
	searchBatch = 200
	searchTime  = 700 * time.Millisecond
)

// DeskPage is one page of the desk.
type DeskPage struct {
	Items  []DeskItem
	Next   DeskPlace // where the next page begins, N 0 if there is none
	Looked int       // messages that a search opened
}

// DeskItem is one line of the desk.
type DeskItem struct {
	Summary
	Desk *Desk
}

// ListDesk gives a page of the desk, the nearest time limit first. With words, it
// shows only messages whose text has all of them, upper and lower case and accents
// aside; such a page may be short or empty though more follows.
func (n *Node) ListDesk(ctx context.Context, f DeskFilter, words string) (*DeskPage, error) {
	f.Now = n.now()
	size := min(max(f.Limit, 1), 200)
	find := schema.NewFinder(words)
	began := time.Now()
	page := &DeskPage{}
	for {
		f.Limit = size + 1
		if find != nil {
			f.Limit = searchBatch
		}
		laid, sealed, err := n.laidOut(ctx, f)
		if err != nil {
			return nil, err
		}
		for i, l := range laid {
			if len(page.Items) == size {
				return page, nil // Next stands at the last that was shown
			}
			raw, _, err := n.decrypt(sealed[i : i+1])
			if err != nil {
				return nil, err
			}
			page.Looked++
			f.After, page.Next = l.Place(), l.Place()
			if find != nil && !find.In(raw) {
				continue
			}
			item, err := n.deskItem(l, raw)
			if err != nil {
				return nil, err
			}
			page.Items = append(page.Items, *item)
		}
		if len(laid) < f.Limit {
			page.Next = DeskPlace{}
			return page, nil
		}
		if find == nil || len(page.Items) == size || time.Since(began) > searchTime {
			return page, nil
		}
	}
}

func (n *Node) laidOut(ctx context.Context, f DeskFilter) (laid []Laid, sealed []*Content, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		if laid, err = r.Laid(f); err != nil {
			return err
		}
		for _, l := range laid {
			c, err := r.Content(contentName(l.Message.Box, l.Message.ID))
			if err != nil {
				return err
			}
			sealed = append(sealed, c)
		}
		return nil
	})
	return laid, sealed, err
}

func (n *Node) deskItem(l Laid, raw []byte) (*DeskItem, error) {
	m, err := n.Catalogue.Read(raw)
	if err != nil {
		return nil, err
	}
	return &DeskItem{Summary{Message: l.Message, Subject: m.Subject, From: m.From, To: m.To,
		Due: l.Desk.Standing.deadline(n.now()), Flaws: l.Desk.Standing.Flaws}, l.Desk}, nil
}

// DeskCounts says how much lies open, by box and peer.
func (n *Node) DeskCounts(ctx context.Context) (list []DeskCount, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = r.DeskCounts(n.now())
		return err
	})
	return list, err
}

// isPerson tells whether an actor is somebody who reads, and no machine.
func isPerson(actor string) bool {
	return strings.HasPrefix(actor, "officer:") || strings.HasPrefix(actor, "user:")
}

// DeskOf is where a message lies, nil if it was not placed yet.
func (n *Node) DeskOf(ctx context.Context, m *Message) (d *Desk, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		d, err = r.Desk(m.N)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return d, err
}
