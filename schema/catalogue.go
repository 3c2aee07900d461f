package schema

import "time"

// Catalogue holds the message types, instruments, codes and labels, compiled
// from the embedded data files. It is safe for concurrent use.
type Catalogue struct{}

// Type is one registered message type.
type Type struct {
	Name        string
	Version     int
	Title       map[string]string // by language
	LegalEffect map[string]string // by language
	Replies     []string          // types that may answer it
	Schema      []byte            // its JSON Schema 2020-12 document
	Example     []byte            // one complete valid message
}

// Load compiles the embedded catalogue. It fails only if the data files are wrong.
func Load() (*Catalogue, error) { panic("schema: not built") }

// Read parses one message strictly, validates it against its type and derives
// its categories. The error is a *Problem with a pointer for every fault.
func (c *Catalogue) Read(raw []byte) (*Message, error) { panic("schema: not built") }

// Draft fills what an agency may leave out of a message.
type Draft struct {
	ID       ID
	From, To Address
	Created  time.Time
}

// Complete adds the members id, version, from, to and created that raw lacks and
// leaves every other byte as it came. Members that are there are kept. Attachments
// that carry "data" (base64) are taken out as files and described by size and sha256 instead.
func (c *Catalogue) Complete(raw []byte, d Draft) ([]byte, []File, error) { panic("schema: not built") }

// Types lists the newest version of every type, by name.
func (c *Catalogue) Types() []*Type { panic("schema: not built") }

// Type finds a type by name.
func (c *Catalogue) Type(name string) (*Type, error) { panic("schema: not built") }

// Instruments lists the instrument codes.
func (c *Catalogue) Instruments() []string { panic("schema: not built") }

// Categories lists the data categories.
func (c *Catalogue) Categories() []string { panic("schema: not built") }

// Label gives the label of a code or field in a language, falling back to English, then to the code.
func (c *Catalogue) Label(lang, code string) string { panic("schema: not built") }

// Field is one line of a message's reading view, in the order of its schema.
type Field struct {
	Pointer string
	Depth   int    // nesting level, 0 at the top of body
	Label   string // in the reader's language
	Value   string // text to show; codes are shown as label and code
	Code    string // the code, if the field is coded
	Lang    string // BCP 47 of free text, "" if not known
}

// View renders a message's body for a reader.
func (c *Catalogue) View(m *Message, lang string) []Field { panic("schema: not built") }
