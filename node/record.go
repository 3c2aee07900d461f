package node

import (
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Box is the side of the border a message came from.
type Box string

const (
	Out Box = "out" // submitted here, for a peer
	In  Box = "in"  // arrived from a peer
)

// State of a message at this node.
type State string

const (
	Queued   State = "queued"   // accepted from the agency, no verified receipt yet
	Accepted State = "accepted" // the peer's signed receipt says so
	Refused  State = "refused"  // the peer's signed receipt says so, with a code
	Denied   State = "denied"   // today's policy no longer lets it out; it never left
	Received State = "received" // arrived from a peer and accepted

	Held        State = "held"        // submitted, waits for the release by a second person
	Returned    State = "returned"    // not released: given back to its author with a reason
	Expired     State = "expired"     // nobody released it by its deadline
	Quarantined State = "quarantined" // arrived from a peer and accepted, waits for its release to the inbox
	Discarded   State = "discarded"   // it was not let out of quarantine
)

// crossed says whether a message of this state is on its way to the peer or has arrived.
// What waits for release, was given back or denied, and what the peer refused, is no
// part of a thread.
func (s State) crossed() bool { return s == Queued || s == Accepted || s == Received }

// shut says whether only the release queue shows a message of this state.
func (s State) shut() bool { return s == Quarantined || s == Discarded }

// Message is what the store knows of a message without opening its content.
// Only type, peer, case, state and times are kept in the clear.
type Message struct {
	N       int64 // local order, rising
	ID      schema.ID
	Box     Box
	Peer    schema.Jurisdiction
	Type    string
	Case    string
	Re      schema.ID
	State   State
	Code    string    // refusal code, "" otherwise
	Created time.Time // by its author
	Stored  time.Time // here: submitted or arrived
	Settled time.Time // receipt verified, zero if none
	Queue   int64     // place in the peer's queue, 0 for Box In
	Epoch   int64     // of the pouch that carried it, 0 if none yet
	Seq     int64
	Size    int64
	SHA256  [32]byte
	Policy  [32]byte // the policy that allowed it
	Rule    string
	Actor   string // who submitted it

	Deadline  time.Time      // of a message that waits for release, zero otherwise
	Room      int64          // octets it takes in quarantine, its files included, 0 otherwise
	Releaser  string         // who released it, "" if it needed nobody
	Authority schema.Address // of this jurisdiction, that it belongs to; see Within

	Erased  time.Time      // when its content was erased here, zero while it is here
	Reason  string         // code of why it was erased, "" otherwise
	Remains schema.Figures // of an erased message: codes that its clocks and the statistics of a year still need
}

// Content is a message's exact bytes, or an attachment's, encrypted at rest.
type Content struct {
	Name    string // "out/<message id>" (box and id), or that + "/" + SHA-256 of the file
	Sealed  []byte
	Wrapped []byte // the content key, wrapped by the storage key; erasing it erases the content
}

// Fact is an event of a thread that no message tells, such as an arrest, as one of
// the case's people noted it. Of several of one name the last counts.
type Fact struct {
	N       int64     // local order, rising
	Opening schema.ID // message that opened the thread
	Box     Box       // of that message
	Event   string    // as the thread's life cycle names it
	At      time.Time // when it happened
	Noted   time.Time // here
	Actor   string    // who noted it
}

// Pouch is one line of a ledger, either direction.
type Pouch struct {
	Box         Box
	Peer        schema.Jurisdiction
	Epoch, Seq  int64
	Hash        [32]byte // SHA-256 of Manifest
	Manifest    []byte
	Signature   []byte
	First, Last int64     // queue range of its members, Box Out only
	Members     int       // how many, while it is committed, Box Out only; not kept
	Committed   time.Time // Out: number spent. In: received
	Receipt     []byte    // nil while in flight
	ReceiptSig  []byte
	Settled     time.Time
	Closed      time.Time // its epoch ended before a receipt came, zero otherwise
}

// Entry is one line of the journal: who did what, to what, why, when.
type Entry struct {
	N       int64             `json:"n"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`             // "agency:demo", "operator:uid 1000", "peer:NL", "node"
	Act     string            `json:"act"`               // "message.submitted", "pouch.received", "peer.added" …
	Subject string            `json:"subject,omitempty"` // message id, peer code, setting
	Detail  map[string]string `json:"detail,omitempty"`  // codes, numbers and digests; never content
}

// Peer is a pinned peer as stored.
type Peer struct {
	Code        schema.Jurisdiction
	Fingerprint [32]byte
	Card        []byte
	Suspended   bool
	Added       time.Time
}

// PolicyVersion is one policy that was in force.
type PolicyVersion struct {
	Version int64
	SHA256  [32]byte
	Text    []byte
	Actor   string
	At      time.Time
	Tests   []byte // the test file that it passed, empty if it came without
	Tested  int    // expectations in Tests
}

// KeyLife is how long an idempotency key stands for its first request.
const KeyLife = 7 * 24 * time.Hour

// Idempotency remembers what was answered to a key.
type Idempotency struct {
	Client, Key string
	Body        [32]byte // SHA-256 of the request
	ID          schema.ID
	At          time.Time
}

// Filter chooses messages for a list, newest first.
type Filter struct {
	Box   Box
	State State
	Type  string
	Peer  schema.Jurisdiction
	Case  string
	Re    schema.ID // that answer this message

	Authority schema.Address // that they belong to

	After int64 // N of the last line of the previous page, 0 for the first
	Limit int   // 1 to 200
}

// Waiting is a place in the release queue: behind the message with this deadline and number.
type Waiting struct {
	Deadline time.Time
	N        int64
}

// Quarantine is what waits of one peer's messages.
type Quarantine struct{ Messages, Octets int64 }

// Checkpoint is the journal's head: how many entries and the RFC 6962 root over them.
type Checkpoint struct {
	Size int64
	Root [32]byte
}
