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
	Last     Position // the last pouch whose number is spent
	Queue    []Queued // otherwise: the head of the queue, within the limits asked for
}

// Turn is one transaction of the sending side: it settles the pouch whose receipt
// came and commits the next one. Either may be nil.
type Turn struct {
	Settle *Settlement
	Next   *Sent
	Denied []Denied // queued messages that today's policy no longer lets out
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
}

// Answered is what was answered to a pouch that was already received.
type Answered struct {
	Position
	Receipt   []byte
	Signature []byte
}

// Misconduct is something a peer's gateway must never do, with the evidence.
type Misconduct struct {
	Code     string // public code
	Position Position
	Evidence []byte // for equivocation the other manifest and its signature
	At       time.Time
}

// Mailbox is what the gateway needs of its node. Every method that changes
// something returns only when the change is durable. Safe for concurrent use;
// for one peer the gateway calls Take, Behind and Turn from one goroutine, and Last,
// Known and Accept from another.
type Mailbox interface {
	// Take gives what is to be sent to peer, at most count messages and size octets of
	// raw and files, but always the first message.
	Take(ctx context.Context, peer schema.Jurisdiction, count, size int) (*Load, error)
	// Behind gives the head of the queue behind the pouch in flight, within the same
	// limits. The gateway asks once it holds that pouch's receipt, so that its
	// settlement and the next pouch are one Turn.
	Behind(ctx context.Context, peer schema.Jurisdiction, count, size int) ([]Queued, error)
	// Turn does all of t or nothing.
	Turn(ctx context.Context, peer schema.Jurisdiction, t Turn) error
	// Last is the position of the last pouch received from peer. Its Epoch is the one
	// the ledger is in; 0 counts as 1.
	Last(ctx context.Context, peer schema.Jurisdiction) (Position, error)
	// Answer finds the stored answer to the pouch with this number, nil if there is none.
	Answer(ctx context.Context, peer schema.Jurisdiction, epoch, seq uint64) (*Answered, error)
	// Known says which of these messages were accepted from a peer already, with their SHA-256.
	Known(ctx context.Context, peer schema.Jurisdiction, ids []schema.ID) (map[schema.ID][32]byte, error)
	// Accept stores an arrival and its receipt in one transaction.
	Accept(ctx context.Context, peer schema.Jurisdiction, a Arrival) error
	// Notarise gives a salted commitment to the journal's present head; zeros while it is empty.
	Notarise() [32]byte
	// Report journals a peer's misconduct, at a bounded rate.
	Report(ctx context.Context, peer schema.Jurisdiction, m Misconduct) error
}
