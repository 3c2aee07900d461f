package schema

import "time"

// Message is one cooperation message that was read strictly and found valid.
// It is immutable once read; Raw is what is signed, stored, hashed and exported.
type Message struct {
	ID           ID
	Type         string // "mla.request"
	Version      int
	From, To     Address
	Created      time.Time // UTC, second precision
	Case         string    // the sender's case reference, "" if none
	Re           ID        // the message this one answers, "" if none
	Instrument   string    // "EIO", "" if the type needs none
	Marking      Marking
	Codes        []string // handling codes, "H1"
	Languages    []string // BCP 47
	Urgent       bool     // its sender says that it is urgent, and why
	Subject      string   // one line
	Purposes     []string // codes of what the data is for, wherever the type has them, each once
	Attachments  []Attachment
	Restriction  string        // the handling note: other restrictions in words, "" if none
	Necessity    string        // why data of special categories is strictly necessary, "" if not said
	Conditions   []Condition   // on use
	DeleteBy     string        // date by which the data goes, "" if none
	ReviewBy     string        // date by which it is looked at again, "" if none
	DerivedFrom  []ID          // messages whose data it holds
	Translations []Translation // of its texts
	Emergency    bool          // it is to avert an immediate and serious threat

	Raw      []byte    // the exact bytes
	Findings []Finding // data categories actually present

	demands    []Demand
	reported   []ID         // messages whose use it reports
	cased      []*Provision // rules that depend on the case
	unlabelled []string     // places of people of whom no category is stated
}

// Condition is one condition on the use of a message's data.
type Condition struct {
	Code          string // "no-onward"
	Note          string
	AppliesTo     []string // places in the message, none: all of it
	Until         string   // date, "" if it has no end
	SetBy         Address  // "" if the sender set it
	InheritedFrom ID       // message it was set with, "" if this one
}

// Attachment describes one attached file.
type Attachment struct {
	Name      string
	MediaType string
	Size      int64
	SHA256    [32]byte
	Category  string
	Pointer   string // where in the message it is described
}

// File is the content of an attachment. It travels beside the message, named by its digest.
type File struct {
	SHA256 [32]byte
	Data   []byte
}

// Finding is one data category found at one place of a message.
type Finding struct {
	Pointer  string `json:"pointer"`           // RFC 6901
	Category string `json:"category"`          // "fin.account"
	Subject  string `json:"subject,omitempty"` // data-subject category of the person it is about: "victim", "" if none
	Minor    bool   `json:"minor,omitempty"`   // the person is marked as under 18
}
