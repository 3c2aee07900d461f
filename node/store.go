package node

import (
	"context"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Store keeps a node's state. SQL lives behind it and nowhere else.
type Store interface {
	// Update runs f inside a transaction and returns nil only when it is durable.
	// Callers that wait together commit together; an error of f, or a panic, undoes
	// f alone. f must be quick, do no I/O of its own and not keep tx.
	Update(ctx context.Context, f func(tx Tx) error) error
	// View runs f on a consistent snapshot and never waits for the writer.
	View(ctx context.Context, f func(r Reader) error) error
	// Head is the journal's durable checkpoint, from memory.
	Head() Checkpoint
	// Verify recomputes the journal's tree from its records; a *schema.Problem of
	// code journal_broken names the first bad entry.
	Verify(ctx context.Context) (Checkpoint, error)
}

// Tx writes. Everything a Reader sees includes the transaction's own writes.
type Tx interface {
	Reader

	// Journal appends entries to the tamper-evident tree, in this transaction. N is set by the store.
	Journal(e ...Entry) error

	// AddMessage inserts and sets N (and Queue for State Queued). An id that is there already is ErrExists.
	AddMessage(m *Message) error
	AddContent(c ...Content) error
	AddFact(f *Fact) error // sets N
	// Settle sets state, code, pouch and time of the queued messages of one pouch;
	// refused maps ids to codes, all others become Accepted.
	Settle(p *Pouch, refused map[schema.ID]string) error
	// Deny ends a queued message that never left.
	Deny(peer schema.Jurisdiction, queue int64, code string) error
	// HoldBack takes a queued message that never left out of the queue: it waits for release until a deadline.
	HoldBack(peer schema.Jurisdiction, queue int64, deadline time.Time) error
	// Release makes a held message Queued, at the end of the queue, and a quarantined one
	// Received, under m's Policy, Rule and Releaser. It sets m's State and Queue. A
	// message that does not wait until m's Deadline is ErrNotFound.
	Release(m *Message) error
	// Dismiss ends the wait of m in a state other than released. A message that does not
	// wait until m's Deadline is ErrNotFound.
	Dismiss(m *Message, to State) error

	// AddPouch inserts a ledger line; SettlePouch adds its receipt.
	AddPouch(p *Pouch) error
	SettlePouch(p *Pouch) error
	// AddEvidence keeps what proves a peer's misconduct.
	AddEvidence(peer schema.Jurisdiction, code string, evidence []byte) error

	PutEpoch(peer schema.Jurisdiction, epoch int64) error
	// ClosePouch ends the pouch in flight to a peer, if any: no receipt settles it any more.
	ClosePouch(peer schema.Jurisdiction, at time.Time) error
	// Requeue makes what a peer accepted in pouches from a place on Queued again, at the
	// old places, and gives it in order as it was.
	Requeue(peer schema.Jurisdiction, from Place) ([]*Message, error)
	PutDispute(d Dispute) error
	DropDispute(peer schema.Jurisdiction, box Box) error

	// PutDesk notes where a message lies; who took it and who saw it stay as they are.
	PutDesk(d *Desk) error
	// Recheck has the desk follow the thread of a message again.
	Recheck(m *Message) error
	// See notes that a person opened a message for the first time.
	See(m *Message, at time.Time) error
	// Hold gives a message from one holder to another, "" being nobody; ErrNotFound if the
	// first does not hold it.
	Hold(m *Message, from, to string) error
	// PutLikeness notes a value that a message holds; Erase forgets those of its message.
	PutLikeness(n int64, l Likeness) error
	// Snooze hides a message until a time, the zero time showing it.
	Snooze(m *Message, until time.Time) error

	PutPeer(p Peer) error
	RemovePeer(code schema.Jurisdiction) error
	// KeepCard notes that a card is in force from at on; the one that is already is no change.
	KeepCard(code schema.Jurisdiction, card []byte, at time.Time) error
	AddPolicy(v *PolicyVersion) error // sets Version

	// Erase deletes the content of a message and its files with their keys, for good, and
	// keeps Erased, Reason and Remains of m. One that is not there or was erased before
	// is ErrNotFound.
	Erase(m *Message, names ...string) error
	AddTask(t *Task) error                              // sets N
	PutTask(t *Task) error                              // state, end, actor, result and code
	Derive(child schema.ID, parent Source) error        // our message child was made from parent
	Amend(id schema.ID, box Box, cause schema.ID) error // cause corrects or revokes data of a message of the same box
	// AddIdempotency remembers a key; one that is there and younger than KeyLife is ErrExists.
	AddIdempotency(i Idempotency) error
	PutSetting(name string, value []byte) error

	// AddUser inserts a user; a name that was ever given is ErrExists. PutUser replaces
	// all but name, creation and handle.
	AddUser(u User) error
	PutUser(u User) error
	AddToken(t Token) error
	UseToken(sum [32]byte, at time.Time) error
	DropToken(sum [32]byte) error
	DropTokens(user string) error
	AddPasskey(p Passkey) error // an id that is there is ErrExists
	UsePasskey(id, record []byte, at time.Time) error
	DropPasskeys(user string) error
	AddLink(l Link) error
	DropLinks(user string) error
	// AddPending inserts and sets ID; EndPending sets state, decider and time of one that waits.
	AddPending(p *Pending) error
	EndPending(p *Pending) error
	// Assign says which authority a stored message belongs to.
	Assign(n int64, a schema.Address) error
	// AddDraft inserts a draft; SaveDraft replaces it, and each content by its name. One
	// that is gone, or of another version than is stored, is ErrNotFound.
	AddDraft(d *Draft, contents ...Content) error
	SaveDraft(d *Draft, contents ...Content) error
	DropDraft(id schema.ID) error
	DropDraftContent(name string) error
}

// Reader reads. Missing things are ErrNotFound.
type Reader interface {
	Message(id schema.ID, box Box) (*Message, error)
	Messages(f Filter) ([]*Message, error) // without what is or was in quarantine
	// Waiting is what waits for release, the earliest deadline first, both boxes.
	Waiting(after Waiting, authority schema.Address, limit int) ([]*Message, error)
	// Overdue is what is Held and had to be released by at.
	Overdue(at time.Time, limit int) ([]*Message, error)
	// Quarantine of a peer's messages.
	Quarantine(peer schema.Jurisdiction) (Quarantine, error)
	Content(name string) (*Content, error)
	// Facts gives the last fact of each name in the thread that a message opened, oldest first.
	Facts(opening schema.ID, box Box) ([]Fact, error)
	Contents(prefix string) ([]*Content, error) // name = prefix, or under prefix + "/": the message, then its files

	// Pending is the head of peer's queue after place after, in order.
	Pending(peer schema.Jurisdiction, after int64, count int) ([]*Message, error)
	// InFlight is the pouch to peer that has no receipt, ErrNotFound if none.
	InFlight(peer schema.Jurisdiction) (*Pouch, error)
	LastPouch(box Box, peer schema.Jurisdiction) (*Pouch, error)
	Pouch(box Box, peer schema.Jurisdiction, epoch, seq int64) (*Pouch, error)
	// Epoch that the ledgers with peer are in, 1 at first.
	Epoch(peer schema.Jurisdiction) (int64, error)
	Disputes() ([]Dispute, error)
	// PouchOf finds the pouch that carries a queued or settled outgoing message, or an arrived one.
	PouchOf(m *Message) (*Pouch, error)

	Entries(after int64, limit int) ([]Entry, error)  // journal lines with N > after
	EntriesOf(subject string) ([]Entry, error)        // all lines about one subject
	Records(after int64, limit int) ([][]byte, error) // the exact leaf bytes, for verification

	Peers() ([]Peer, error)
	// CardAt is the card of a jurisdiction that was in force at a time, else its first one.
	CardAt(code schema.Jurisdiction, at time.Time) ([]byte, error)
	Policy(version int64) (*PolicyVersion, error) // 0: the newest
	Policies() ([]PolicyVersion, error)
	Idempotency(client, key string) (*Idempotency, error)
	Setting(name string) ([]byte, error)
	Users() ([]User, error)
	Tokens() ([]Token, error)
	Passkeys() ([]Passkey, error) // the oldest first
	Link(sum [32]byte) (*Link, error)
	Pendings(state PendingState) ([]Pending, error) // "" for all; the newest first
	Unassigned(limit int) ([]*Message, error)       // messages without an authority, the oldest first
	// Desk is where message number n lies, ErrNotFound if it was not placed yet.
	Desk(n int64) (*Desk, error)
	// Laid lists messages of one box that were placed, the nearest time limit first.
	Laid(f DeskFilter) ([]Laid, error)
	// Cases lists cases, the one with the newest message first.
	Cases(f CaseFilter) ([]CaseLine, error)
	// MessagesAfter lists messages in the order of their numbers, from the one after n on.
	MessagesAfter(n int64, limit int) ([]*Message, error)
	// DeskDue lists messages whose time to be looked at again has come.
	DeskDue(now time.Time, limit int) ([]*Message, error)
	DeskCounts(now time.Time) ([]DeskCount, error)
	// Volumes counts what crossed since a time, by month, box, peer and type.
	Volumes(since time.Time) ([]Volume, error)
	// Delays lists the requests since a time, of types that open a thread, with the times
	// of the first direct acknowledgement and of the first direct answer that closes one.
	Delays(since time.Time, opens, closes []string) ([]Delay, error)
	// Counts by box, peer and state, for status.
	Counts() ([]Count, error)
	// Queued counts what waits for peer between two places of the queue, both included.
	Queued(peer schema.Jurisdiction, first, last int64) (int64, error)

	Task(n int64) (*Task, error)
	Tasks(f TaskFilter) ([]*Task, error) // oldest first
	TaskCounts(now time.Time) (TaskCounts, error)
	Children(parent Source) ([]schema.ID, error)           // our messages that were made from it
	Parents(child schema.ID) ([]Source, error)             // of one of our messages
	Amendments(id schema.ID, box Box) ([]schema.ID, error) // what corrects or revokes data of a message

	Draft(id schema.ID) (*Draft, error)
	Drafts(owner string, limit int) ([]*Draft, error) // changed last first

	Alike(l Likeness, limit int) ([]*Message, error) // messages that hold a value, the newest first
	DraftContents(id schema.ID) ([]*Content, error)  // its text, then its files
	DraftContent(name string) (*Content, error)
}

// Count is one line of the status.
type Count struct {
	Box   Box
	Peer  schema.Jurisdiction
	State State
	N     int64
}
