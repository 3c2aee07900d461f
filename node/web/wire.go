package web

import (
	"encoding/json"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// What travels in bodies of requests and answers. Times are UTC, RFC 3339;
// digests are 64 lower-case hexadecimal digits.

// Cursor says where the next page starts; opaque. "" is null in JSON: nothing follows.
type Cursor string

// MarshalJSON writes null for the end.
func (c Cursor) MarshalJSON() ([]byte, error) {
	if c == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(c))
}

// Page is how every list is answered.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  Cursor `json:"next"`
}

// Sent is the answer to a submission, and to a dry run.
type Sent struct {
	ID       schema.ID        `json:"id,omitempty"`    // "" when denied
	State    node.State       `json:"state,omitempty"` // "" after a dry run
	Decision policy.Decision  `json:"decision"`
	Findings []schema.Finding `json:"findings,omitempty"` // data categories found, after a dry run
	Replayed bool             `json:"-"`                  // the header Idempotency-Replayed: answered before under this key
}

// Item is one line of a list of messages.
type Item struct {
	ID         schema.ID           `json:"id"`
	Box        node.Box            `json:"box"`
	State      node.State          `json:"state"`
	Type       string              `json:"type"`
	Peer       schema.Jurisdiction `json:"peer"`
	From       schema.Address      `json:"from,omitempty"`
	To         schema.Address      `json:"to,omitempty"`
	Case       string              `json:"case,omitempty"`
	Re         schema.ID           `json:"re,omitempty"`
	Subject    string              `json:"subject,omitempty"`
	Instrument string              `json:"instrument,omitempty"`
	Created    time.Time           `json:"created"` // by its author
	Stored     time.Time           `json:"stored"`  // here: submitted or arrived
	Settled    time.Time           `json:"settled,omitzero"`
	Code       string              `json:"code,omitempty"`       // why it was refused or denied
	Erased     time.Time           `json:"erased,omitzero"`      // when its content was erased here: then nothing is known of it but this
	Reason     string              `json:"erased_for,omitempty"` // code of why
	Due        *schema.Deadline    `json:"due,omitempty"`        // of a message that opens a thread: what somebody must do next
	Flaws      []Flaw              `json:"flaws,omitempty"`
	Holder     string              `json:"holder,omitempty"` // who took it; in lists by time limit only
	Seen       time.Time           `json:"seen,omitzero"`    // first opened by a person; likewise
	Snooze     time.Time           `json:"snooze,omitzero"`  // put off until; likewise
}

// Flaw is what the thread of an answer that arrived did not allow. The answer is here
// all the same: legal acts cross on the wire, and a person decides what it is worth.
type Flaw struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
}

// Life is how the thread of a message stands.
type Life struct {
	Machine string        `json:"machine"`
	State   string        `json:"state"`
	End     bool          `json:"end"` // nothing is owed any more
	Since   time.Time     `json:"since,omitzero"`
	Side    schema.Side   `json:"side"` // of this node
	Next    []schema.Step `json:"next"` // what may come, from either side

	Events   []Noted    `json:"events,omitempty"`   // what no message tells, as it was noted, oldest first
	Noteable []Noteable `json:"noteable,omitempty"` // what may be noted now by this node
}

// Noted is an event of a thread that no message tells.
type Noted struct {
	Event string    `json:"event"` // as the life cycle names it
	At    time.Time `json:"at"`    // when it happened
	Noted time.Time `json:"noted"` // here
	Actor string    `json:"actor"`
}

// Noteable is an event that may be noted.
type Noteable struct {
	Event string            `json:"event"`
	Title map[string]string `json:"title"` // by language
}

