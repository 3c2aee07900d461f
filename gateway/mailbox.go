package gateway

import (
	"context"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Position is a place in the ledger between two jurisdictions, one direction.
type Position struct {
	Epoch, Seq uint64   // Seq 0: nothing yet
	Manifest   [32]byte // SHA-256 of the manifest with that Seq; zeros for 0
}

// Queued is one message that waits for a peer, in the order it was accepted from the agency.
type Queued struct {
	Queue  uint64 // its place in the queue, rising
	ID     schema.ID
	Raw    []byte
	SHA256 [32]byte // of Raw
	Files  []schema.File
	Policy [32]byte // SHA-256 of the policy that allowed it
	// Released says that a second person let it go, under Policy.
	Released bool
}

// Sent is a pouch that was committed and whose receipt has not come: its number
// is spent, and a retry seals these same bytes again.
type Sent struct {
	Position           // of this pouch
	Text      []byte   // the exact manifest
	Signature []byte   // detached, over Text
	Members   []Queued // in manifest order
}

// Load is what there is to send to a peer.
type Load struct {
	InFlight *Sent    // not nil: only this may be sent
	Last     Position // the last pouch whose number is spent; Epoch is the one the ledger is in, 0 counts as 1
	Queue    []Queued // otherwise: the head of the queue, within the limits asked for
}

// Turn is one transaction of the sending side: it settles the pouch whose receipt
// came and commits the next one. Either may be nil.
type Turn struct {
	Settle *Settlement
	Next   *Sent
	Denied []Denied // queued messages that today's policy no longer lets out
	Held   []uint64 // places of queued messages that today's policy lets out after a release only
}

// Denied is a queued message that must not leave any more.
type Denied struct {
	Queue uint64
	Code  string
}

// Settlement ends the sender's duty for one pouch.
type Settlement struct {
	Position
	Receipt   []byte // the exact receipt text
	Signature []byte // the peer's detached signature over it
	Verdicts  []Verdict
	At        time.Time
}

// Verdict of the receiving side on one message, in manifest order.
type Verdict struct {
	ID     schema.ID
	SHA256 [32]byte
	Code   string // "" accepted; otherwise a public refusal code
}

// Arrival is one pouch that was opened, verified, found in order and judged.
type Arrival struct {
	Position
	Text       []byte
	Signature  []byte
	Messages   []Arrived
	Receipt    []byte
	ReceiptSig []byte
	At         time.Time
}

// Arrived is one message of an arrival with its verdict. Message is nil when it could not be read.
type Arrived struct {
	Verdict
	Known   bool // accepted in an earlier pouch with the same bytes: not delivered again
	Raw     []byte
	Message *schema.Message
	Files   []schema.File
	// Quarantined says that the policy wants a person to let it in. It is accepted.
	Quarantined bool
}

// octets it takes in quarantine.
func (a *Arrived) octets() int64 {
	total := len(a.Raw)
	for i := range a.Files {
		total += len(a.Files[i].Data)
	}
	return int64(total)
}

// Room is what is free in quarantine for the messages of one peer.
type Room struct{ Messages, Octets int64 }

// Answered is what was answered to a pouch that was already received.
type Answered struct {
	Position
	Receipt   []byte
	Signature []byte
}

// Misconduct is something a peer's gateway must never do, with the evidence. With
// Expected it is a dispute: a pouch was refused as a whole because the two ledgers
// do not agree.
type Misconduct struct {
	Code     string   // public code
	Position Position // of the pouch
	Expected Position // Seq not 0: what the receiving side expects next
	Refused  bool     // the peer refused our pouch; otherwise it is the peer's pouch
	Evidence []byte   // the peer's signed manifest or refusal
	At       time.Time
}

// Mailbox is what the gateway needs of its node. Every method that changes
// something returns only when the change is durable. Safe for concurrent use;
// for one peer the gateway calls Take, Behind and Turn from one goroutine, and Last,
// Known, Room and Accept from another.
type Mailbox interface {
	// Take gives what is to be sent to peer, at most count messages and size octets of
	// raw and files, but always the first message.
	Take(ctx context.Context, peer schema.Jurisdiction, count, size int) (*Load, error)
	// Behind gives the head of the queue behind the pouch in flight, within the same
	// limits. The gateway asks once it holds that pouch's receipt, so that its
	// settlement and the next pouch are one Turn.
	Behind(ctx context.Context, peer schema.Jurisdiction, count, size int) ([]Queued, error)
	// Turn does all of t or nothing. It fails when the epoch of the pouch has ended.
	Turn(ctx context.Context, peer schema.Jurisdiction, t Turn) error
	// Last is the position of the last pouch received from peer. Its Epoch is the one
	// the ledger is in; 0 counts as 1.
	Last(ctx context.Context, peer schema.Jurisdiction) (Position, error)
	// Answer finds the stored answer to the pouch with this number, nil if there is none.
	Answer(ctx context.Context, peer schema.Jurisdiction, epoch, seq uint64) (*Answered, error)
	// Known says which of these messages were accepted from a peer already, with their SHA-256.
	Known(ctx context.Context, peer schema.Jurisdiction, ids []schema.ID) (map[schema.ID][32]byte, error)
	// Room is asked for before the receipt is signed; what Accept then brings into
	// quarantine is within it.
	Room(ctx context.Context, peer schema.Jurisdiction) (Room, error)
	// Accept stores an arrival and its receipt in one transaction. It fails when the
	// epoch of the pouch has ended.
	Accept(ctx context.Context, peer schema.Jurisdiction, a Arrival) error
	// Notarise gives a salted commitment to the journal's present head; zeros while it is empty.
	Notarise() [32]byte
	// Report journals a peer's misconduct, at a bounded rate.
	Report(ctx context.Context, peer schema.Jurisdiction, m Misconduct) error
}
