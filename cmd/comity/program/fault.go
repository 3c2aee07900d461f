package program

import (
	"context"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// FaultPoints names the moments at which a process may die with the most to lose. They
// lie between the rooms, where one act has ended and the next has not begun; a test
// that sets Parts.Fault is told of each passing.
var FaultPoints = []string{
	"store.asked",      // a transaction is about to be handed to the store
	"store.written",    // it has run, and is not committed
	"store.durable",    // it is committed, and nobody was told
	"submit.stored",    // a message is durable, and the agency has no answer
	"send.taken",       // the queue was read
	"send.signed",      // a pouch is made, and its number not spent
	"send.committed",   // the number is spent, and the pouch has not left
	"seal.arrived",     // a pouch or an answer is here, and not opened
	"settle.verified",  // a receipt is verified, and not stored
	"settle.stored",    // it is stored
	"receive.opened",   // a pouch is verified and in order, and not judged
	"receive.judged",   // its receipt is signed, and nothing stored
	"receive.stored",   // all is stored, and the receipt has not left
	"receive.repeated", // a stored receipt was found for a repetition
}

// faults tells of the points that lie in front of and behind each interface. Without
// one, the parts of a node meet directly.
type faults func(point string)

func (at faults) store(s node.Store) node.Store {
	if at == nil {
		return s
	}
	return faultyStore{s, at}
}

func (at faults) vault(v pki.Vault) pki.Vault {
	if at == nil {
		return v
	}
	return faultyVault{v, at}
}

func (at faults) mailbox(b gateway.Mailbox) gateway.Mailbox {
	if at == nil {
		return b
	}
	return faultyMailbox{b, at}
}

func (at faults) border(b node.Border) node.Border {
	if at == nil {
		return b
	}
	return faultyBorder{b, at}
}

type faultyStore struct {
	node.Store
	at faults
}

func (s faultyStore) Update(ctx context.Context, f func(tx node.Tx) error) error {
	s.at("store.asked")
	err := s.Store.Update(ctx, func(tx node.Tx) error {
		err := f(tx)
		s.at("store.written")
		return err
	})
	s.at("store.durable")
	return err
}

type faultyVault struct {
	pki.Vault
	at faults
}

func (v faultyVault) Open(sealed []byte) ([]byte, error) {
	v.at("seal.arrived")
	return v.Vault.Open(sealed)
}

type faultyMailbox struct {
	gateway.Mailbox
	at faults
}

func (b faultyMailbox) Take(ctx context.Context, peer schema.Jurisdiction, count, size int) (*gateway.Load, error) {
	load, err := b.Mailbox.Take(ctx, peer, count, size)
	b.at("send.taken")
	return load, err
}

func (b faultyMailbox) Behind(ctx context.Context, peer schema.Jurisdiction, count, size int) ([]gateway.Queued, error) {
	queue, err := b.Mailbox.Behind(ctx, peer, count, size)
	b.at("send.taken")
	return queue, err
}

func (b faultyMailbox) Turn(ctx context.Context, peer schema.Jurisdiction, t gateway.Turn) error {
	if t.Settle != nil {
		b.at("settle.verified")
	}
	if t.Next != nil {
		b.at("send.signed")
	}
	err := b.Mailbox.Turn(ctx, peer, t)
	if t.Settle != nil {
		b.at("settle.stored")
	}
	if t.Next != nil {
		b.at("send.committed")
	}
	return err
}

func (b faultyMailbox) Answer(ctx context.Context, peer schema.Jurisdiction, epoch, seq uint64) (*gateway.Answered, error) {
	a, err := b.Mailbox.Answer(ctx, peer, epoch, seq)
	b.at("receive.repeated")
	return a, err
}

func (b faultyMailbox) Known(ctx context.Context, peer schema.Jurisdiction, ids []schema.ID) (map[schema.ID][32]byte, error) {
	b.at("receive.opened")
	return b.Mailbox.Known(ctx, peer, ids)
}

func (b faultyMailbox) Accept(ctx context.Context, peer schema.Jurisdiction, a gateway.Arrival) error {
	b.at("receive.judged")
	err := b.Mailbox.Accept(ctx, peer, a)
	b.at("receive.stored")
	return err
}

type faultyBorder struct {
	node.Border
	at faults
}

func (b faultyBorder) Wake(peer schema.Jurisdiction) {
	b.at("submit.stored")
	b.Border.Wake(peer)
}
