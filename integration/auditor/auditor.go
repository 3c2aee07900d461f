// Package auditor checks what a house of nodes has left on disk, when the nodes
// have stopped or on copies of their files. It shares no code with what it checks:
// it reads the databases by its own SQL, the signed texts by PROTOCOL, the vault and
// the contents by TRUST, the journal by RFC 6962, the policies by POLICY and the
// message types by SCHEMA, each as plainly as the text allows and never for speed.
// A test holds it to that.
//
// What must hold are ten invariants:
//
//	I1  a message that was answered is in the peer's inbox or still at its sender
//	I2  none is delivered twice
//	I3  delivered bytes are the sent bytes
//	I4  per peer, the order of delivery is the order of queueing
//	I5  a pouch number has one verdict, the same in both ledgers, and none is missing
//	I6  every decision, reading and change is in the journal, and the journal proves
//	I7  nothing crossed that the policy of its day forbids, or holds and nobody but its
//	    author released
//	I8  no content and no key lies in the clear on disk, in a log or at a broker
//	I9  memory and disk stay under their ceilings
//	I10 when all is quiet, every queue is empty
package auditor

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// House is all that one audit looks at.
type House struct {
	Nodes  []Node
	Sent   []Sent    // answered 202, those of one stream in the order of their answers
	Denied []Sent    // answered by a denial; only From, To and ID count
	Read   []Reading // messages that somebody was shown
	Types  fs.FS     // the catalogue's folder: message.json, common.json, types, codes

	// Canaries are texts planted in messages. Each must be in some message, and nowhere in the clear.
	Canaries []string
	// OneSubject says that no two messages of a sender were sent under the same subject line.
	OneSubject bool
	// Quiet says that faults have stopped and the queues had the time they may take.
	Quiet bool
	// Window is how far the moment of judging may lie from the moment that the ledger
	// states; 0 is 5 s. A policy counts as in force during it.
	Window time.Duration

	MemoryCeiling int64 // of one node's process, octets, 0 for none
	DiskCeiling   int64 // of one node's database with its log, octets, 0 for none
}

// Node is where one jurisdiction's state lies.
type Node struct {
	Code     string
	Database string   // path
	Vault    []byte   // the vault file
	Unlock   []byte   // the key file or passphrase
	Places   []string // files and folders that must hold nothing in the clear; those of the database are added
	Secrets  []string // files in them that are secret by purpose: the key file, the root
	Memory   int64    // the most the process ever used, octets, 0 if not measured
}

// Sent is one answer of a node's API.
type Sent struct {
	From, To string   // jurisdictions
	ID       string   // as answered
	SHA256   [32]byte // of the bytes handed in, zeros if the node completed them
	Stream   string   // messages of one stream were submitted one after the other
}

// Reading is one message that was shown by a node.
type Reading struct{ Node, ID string }

// Finding is one breach of an invariant.
type Finding struct {
	Invariant string // "I3"
	Node      string // jurisdiction, "" if it concerns several
	Place     string // message, ledger line, entry or file
	Words     string
}

func (f Finding) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s: %s", f.Invariant, f.Node, f.Place, f.Words))
}

// Report is the outcome of an audit: what was looked at, and what was found.
type Report struct {
	Messages, Delivered, Pouches, Entries, Policies int
	Findings                                        []Finding
}

func (r *Report) String() string {
	return fmt.Sprintf("%d messages sent, %d delivered, %d pouches, %d journal entries, %d policies: %d findings",
		r.Messages, r.Delivered, r.Pouches, r.Entries, r.Policies, len(r.Findings))
}

// Audit checks all invariants. An error means that something could not be read at
// all; what is readable and wrong is a finding.
func Audit(h House) (*Report, error) {
	if h.Window == 0 {
		h.Window = 5 * time.Second
	}
	a := &audit{House: h, nodes: map[string]*books{}, certificates: map[string]*certificate{}}
	types, err := readTypes(h.Types)
	if err != nil {
		return nil, err
	}
	a.types = types
	for _, n := range h.Nodes {
		b, err := a.open(n)
		if err != nil {
			return nil, fmt.Errorf("audit %s: %w", n.Code, err)
		}
		a.nodes[n.Code] = b
	}
	a.check()
	slices.SortStableFunc(a.report.Findings, func(x, y Finding) int { return strings.Compare(x.String(), y.String()) })
	return &a.report, nil
}

type audit struct {
	House
	nodes        map[string]*books
	types        *types
	certificates map[string]*certificate // by jurisdiction, from the cards that peers hold
	report       Report
}

func (a *audit) find(invariant, node, place, words string, args ...any) {
	a.report.Findings = append(a.report.Findings, Finding{invariant, node, place, fmt.Sprintf(words, args...)})
}

// check goes through the invariants node by node.
func (a *audit) check() {
	a.readCards()
	a.checkAnswers()
	for _, b := range a.sorted() {
		a.count(b)
		a.checkDatabase(b)
		a.checkDeliveries(b)
		a.checkLedgers(b)
		a.checkJournal(b)
		a.checkPolicy(b)
		a.checkClear(b)
		a.checkCeilings(b)
		a.checkQueues(b)
	}
	a.checkStreams()
	a.checkDenials()
	a.checkCanaries()
}

func (a *audit) sorted() []*books {
	var all []*books
	for _, n := range a.Nodes {
		all = append(all, a.nodes[n.Code])
	}
	return all
}

func (a *audit) count(b *books) {
	for _, m := range b.messages {
		if m.box == "out" {
			a.report.Messages++
		} else {
			a.report.Delivered++
		}
	}
	a.report.Pouches += len(b.pouches)
	a.report.Entries += len(b.entries)
	a.report.Policies += len(b.policies)
}
