package gateway

import (
	"errors"

	"github.com/comity-exchange/comity/schema"
)

// Public refusal codes of a receipt. A code never names the rule or the place:
// that stays in the refusing node's journal. PROTOCOL 3.2.
const (
	InvalidMessage    = "invalid_message"    // breaks the schema of its type, or a rule about it
	UnknownType       = "unknown_type"       // type or version not known here
	DeniedByPolicy    = "policy"             // may not enter
	DuplicateID       = "duplicate_id"       // the id is taken by other content
	WrongAddress      = "wrong_address"      // from or to is not the sealing or the receiving jurisdiction
	MissingAttachment = "missing_attachment" // described, but not in the pouch with that digest and size
	TooLarge          = "too_large"          // over MaxMessage
	QuarantineFull    = "quarantine_full"    // it would wait for a person, and too many of the peer's do already
)

// Codes of a signed refusal of a whole pouch. PROTOCOL 3.3.
const (
	Gap          = "gap"          // not the number expected next
	Equivocation = "equivocation" // the number, or the one before it, is spent on another manifest
	WrongEpoch   = "epoch"        // the ledger is in another epoch
)

// needsRelease is why a message of our own goes back to those that wait for a second person.
const needsRelease = "needs_release"

// damaged is why a message of our own store is held back: its bytes have changed.
const damaged = "content_damaged"

// Explained is a code with the sentence an operator reads.
type Explained struct{ Code, Meaning, Fix string }

// MessageCodes are the verdicts a receipt may give, besides accepted.
var MessageCodes = []Explained{
	{InvalidMessage, "The message breaks the schema of its type, or a rule about it.", "Validate it with comity types validate and submit a corrected message."},
	{UnknownType, "The receiving node does not know the type or its version.", "Use a type that the peer's card accepts."},
	{DeniedByPolicy, "The receiving node's policy does not let it in.", "Ask the peer's operator which types and categories it takes."},
	{DuplicateID, "The id belongs to another message already.", "Submit it again under a new id."},
	{WrongAddress, "From or to does not belong to the two jurisdictions of the pouch.", "Correct the address and submit it again."},
	{MissingAttachment, "An attachment that the message describes did not travel with it.", "Submit the message again with all its attachments."},
	{TooLarge, "The message is over the limit.", "Send the large part as evidence."},
	{QuarantineFull, "It would have to wait in the receiving node's quarantine, where too much waits already.", "Ask the peer's operator to look through the quarantine, then submit it again."},
}

// PouchCodes are the reasons to refuse a whole pouch.
var PouchCodes = []Explained{
	{Gap, "The peer expects another number.", "One of the two nodes was restored from an older state: agree on a new epoch with the peer's operator, then both run comity peer restart."},
	{Equivocation, "The peer holds another manifest under this number.", "Two nodes are running from one state, or one was restored: stop one, agree on a new epoch with the peer's operator, then both run comity peer restart."},
	{WrongEpoch, "The peer's ledger is in another epoch.", "One side has begun a new epoch alone: once its operators agree, the other runs comity peer restart."},
}

// LinkCodes are the other reasons why a link does not get its pouch receipted.
var LinkCodes = []Explained{
	{noRoute, "No route to the peer is connected.", "Nothing to do if the peer is down: the queue goes out when it is back. Otherwise check the endpoints of its card and the network."},
	{peerAbsent, "The routes are connected, but the peer's gateway is not there.", "Nothing to do: the queue goes out when the peer is back."},
	{noAnswer, "The peer did not answer in time.", "It is tried again by itself. If it lasts, ask the peer's operator to look at the log."},
	{badAnswer, "The answer was not a receipt signed by the peer.", "Compare cards with the peer: one of the two may hold old keys. If only a hub is between you, try another route."},
	{rootChanged, "A pouch under way names another root than the one pinned now.", "The peer or this node has a new root: agree on a new epoch with its operator, then both run comity peer restart."},
	{damaged, "A stored message no longer matches its digest.", "Restore the store from a backup, then compare ledgers with the peer."},
	{"wrong_host_key", "The host at the peer's address does not hold the key of its card.", "Ask the peer for its newest card, by a channel you trust."},
	{"mailbox", "The node's store did not answer.", "Look at the log, and at the disk."},
	{"unknown_peer", "The peer is not in the keyring.", "Add it with comity peer add."},
	{"not_sealed", "The peer's certificate has no key to seal to.", "Ask the peer for its newest card."},
}

// fixOf finds what to do about a code.
func fixOf(code string) string {
	for _, table := range [][]Explained{PouchCodes, LinkCodes} {
		for _, c := range table {
			if c.Code == code {
				return c.Fix
			}
		}
	}
	return "Look at the log of this node."
}

var (
	errTooLarge = errors.New("over a limit of PROTOCOL 8")
	errAbsent   = errors.New("not there")
)

// codeForm: refusal codes are 1 to 32 of a-z 0-9 _, starting with a letter.
func codeForm(code []byte) bool {
	for i, c := range code {
		if !(c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9')) {
			return false
		}
	}
	return len(code) > 0 && len(code) <= 32
}

// publicCode turns what the catalogue says of a message into what its sender is told.
func publicCode(err error) string {
	var p *schema.Problem
	if errors.As(err, &p) {
		switch {
		case p.Code == UnknownType || p.Code == "unknown_version":
			return UnknownType
		case p.Kind == schema.TooLarge:
			return TooLarge
		}
	}
	return InvalidMessage
}
