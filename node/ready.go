package node

import (
	"container/list"
	"sync"

	"github.com/comity-exchange/comity/schema"
)

// readyLimit is how many octets of queued messages stay opened in memory.
const readyLimit = 16 << 20

// ready keeps what was just queued, so that it can be sent without reading it back
// and decrypting it. It is no source of truth: the queue is in the store, and what
// is not here is opened from there. The oldest go first.
type ready struct {
	mu     sync.Mutex // guards what follows
	items  map[schema.ID]*list.Element
	order  list.List // of *Item, oldest first
	octets int
}

func (r *ready) put(i *Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.items == nil {
		r.items = make(map[schema.ID]*list.Element)
	}
	r.items[i.ID] = r.order.PushBack(i)
	for r.octets += i.size(); r.octets > readyLimit; {
		r.drop(r.order.Front())
	}
}

func (r *ready) get(id schema.ID) *Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.items[id]; e != nil {
		return e.Value.(*Item)
	}
	return nil
}

func (r *ready) forget(id schema.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.items[id]; e != nil {
		r.drop(e)
	}
}

// drop forgets one; the caller holds mu.
func (r *ready) drop(e *list.Element) {
	i := r.order.Remove(e).(*Item)
	r.octets -= i.size()
	delete(r.items, i.ID)
}
