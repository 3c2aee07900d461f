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
	f.Now, f.Authority = n.now(), narrowed(ctx, f.Authority)
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
			item, err := n.deskItem(l, sealed[i], find)
			if err != nil {
				return nil, err
			}
			page.Looked++
			f.After, page.Next = l.Place(), l.Place()
			if item != nil {
				page.Items = append(page.Items, *item)
			}
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
		records := make([]*Message, len(laid))
		for i, l := range laid {
			records[i] = l.Message
		}
		sealed, err = contentsOf(r, records)
		return err
	})
	return laid, sealed, err
}

// deskItem is nil if the message lacks the words. An erased one has none.
func (n *Node) deskItem(l Laid, sealed *Content, find *schema.Finder) (*DeskItem, error) {
	item := &DeskItem{Summary{Message: l.Message, Due: l.Desk.Standing.deadline(n.now()), Flaws: l.Desk.Standing.Flaws}, l.Desk}
	if sealed == nil {
		if find != nil {
			return nil, nil
		}
		return item, nil
	}
	raw, _, err := n.decrypt([]*Content{sealed})
	if err != nil || find != nil && !find.In(raw) {
		return nil, err
	}
	m, err := n.Catalogue.Again(raw)
	if err != nil {
		return nil, err
	}
	item.tell(m)
	return item, nil
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
