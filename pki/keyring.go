package pki

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/comity-exchange/comity/schema"
)

// Keyring holds the pinned peers. Safe for concurrent use; readers never block:
// they see one map that nobody writes to, and a change puts another in its place.
type Keyring struct {
	write sync.Mutex // held while a changed map is made
	peers atomic.Pointer[map[schema.Jurisdiction]PeerCard]
}

// PeerCard is one line of the keyring.
type PeerCard struct {
	Card      *Card
	Suspended bool
}

// NewKeyring is empty.
func NewKeyring() *Keyring {
	k := &Keyring{}
	k.peers.Store(&map[schema.Jurisdiction]PeerCard{})
	return k
}

// Pin adds a peer whose root fingerprint was compared out of band. A peer that is
// there under the same root is treated as by Replace. Errors are *schema.Problem
// wrong_fingerprint, peer_pinned, root_in_use, tls_key_in_use and those of Replace.
func (k *Keyring) Pin(c *Card, f Fingerprint) error {
	if c.Certificate.Root() != f {
		return refuse("wrong_fingerprint")
	}
	return k.change(func(peers map[schema.Jurisdiction]PeerCard) error {
		old, there := peers[c.Jurisdiction]
		switch {
		case !there:
			return put(peers, c, false)
		case old.Card.Certificate.Root() != f:
			return refuse("peer_pinned")
		}
		return supersede(peers, old, c)
	})
}

// Replace takes a card with a higher serial under the pinned root; the very same
// card again changes nothing. Errors are *schema.Problem unknown_peer, other_root,
// serial_older, serial_reused and tls_key_in_use.
func (k *Keyring) Replace(c *Card) error {
	return k.change(func(peers map[schema.Jurisdiction]PeerCard) error {
		old, there := peers[c.Jurisdiction]
		switch {
		case !there:
			return refuse("unknown_peer")
		case old.Card.Certificate.Root() != c.Certificate.Root():
			return refuse("other_root")
		}
		return supersede(peers, old, c)
	})
}

// Repin takes another root for a peer that is there: its root was made anew, and the
// fingerprint was compared out of band. Errors are *schema.Problem wrong_fingerprint,
// unknown_peer, root_in_use and tls_key_in_use; under the pinned root it is Replace.
func (k *Keyring) Repin(c *Card, f Fingerprint) error {
	if c.Certificate.Root() != f {
		return refuse("wrong_fingerprint")
	}
	return k.change(func(peers map[schema.Jurisdiction]PeerCard) error {
		old, there := peers[c.Jurisdiction]
		switch {
		case !there:
			return refuse("unknown_peer")
		case old.Card.Certificate.Root() == f:
			return supersede(peers, old, c)
		}
		return put(peers, c, old.Suspended)
	})
}

// supersede holds the serial rule. TRUST 3.3.
func supersede(peers map[schema.Jurisdiction]PeerCard, old PeerCard, c *Card) error {
	switch {
	case c.Serial < old.Card.Serial:
		return refuse("serial_older")
	case c.Serial > old.Card.Serial:
		return put(peers, c, old.Suspended)
	case !bytes.Equal(c.Text, old.Card.Text):
		return refuse("serial_reused")
	}
	return nil
}

// put files a card. No two peers share a root or a TLS key: whoever holds the key
// would be taken for either.
func put(peers map[schema.Jurisdiction]PeerCard, c *Card, suspended bool) error {
	for code, p := range peers {
		switch {
		case code == c.Jurisdiction:
		case p.Card.Certificate.Root() == c.Certificate.Root():
			return refuse("root_in_use")
		case p.Card.TLS == c.TLS:
			return refuse("tls_key_in_use")
		}
	}
	peers[c.Jurisdiction] = PeerCard{Card: c, Suspended: suspended}
	return nil
}

// Clone is a keyring of its own with the same peers, to try a change on.
func (k *Keyring) Clone() *Keyring {
	c := &Keyring{}
	c.peers.Store(k.peers.Load()) // nobody writes to a stored map
	return c
}

// Suspend cuts a peer off until Resume. The error is unknown_peer.
func (k *Keyring) Suspend(code schema.Jurisdiction) error { return k.suspend(code, true) }

// Resume lets a suspended peer back. The error is unknown_peer.
func (k *Keyring) Resume(code schema.Jurisdiction) error { return k.suspend(code, false) }

func (k *Keyring) suspend(code schema.Jurisdiction, yes bool) error {
	return k.change(func(peers map[schema.Jurisdiction]PeerCard) error {
		p, there := peers[code]
		if !there {
			return refuse("unknown_peer")
		}
		peers[code] = PeerCard{Card: p.Card, Suspended: yes}
		return nil
	})
}

// Remove forgets a peer with its pin. The error is unknown_peer.
func (k *Keyring) Remove(code schema.Jurisdiction) error {
	return k.change(func(peers map[schema.Jurisdiction]PeerCard) error {
		if _, there := peers[code]; !there {
			return refuse("unknown_peer")
		}
		delete(peers, code)
		return nil
	})
}

// change makes the next map; an error leaves the old one in place.
func (k *Keyring) change(f func(map[schema.Jurisdiction]PeerCard) error) error {
	k.write.Lock()
	defer k.write.Unlock()
	next := maps.Clone(*k.peers.Load())
	if err := f(next); err != nil {
		return err
	}
	k.peers.Store(&next)
	return nil
}

// Peer gives the card of a pinned peer that is not suspended; a *schema.Problem
// (unknown_peer, peer_suspended) otherwise.
func (k *Keyring) Peer(code schema.Jurisdiction) (*Card, error) {
	p, there := (*k.peers.Load())[code]
	switch {
	case !there:
		return nil, refuse("unknown_peer")
	case p.Suspended:
		return nil, refuse("peer_suspended")
	}
	return p.Card, nil
}

// Peers lists all, suspended ones too, by code.
func (k *Keyring) Peers() []PeerCard {
	return slices.SortedFunc(maps.Values(*k.peers.Load()), func(a, b PeerCard) int {
		return cmp.Compare(a.Card.Jurisdiction, b.Card.Jurisdiction)
	})
}