// Message is one message and its way. In a trace, what only its content tells
// (message, attachments, subject, from, to) is absent.
type Message struct {
	Message     json.RawMessage `json:"message,omitempty"` // the exact bytes; SHA256 is theirs
	Item                        // box, state, times
	Size        int64           `json:"size"` // of the message, octets
	SHA256      string          `json:"sha256"`
	Actor       string          `json:"actor"` // who submitted it: "agency:demo", "peer:NL"
	Decision    Ruling          `json:"decision"`
	Receipts    []Receipt       `json:"receipts"`
	Attachments []Attachment    `json:"attachments"`
	Answers     []Item          `json:"answers"`            // known messages that answer it, oldest first
	Amended     []Item          `json:"amended_by"`         // corrections and erasures of its data, by its author
	Duties      []Task          `json:"duties"`             // open ones about it, oldest first
	Steps       []node.Step     `json:"steps"`              // oldest first
	Releaser    string          `json:"releaser,omitempty"` // who released it
	Deadline    time.Time       `json:"deadline,omitzero"`  // while it waits for release
	Reason      string          `json:"reason,omitempty"`   // of a returned one that was opened: why
	Dispute     *Dispute        `json:"dispute,omitempty"`  // in a trace: why a queued message does not go
	Actions     []Action        `json:"actions"`

	Life   *Life             `json:"life,omitempty"`   // absent if the thread has no life cycle
	Clocks []schema.Deadline `json:"clocks,omitempty"` // of the thread, the first to end first
}

// Ruling is the decision under which a message crossed.
type Ruling struct {
	Policy string `json:"policy"` // SHA-256
	Rule   string `json:"rule"`
}

// Receipt is the ledger line of the pouch that carries a message. Verdict is ""
// while the pouch is in flight.
type Receipt struct {
	Ledger    string    `json:"ledger"` // direction, peer, epoch, number: "out/NL/1/42"
	Epoch     int64     `json:"epoch"`
	Pouch     int64     `json:"pouch"`    // number in the ledger
	Manifest  string    `json:"manifest"` // SHA-256
	Committed time.Time `json:"committed"`
	Verdict   string    `json:"verdict,omitempty"` // accepted, refused
	Receipt   string    `json:"receipt,omitempty"` // SHA-256
	Settled   time.Time `json:"settled,omitzero"`
}

// Attachment is one attached file.
type Attachment struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"` // octets
	SHA256    string `json:"sha256"`
	Category  string `json:"category,omitempty"`
	Held      bool   `json:"held"` // its bytes are here and match SHA256
}

// Action is something that can be done with a message.
type Action struct {
	Name    string `json:"name"` // "proof", or "reply:" and a message type
	Allowed bool   `json:"allowed"`
	Why     string `json:"why,omitempty"` // why not
}

// ReleaseItem is one line of the release queue.
type ReleaseItem struct {
	Item
	Deadline time.Time       `json:"deadline"` // by when somebody must decide
	Author   string          `json:"author"`   // who submitted it, or "peer:NL"
	Own      bool            `json:"own"`      // by the caller: somebody else decides
	Decision policy.Decision `json:"decision"` // of the policy of today; approve is what waits
}

// Release is what a release would let cross.
type Release struct {
	Message json.RawMessage `json:"message,omitempty"` // the exact bytes; SHA256 is theirs
	ReleaseItem
	Size        int64            `json:"size"` // of the message, octets
	SHA256      string           `json:"sha256"`
	Attachments []Attachment     `json:"attachments"`
	Findings    []schema.Finding `json:"findings"` // all data categories in it
	Tag         string           `json:"tag"`      // the ETag without its quotes
}

// Backlog is what waits for release.
type Backlog struct {
	Held        int64     `json:"held"`
	Quarantined int64     `json:"quarantined"`
	Nearest     time.Time `json:"nearest,omitzero"` // deadline
}

// Type is a message type. Schema and Example are filled for one type only.
type Type struct {
	Name        string            `json:"name"`
	Version     int               `json:"version"`
	Title       map[string]string `json:"title"`        // by language
	LegalEffect map[string]string `json:"legal_effect"` // by language
	Replies     []string          `json:"replies"`      // types that may answer it
	Schema      json.RawMessage   `json:"schema,omitempty"`
	Example     json.RawMessage   `json:"example,omitempty"`
}

// Card is a jurisdiction's card without its keys.
type Card struct {
	Code        schema.Jurisdiction `json:"code"`
	Name        string              `json:"name"`
	Fingerprint string              `json:"fingerprint"` // of the root, 64 digits
	Serial      uint64              `json:"serial"`
	Issued      time.Time           `json:"issued"`
	Expires     time.Time           `json:"expires"`
	Endpoints   []Endpoint          `json:"endpoints"`
	TLS         string              `json:"tls"` // pin of the TLS key
	Accepts     []string            `json:"accepts"`
	Languages   []string            `json:"languages"`
	Text        string              `json:"text,omitempty"` // the card file; only for one's own card and a single peer
}

