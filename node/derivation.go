package node

import (
	"errors"

	"github.com/comity-exchange/comity/schema"
)

// derive keeps what our message was made from, as far as that is here.
func (n *Node) derive(tx Tx, m *schema.Message) error {
	for _, id := range m.DerivedFrom {
		parent, err := known(tx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.Derive(m.ID, Source{id, parent.Box}); err != nil {
			return err
		}
	}
	return nil
}

// known finds the message that was here first by an id. A peer that later sends one of
// its own under the id of ours does not come between it and what was made from it.
func known(r Reader, id schema.ID) (*Message, error) {
	in, err := r.Message(id, In)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	out, missing := r.Message(id, Out)
	if errors.Is(missing, ErrNotFound) {
		return in, err
	}
	if missing == nil && in != nil && in.N < out.N {
		return in, nil
	}
	return out, missing
}

// descendants are our messages that were made from any of these, through our own messages.
func descendants(r Reader, from []Source) (ids []schema.ID, err error) {
	seen := map[schema.ID]bool{}
	for i := 0; i < len(from); i++ {
		children, err := r.Children(from[i])
		if err != nil {
			return nil, err
		}
		for _, id := range children {
			if !seen[id] {
				seen[id] = true
				ids, from = append(ids, id), append(from, Source{id, Out})
			}
		}
	}
	return ids, nil
}

// ancestors are the messages that our message was made from, through our own messages.
func ancestors(r Reader, child schema.ID) (sources []Source, err error) {
	seen, next := map[Source]bool{}, []schema.ID{child}
	for i := 0; i < len(next); i++ {
		parents, err := r.Parents(next[i])
		if err != nil {
			return nil, err
		}
		for _, p := range parents {
			if seen[p] {
				continue
			}
			seen[p] = true
			sources = append(sources, p)
			if p.Box == Out {
				next = append(next, p.ID)
			}
		}
	}
	return sources, nil
}
