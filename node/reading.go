package node

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/comity-exchange/comity/schema"
)

// ReadingReason is why a user opens a message with data of the most sensitive classes.
type ReadingReason struct {
	Code string    // of ReadingCodes
	Text string    // with code other: in the user's own words. It is sealed like content and no part of the journal
	Note schema.ID // under which the text was sealed before; then Text is ""
}

// ReadingOther is the reason that needs words.
const ReadingOther = "other"

// ReadingCodes are the reasons to choose from.
var ReadingCodes = []string{"assigned", "supervision", "quality", ReadingOther}

// mostSensitive is the sensitivity from which on a reading needs a reason: special
// categories, and what may identify a source or a victim.
const mostSensitive = 4

// maxReadingText bounds a reason in words, characters.
const maxReadingText = 200

// ParseReadingReason takes a code, and words with code other alone.
func ParseReadingReason(code, text string) (ReadingReason, error) {
	text = strings.TrimSpace(text)
	switch {
	case !slices.Contains(ReadingCodes, code):
		return ReadingReason{}, &schema.Problem{Kind: schema.Invalid, Code: "unknown_reason", Pointer: "/reason", Detail: "There is no such reason for a reading.",
			Fix: "Use one of " + strings.Join(ReadingCodes, ", ") + "."}
	case (code == ReadingOther) != (text != ""):
		return ReadingReason{}, &schema.Problem{Kind: schema.Invalid, Code: "reason_text", Pointer: "/text", Detail: "The reason other needs words, and no other reason takes them.",
			Fix: "Say in a few words why you open the message, with the reason other."}
	case !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxReadingText || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return ReadingReason{}, &schema.Problem{Kind: schema.Invalid, Code: "bad_reason_text", Pointer: "/text", Detail: "The words are not one line of at most 200 characters.",
			Fix: "Say it in one short line."}
	}
	return ReadingReason{Code: code, Text: text}, nil
}

type reasonKey struct{}

// Because gives a reason for what is read under a context.
func Because(ctx context.Context, r ReadingReason) context.Context {
	return context.WithValue(ctx, reasonKey{}, r)
}

// Unexplained says that a user must give a reason first. Nothing was read.
type Unexplained struct {
	*schema.Problem
	Message *Message
	Classes []string // categories that ask for it, each once, in the order of the message
}

// Unwrap gives the problem as it goes out.
func (u *Unexplained) Unwrap() error { return u.Problem }

// CodeUnexplained is the code of Unexplained.
const CodeUnexplained = "reading_reason_needed"

// sensitive lists the categories in a message that ask for a reason.
func (n *Node) sensitive(m *schema.Message) (classes []string) {
	for _, f := range m.Findings {
		if n.Catalogue.Sensitivity(f.Category) >= mostSensitive && !slices.Contains(classes, f.Category) {
			classes = append(classes, f.Category)
		}
	}
	return classes
}

// justify gives the reason that goes into the journal with a reading, none if the
// message needs none or its reader is no user, and the words to keep sealed. The problem
// is reading_reason_needed.
func (n *Node) justify(ctx context.Context, actor string, record *Message, m *schema.Message) (ReadingReason, []Content, error) {
	classes := n.sensitive(m)
	if len(classes) == 0 || !strings.HasPrefix(actor, userPrefix) {
		return ReadingReason{}, nil, nil
	}
	r, ok := ctx.Value(reasonKey{}).(ReadingReason)
	if !ok {
		p := &schema.Problem{Kind: schema.NotAllowed, Code: CodeUnexplained, Detail: "The message holds data of the most sensitive classes: " + strings.Join(classes, ", ") + ".",
			Fix: "Say why you open it, in the header Reading-Reason: " + strings.Join(ReadingCodes[:len(ReadingCodes)-1], ", ") + ", or other: and a few words."}
		return r, nil, &Unexplained{p, record, classes}
	}
	if r.Text == "" {
		return r, nil, nil
	}
	note := schema.NewID()
	sealed, err := n.seal(readingName(record)+"/"+string(note), []byte(r.Text))
	return ReadingReason{Code: r.Code, Note: note}, []Content{sealed}, err
}

// readingName begins the names under which the words of reasons are kept. They go when
// the message is erased: people may have written into them what stood in it.
func readingName(m *Message) string { return "reading/" + contentName(m.Box, m.ID) }

// detail is the reason in the journal, nil without one.
func (r ReadingReason) detail() map[string]string {
	switch {
	case r.Code == "":
		return nil
	case r.Note == "":
		return map[string]string{"reason": r.Code}
	}
	return map[string]string{"reason": r.Code, "note": string(r.Note)}
}

// Reading is one look at a message, with its reason.
type Reading struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act"`              // message.read, message.printed or message.exported
	Reason string    `json:"reason,omitempty"` // "" where none was needed
	Text   string    `json:"text,omitempty"`   // of reason other; "" once the message is erased
}

// Readings lists who looked at a message and why, oldest first, for those who watch
// over the node. Looking at it is journalled too.
func (n *Node) Readings(ctx context.Context, actor string, id schema.ID, box Box) ([]Reading, error) {
	var m *Message
	var entries []Entry
	notes := map[string]*Content{}
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if m, err = inBox(ctx, r, id, box, anyState); err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		kept, err := r.Contents(readingName(m))
		for _, c := range kept {
			notes[strings.TrimPrefix(c.Name, readingName(m)+"/")] = c
		}
		if err != nil {
			return err
		}
		entries, err = r.EntriesOf(string(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	err = n.Store.Update(ctx, func(tx Tx) error { return tx.Journal(n.entry(actor, "message.readings_listed", string(id), nil)) })
	if err != nil {
		return nil, err
	}
	return n.readings(entries, notes)
}

func (n *Node) readings(entries []Entry, notes map[string]*Content) (list []Reading, err error) {
	for _, e := range entries {
		if e.Act != "message.read" && e.Act != "message.printed" && e.Act != "message.exported" {
			continue
		}
		r := Reading{At: e.At, Actor: e.Actor, Act: e.Act, Reason: e.Detail["reason"]}
		if c := notes[e.Detail["note"]]; c != nil {
			text, err := n.Vault.Decrypt(c.Name, c.Sealed, c.Wrapped)
			if err != nil {
				return nil, err
			}
			r.Text = string(text)
		}
		list = append(list, r)
	}
	return list, nil
}
