package gateway

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/comity-exchange/comity/schema"
)

// Manifest is the signed list inside a pouch. Its SHA-256 is the identity of
// the pouch. PROTOCOL 3.1.
type Manifest struct {
	Head
	Prev    [32]byte // SHA-256 of the manifest with the number before, zeros for the first
	Entries []Entry  // messages first, in order, then the attachments they need
}

// Entry is one file of a pouch. Either ID is set or it is an attachment, which
// is named by its digest.
type Entry struct {
	SHA256 [32]byte
	ID     schema.ID
}

// Name of the file in the archive and in the manifest.
func (e *Entry) Name() string {
	if e.ID == "" {
		return "att/" + hex.EncodeToString(e.SHA256[:])
	}
	return string(e.ID) + ".json"
}

// Messages are the entries that are messages.
func (m *Manifest) Messages() []Entry {
	for i := range m.Entries {
		if m.Entries[i].ID == "" {
			return m.Entries[:i]
		}
	}
	return m.Entries
}

const (
	messageLine    = 64 + 2 + 36 + 5 + 1 // octets: digest, blanks, id, ".json", end
	attachmentLine = 64 + 2 + 4 + 64 + 1
	headLimit      = 512 // the headers are never longer
)

// Encode gives the one text of the manifest.
func (m *Manifest) Encode() []byte {
	b := make([]byte, 0, headLimit+attachmentLine*len(m.Entries))
	b = m.append(b, manifestForm, m.Prev)
	for i := range m.Entries {
		e := &m.Entries[i]
		b = append(hex.AppendEncode(b, e.SHA256[:]), ' ', ' ')
		if e.ID == "" {
			b = hex.AppendEncode(append(b, "att/"...), e.SHA256[:])
		} else {
			b = append(append(b, e.ID...), ".json"...)
		}
		b = append(b, '\n')
	}
	return b
}

// ParseManifest reads exactly what Encode writes.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) > MaxManifest {
		return nil, fmt.Errorf("manifest of %d octets: %w", len(text), errTooLarge)
	}
	var m Manifest
	l := lines{rest: text}
	m.Head, m.Prev = l.head(manifestForm)
	m.Entries = make([]Entry, 0, len(l.rest)/messageLine)
	seen := make(map[string]bool, cap(m.Entries))
	messages := 0
	for l.more() {
		e, name := l.entry()
		if e.ID != "" {
			messages++
		}
		// Messages come first, and no name comes twice.
		if seen[name] || e.ID != "" && messages != len(m.Entries)+1 {
			l.fail()
		}
		seen[name] = true
		m.Entries = append(m.Entries, e)
	}
	if l.err != nil {
		return nil, fmt.Errorf("manifest: %w", l.err)
	}
	if messages == 0 || messages > MaxMessages || len(m.Entries)-messages > MaxAttachments {
		return nil, fmt.Errorf("manifest of %d messages, %d files: %w", messages, len(m.Entries), errTooLarge)
	}
	if !bytes.Equal(m.Encode(), text) {
		return nil, fmt.Errorf("manifest does not re-encode to itself: %w", errForm)
	}
	return &m, nil
}

func (l *lines) entry() (e Entry, name string) {
	sum, file, _ := bytes.Cut(l.next(), []byte("  "))
	e.SHA256 = l.digest(sum)
	if digest, found := bytes.CutPrefix(file, []byte("att/")); found {
		if !bytes.Equal(digest, sum) {
			l.fail()
		}
		return e, string(file)
	}
	id, found := bytes.CutSuffix(file, []byte(".json"))
	var err error
	if e.ID, err = schema.ParseID(string(id)); err != nil || !found {
		l.fail()
	}
	return e, string(file)
}