// Endpoint is where a jurisdiction can be reached.
type Endpoint struct {
	Addr string `json:"addr"`
	Hub  bool   `json:"hub,omitempty"`
	Pin  string `json:"pin,omitempty"` // of the hub's TLS key
}

// Peer is a pinned peer.
type Peer struct {
	Card
	Suspended bool            `json:"suspended"`
	Mentioned bool            `json:"mentioned"`          // some rule of the policy names it
	Queued    int64           `json:"queued"`             // messages that wait for its receipt
	Epoch     int64           `json:"epoch,omitempty"`    // of the ledgers with it; to operators only
	Disputes  []Dispute       `json:"disputes,omitempty"` // how the ledgers differ, if they do; to operators only
	Link      json.RawMessage `json:"link,omitempty"`     // gateway.LinkState; to operators only
}

// Dispute is a pouch that was refused because the two ledgers do not agree: one side
// was restored from a backup, or has begun a new epoch alone.
type Dispute struct {
	Box      node.Box   `json:"box"`      // out: the peer refused ours; in: we refused the peer's
	Code     string     `json:"code"`     // gap, equivocation, epoch
	Pouch    node.Place `json:"pouch"`    // the number refused
	Expected node.Place `json:"expected"` // the number that the receiving side expects
	Since    time.Time  `json:"since"`
	Detail   string     `json:"detail"` // what happened
	Fix      string     `json:"fix"`    // what to do
}

// Restarted is what a new epoch with a peer changed, or would change.
type Restarted struct {
	Peer     schema.Jurisdiction `json:"peer"`
	Was      int64               `json:"was"` // the epoch that ended
	Epoch    int64               `json:"epoch"`
	Sent     node.Place          `json:"sent"`             // last number used to the peer
	Received node.Place          `json:"received"`         // and from it
	Closed   int64               `json:"closed,omitempty"` // number whose receipt had not come; its messages wait again
	Again    int                 `json:"sent_again"`       // messages that the peer had accepted and lost
	Rekeyed  bool                `json:"rekeyed"`
	Done     bool                `json:"done"` // false after a dry run
}

// PeerCheck is what adding a card would do.
type PeerCheck struct {
	Card      Card   `json:"card"`
	Replaces  uint64 `json:"replaces,omitempty"` // serial of the card that is pinned now, 0 if none
	Mentioned bool   `json:"mentioned"`          // some rule of the policy names it
	Added     bool   `json:"added"`              // false after a check or a dry run
}

// Status is the node at a glance.
type Status struct {
	Card    Card            `json:"card"`
	Version string          `json:"version"` // of the program
	Started time.Time       `json:"started"`
	Counts  []Count         `json:"counts"`
	Peers   []Peer          `json:"peers"`
	Links   json.RawMessage `json:"links"` // list of gateway.LinkState
	Policy  PolicyVersion   `json:"policy"`
	Journal Checkpoint      `json:"journal"`
	Waiting Backlog         `json:"waiting"` // for release
	Duties  Duties          `json:"duties"`
}

// Duties counts tasks.
type Duties struct {
	Open    int64 `json:"open"`
	Overdue int64 `json:"overdue"` // open, and their last moment has passed
}

// Task is something that is owed about the data of a message.
type Task struct {
	N       int64               `json:"n"`
	Kind    node.TaskKind       `json:"kind"`
	Message schema.ID           `json:"message"`      // whose data it is about
	Box     node.Box            `json:"box"`          // of that message
	Peer    schema.Jurisdiction `json:"peer"`         // whom it is owed to; for pass-on, who has to be told
	Due     time.Time           `json:"due,omitzero"` // last moment
	Overdue bool                `json:"overdue"`
	State   node.TaskState      `json:"state"` // open, done, cancelled
	Made    time.Time           `json:"made"`
	Ended   time.Time           `json:"ended,omitzero"`
	Actor   string              `json:"actor,omitempty"`  // who ended it
	Cause   schema.ID           `json:"cause"`            // the message that asks for it
	Result  schema.ID           `json:"result,omitempty"` // the message that fulfils it
	Code    string              `json:"code,omitempty"`   // why it could not be done yet, or overdue
	Note    string              `json:"note,omitempty"`   // of who ended it; of a single task only
}

