package auditor

import "fmt"

// books are one node's state as it lies in the database.
type books struct {
	Node
	keys     keys
	messages []*message          // in the order of n
	byBox    map[string]*message // "out/<id>", "in/<id>"
	pouches  []*pouch            // by box, peer, epoch, number
	byLine   map[string]*pouch   // "out/NL/1/42"
	entries  []*entry
	acts     map[string][]*entry // by act and subject
	journal  journal
	peers    []peer
	cards    []peer // every one that was ever in force here
	policies []version
	alarms   []alarm
	tally    map[string]int64 // "out NL queued"
	notary   []byte
	canaries map[string]bool // those met in an opened message
	damage   string          // what the integrity check says, "" if nothing
}

// message is one row with what its content says.
type message struct {
	n                                int64
	id, box, peer, kind, state, code string
	queue, epoch, seq, size          int64
	sha256                           []byte
	actor, releaser                  string // who submitted it, and who let it cross
	erased                           int64  // milliseconds, 0 if not
	reason                           string
	opened                           bool
	plain                            [32]byte // of the content
	fault                            string   // why the content could not be opened
	subject                          [32]byte // SHA-256 of the subject line
	question                         *question
	attached                         map[[32]byte]string // what is wrong with a file, by the digest that names it; "" is nothing
}

func (m *message) line() string { return ledgerLine(m.box, m.peer, m.epoch, m.seq) }

func ledgerLine(box, peer string, epoch, seq int64) string {
	return fmt.Sprintf("%s/%s/%d/%d", box, peer, epoch, seq)
}

// pouch is one ledger line with its two texts read.
type pouch struct {
	box, peer                                    string
	epoch, seq, first, last                      int64
	hash, manifest, signature, receipt, receipts []byte // receipts: the receipt's signature
	committed                                    int64  // milliseconds
	sent                                         *text  // of manifest, nil if it cannot be read
	answer                                       *text  // of receipt, nil while in flight or if it cannot be read
	fault                                        string
}

func (p *pouch) line() string { return ledgerLine(p.box, p.peer, p.epoch, p.seq) }

type peer struct {
	code              string
	fingerprint, card []byte
	suspended         bool
}

type version struct {
	version      int64
	sha256, text []byte
	at           int64 // milliseconds
	rules        *table
}

type alarm struct {
	n          int64
	peer, code string
}
