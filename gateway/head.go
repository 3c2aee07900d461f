package gateway

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// Party is one end of a ledger: a jurisdiction under a certain root.
type Party struct {
	Code schema.Jurisdiction
	Root pki.Fingerprint
}

// Head is what the three signed texts of the border share. PROTOCOL 3.
type Head struct {
	From, To   Party
	Epoch, Seq uint64
	Date       time.Time // UTC, second precision
	Journal    [32]byte  // salted commitment to the author's journal head, zeros while there is none
}

// form names a kind of signed text and the header that chains it.
type form struct {
	title string // first line
	link  string // name of the header that holds a manifest's SHA-256
}

var (
	manifestForm = form{"# comity pouch 1", "prev"}
	receiptForm  = form{"# comity receipt 1", "pouch"}
	refusalForm  = form{"# comity refusal 1", "pouch"}
)

// dateForm is RFC 3339 in UTC with second precision.
const dateForm = "2006-01-02T15:04:05Z"

var errForm = errors.New("not in the form of PROTOCOL 3")

// append writes the headers in their one order.
func (h *Head) append(b []byte, f form, link [32]byte) []byte {
	b = append(append(b, f.title...), '\n')
	b = appendParty(b, "from", h.From)
	b = appendParty(b, "to", h.To)
	b = strconv.AppendUint(append(b, "# epoch: "...), h.Epoch, 10)
	b = strconv.AppendUint(append(b, "\n# seq: "...), h.Seq, 10)
	b = append(append(append(b, "\n# "...), f.link...), ": "...)
	b = hex.AppendEncode(b, link[:])
	b = h.Date.UTC().AppendFormat(append(b, "\n# date: "...), dateForm)
	b = hex.AppendEncode(append(b, "\n# journal: "...), h.Journal[:])
	return append(b, '\n')
}

func appendParty(b []byte, name string, p Party) []byte {
	b = append(append(append(b, "# "...), name...), ": "...)
	b = append(append(b, p.Code...), ' ')
	return append(hex.AppendEncode(b, p.Root[:]), '\n')
}

// lines reads a text line by line. The first fault stays.
type lines struct {
	rest []byte
	n    int // of the line last read
	err  error
}

func (l *lines) more() bool { return l.err == nil && len(l.rest) > 0 }

// next gives one line without its end.
func (l *lines) next() []byte {
	line, rest, found := bytes.Cut(l.rest, []byte{'\n'})
	l.n++
	if !found {
		l.fail()
		return nil
	}
	l.rest = rest
	return line
}

func (l *lines) fail() {
	if l.err == nil {
		l.err = fmt.Errorf("line %d: %w", l.n, errForm)
	}
}

// value gives what follows "# name: ".
func (l *lines) value(name string) []byte {
	value, found := bytes.CutPrefix(l.next(), []byte("# "+name+": "))
	if !found {
		l.fail()
	}
	return value
}

func (l *lines) party(name string) (p Party) {
	code, root, _ := bytes.Cut(l.value(name), []byte{' '})
	p.Root = pki.Fingerprint(l.digest(root))
	var err error
	if p.Code, err = schema.ParseJurisdiction(string(code)); err != nil {
		l.fail()
	}
	return p
}

func (l *lines) number(name string) uint64 {
	text := string(l.value(name))
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != text {
		l.fail()
	}
	return n
}

// digest reads 64 lower-case hexadecimal digits.
func (l *lines) digest(text []byte) (d [32]byte) {
	if len(text) != 64 || bytes.ContainsFunc(text, func(r rune) bool { return r < '0' || r > 'f' || r > '9' && r < 'a' }) {
		l.fail()
		return d
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		l.fail()
	}
	return d
}

func (l *lines) date() time.Time {
	text := string(l.value("date"))
	t, err := time.Parse(dateForm, text)
	if err != nil || t.Format(dateForm) != text {
		l.fail()
	}
	return t
}

func (l *lines) head(f form) (h Head, link [32]byte) {
	if string(l.next()) != f.title {
		l.fail()
	}
	h.From, h.To = l.party("from"), l.party("to")
	h.Epoch, h.Seq = l.number("epoch"), l.number("seq")
	link = l.digest(l.value(f.link))
	h.Date = l.date()
	h.Journal = l.digest(l.value("journal"))
	return h, link
}
