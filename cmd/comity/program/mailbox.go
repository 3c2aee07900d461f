package program

import (
	"context"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// mailbox marries node and gateway, which do not know each other.
type mailbox struct{ node *node.Node }

func (b mailbox) Take(ctx context.Context, peer schema.Jurisdiction, count, size int) (*gateway.Load, error) {
	out, err := b.node.Outgoing(ctx, peer, count, size)
	if err != nil {
		return nil, err
	}
	load := &gateway.Load{Last: position(out.Last)}
	if p := out.InFlight; p != nil {
		load.InFlight = &gateway.Sent{Position: position(p), Text: p.Manifest, Signature: p.Signature, Members: queued(out.Items)}
	} else {
		load.Queue = queued(out.Items)
	}
	return load, nil
}

func (b mailbox) Behind(ctx context.Context, peer schema.Jurisdiction, count, size int) ([]gateway.Queued, error) {
	items, err := b.node.Behind(ctx, peer, count, size)
	return queued(items), err
}

func queued(items []node.Item) []gateway.Queued {
	out := make([]gateway.Queued, len(items))
	for i, m := range items {
		out[i] = gateway.Queued{Queue: uint64(m.Queue), ID: m.ID, Raw: m.Raw, SHA256: m.SHA256, Files: m.Files, Policy: m.Policy, Released: m.Released}
	}
	return out
}

func position(p *node.Pouch) gateway.Position {
	if p == nil {
		return gateway.Position{}
	}
	return gateway.Position{Epoch: uint64(p.Epoch), Seq: uint64(p.Seq), Manifest: p.Hash}
}

func (b mailbox) Turn(ctx context.Context, peer schema.Jurisdiction, t gateway.Turn) error {
	stop := node.Stopped{Deny: make(map[int64]string, len(t.Denied))}
	for _, d := range t.Denied {
		stop.Deny[int64(d.Queue)] = d.Code
	}
	for _, queue := range t.Held {
		stop.Hold = append(stop.Hold, int64(queue))
	}
	return b.node.Turn(ctx, peer, settlement(peer, t.Settle), b.sent(peer, t.Next), stop)
}

func settlement(peer schema.Jurisdiction, s *gateway.Settlement) *node.Settlement {
	if s == nil {
		return nil
	}
	out := &node.Settlement{Refused: map[schema.ID]string{}, Pouch: &node.Pouch{Box: node.Out, Peer: peer, Epoch: int64(s.Epoch),
		Seq: int64(s.Seq), Hash: s.Manifest, Receipt: s.Receipt, ReceiptSig: s.Signature, Settled: s.At}}
	for _, v := range s.Verdicts {
		out.Members = append(out.Members, v.ID)
		if v.Code != "" {
			out.Refused[v.ID] = v.Code
		}
	}
	return out
}

func (b mailbox) sent(peer schema.Jurisdiction, s *gateway.Sent) *node.Pouch {
	if s == nil {
		return nil
	}
	return &node.Pouch{Box: node.Out, Peer: peer, Epoch: int64(s.Epoch), Seq: int64(s.Seq), Hash: s.Manifest, Manifest: s.Text, Signature: s.Signature,
		First: int64(s.Members[0].Queue), Last: int64(s.Members[len(s.Members)-1].Queue), Members: len(s.Members), Committed: b.node.Now().UTC()}
}

func (b mailbox) Last(ctx context.Context, peer schema.Jurisdiction) (gateway.Position, error) {
	p, err := b.node.Last(ctx, node.In, peer)
	return position(p), err
}

func (b mailbox) Answer(ctx context.Context, peer schema.Jurisdiction, epoch, seq uint64) (*gateway.Answered, error) {
	p, err := b.node.Answer(ctx, peer, int64(epoch), int64(seq))
	if p == nil || err != nil {
		return nil, err
	}
	return &gateway.Answered{Position: position(p), Receipt: p.Receipt, Signature: p.ReceiptSig}, nil
}

func (b mailbox) Known(ctx context.Context, _ schema.Jurisdiction, ids []schema.ID) (map[schema.ID][32]byte, error) {
	return b.node.Known(ctx, ids)
}

func (b mailbox) Room(ctx context.Context, peer schema.Jurisdiction) (gateway.Room, error) {
	q, err := b.node.Room(ctx, peer)
	return gateway.Room(q), err
}

func (b mailbox) Accept(ctx context.Context, peer schema.Jurisdiction, a gateway.Arrival) error {
	p := &node.Pouch{Box: node.In, Peer: peer, Epoch: int64(a.Epoch), Seq: int64(a.Seq), Hash: a.Manifest, Manifest: a.Text,
		Signature: a.Signature, Committed: a.At.UTC(), Receipt: a.Receipt, ReceiptSig: a.ReceiptSig, Settled: a.At.UTC()}
	arrived := make([]node.Arrived, len(a.Messages))
	for i, m := range a.Messages {
		arrived[i] = node.Arrived{ID: m.ID, SHA256: m.SHA256, Code: m.Code, Known: m.Known, Message: m.Message, Files: m.Files, Quarantined: m.Quarantined}
	}
	return b.node.Receive(ctx, p, arrived)
}

func (b mailbox) Notarise() [32]byte { return b.node.Notarise() }

func (b mailbox) Report(ctx context.Context, peer schema.Jurisdiction, m gateway.Misconduct) error {
	if m.Expected.Seq > 0 {
		return b.node.Dispute(ctx, dispute(peer, m), m.Evidence)
	}
	return b.node.Report(ctx, peer, m.Code, int64(m.Position.Epoch), int64(m.Position.Seq), m.Evidence)
}

func dispute(peer schema.Jurisdiction, m gateway.Misconduct) node.Dispute {
	place := func(p gateway.Position) node.Place { return node.Place{Epoch: int64(p.Epoch), Seq: int64(p.Seq)} }
	d := node.Dispute{Peer: peer, Box: node.In, Code: m.Code, Pouch: place(m.Position), Expected: place(m.Expected)}
	if m.Refused {
		d.Box = node.Out
	}
	return d
}