type taskRequest struct {
	Note string `json:"note,omitempty"`
}

type eraseRequest struct {
	Reason string `json:"reason"` // a code of correction_reasons
}

// Count of messages.
type Count struct {
	Box   node.Box            `json:"box"`
	Peer  schema.Jurisdiction `json:"peer"`
	State node.State          `json:"state"`
	N     int64               `json:"n"`
}

// Checkpoint is the journal's head.
type Checkpoint struct {
	Size int64  `json:"size"` // entries
	Root string `json:"root"` // RFC 6962
}

// PolicyVersion is a policy that is or was in force. Text and TestText are absent in lists.
type PolicyVersion struct {
	Version  int64     `json:"version"` // 0 before the first was applied
	SHA256   string    `json:"sha256"`
	Actor    string    `json:"actor,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Tests    int       `json:"tests"` // expectations that it held when it was applied
	Text     string    `json:"text,omitempty"`
	TestText string    `json:"test_text,omitempty"`
}

// PolicyCheck is what applying a policy would do.
type PolicyCheck struct {
	SHA256   string         `json:"sha256"`
	Warnings []ProblemError `json:"warnings"` // names that the catalogue does not know; apply refuses them
	Peers    []PeerCoverage `json:"peers"`    // which pinned peers it names
	Same     bool           `json:"same"`     // it is in force already
}

// PeerCoverage says whether any rule names a peer.
type PeerCoverage struct {
	Code      schema.Jurisdiction `json:"code"`
	Mentioned bool                `json:"mentioned"`
}

// Question is a policy.Question on the wire.
type Question struct {
	Peer       schema.Jurisdiction `json:"peer"`
	Direction  policy.Direction    `json:"direction"` // send, receive
	Type       string              `json:"type"`
	Instrument string              `json:"instrument,omitempty"`
	Marking    string              `json:"marking,omitempty"` // unclassified if absent
	Codes      []string            `json:"codes,omitempty"`
	Purposes   []string            `json:"purposes,omitempty"`
	Languages  []string            `json:"languages,omitempty"`
	Day        string              `json:"day,omitempty"` // "2026-12-31", UTC; today if absent
	Findings   []schema.Finding    `json:"findings,omitempty"`
}

// Ping is the answer of a peer's gateway.
type Ping struct {
	Milliseconds float64 `json:"ms"`
}

// ProblemError is one fault at one place.
type ProblemError struct {
	Code    string `json:"code"`
	Pointer string `json:"pointer,omitempty"` // RFC 6901, or "line 12" of a text file
	Detail  string `json:"detail"`
	Fix     string `json:"fix,omitempty"`
}

// Problem is the body of every refusal, application/problem+json (RFC 9457).
type Problem struct {
	Type     string           `json:"type"`  // "urn:comity:problem:" and the code
	Title    string           `json:"title"` // the status in words
	Status   int              `json:"status"`
	Code     string           `json:"code"` // stable
	Detail   string           `json:"detail"`
	Pointer  string           `json:"pointer,omitempty"`
	Fix      string           `json:"fix,omitempty"`
	Errors   []ProblemError   `json:"errors,omitempty"`
	Decision *policy.Decision `json:"decision,omitempty"` // for policy_denied, with its trace
	Findings []schema.Finding `json:"findings,omitempty"` // for policy_denied after a dry run
}

type cardRequest struct {
	Card        string `json:"card"`                  // the card file's text
	Fingerprint string `json:"fingerprint,omitempty"` // as read aloud; spaces and case do not matter
}

type restartRequest struct {
	Epoch       int64  `json:"epoch,omitempty"`       // 0: the one that is proposed
	ResendFrom  int64  `json:"resend_from,omitempty"` // first pouch that the peer lost; 0: what its refusal says
	Card        string `json:"card,omitempty"`        // when the peer has a new root
	Fingerprint string `json:"fingerprint,omitempty"` // of that root, as read aloud
}

type reasonRequest struct {
	Reason string `json:"reason"` // 1 to 1,000 characters
}

type policyRequest struct {
	Text  string `json:"text"`
	Tests string `json:"tests,omitempty"` // the test file that the policy must pass
}
