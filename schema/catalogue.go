package schema

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Catalogue holds the message types, instruments, codes and labels, compiled
// from the embedded data files. It is safe for concurrent use.
type Catalogue struct {
	types       map[string]*Type
	instruments map[string]*Instrument
	machines    map[string]*Machine
	opens       map[string]*Machine // by opening type
	calendars   map[string]*Calendar
	provisions  []*Provision
	langs       map[string]labels
	lists       map[string][]string // codes by list, in the order of the file
	purposes    []string            // codes of the lists that say what data is for, sorted
	sensitivity map[string]int      // of each category
	special     []string            // categories of Directive (EU) 2016/680, Article 10
	implies     map[string]string   // data-subject category to the category a person of that kind stands for
	schema      *jsonschema.Schema  // of the common part
	rule        *rule               // the same, to say yes with
	shape       *node               // of the common part
	known       map[string]any      // field names and codes, ready to be shared by trees
	readers     sync.Pool           // of *reader
	choices     sync.Map            // []Option by what they name, "/" and language
}

// Type is one registered message type.
type Type struct {
	Name        string
	Version     int
	Title       map[string]string // by language
	LegalEffect map[string]string // by language
	Replies     []string          // types that may answer it
	AnswersAny  bool              // it may answer every message, because every message holds data
	Schema      []byte            // JSON Schema 2020-12 of its body; references are relative to Files
	Example     []byte            // one complete valid message

	instrument  string             // required, optional or none
	instruments []string           // on which alone it may rest, none: any
	re          string             // id of the message it answers: required, optional or none
	validator   *jsonschema.Schema // of the body
	rule        *rule              // the same, to say yes with
	shape       *node              // of the whole message
	provisions  []*Provision       // rules about messages of this type
	grounds     [][]string         // places of codes that must be grounds of the instrument; "" stands for an index
	consulted   string             // pointer to the consultation that some grounds need, "" if none is told
}

// Types lists the newest version of every type, by name.
func (c *Catalogue) Types() []*Type {
	list := slices.Collect(maps.Values(c.types))
	slices.SortFunc(list, func(a, b *Type) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Type finds a type by name. The error of an unknown one names those that exist.
func (c *Catalogue) Type(name string) (*Type, error) {
	if t := c.types[name]; t != nil {
		return t, nil
	}
	return nil, c.unknownType(name)
}

func (c *Catalogue) unknownType(name string) *Problem {
	names := slices.Sorted(maps.Keys(c.types))
	fix := "The types that there are: comity types list."
	if near := Nearest(name, names); near != "" {
		fix = "Did you mean " + near + "? " + fix
	}
	return invalid("unknown_type", "/type", "There is no such message type here.", fix)
}

// Example gives one complete valid message of a type, as its file stands.
func (c *Catalogue) Example(name string) ([]byte, error) {
	t, err := c.Type(name)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.Example), nil
}

// Instruments lists the instrument codes.
func (c *Catalogue) Instruments() []string { return slices.Sorted(maps.Keys(c.instruments)) }

// Categories lists the data categories, in the order of their list.
func (c *Catalogue) Categories() []string { return slices.Clone(c.lists["categories"]) }

// Codes lists the codes of one list, in its order; nil if there is no such list.
func (c *Catalogue) Codes(list string) []string { return slices.Clone(c.lists[list]) }

// Purposes lists the codes that say what data is for, of all lists, sorted.
func (c *Catalogue) Purposes() []string { return slices.Clone(c.purposes) }

// Sensitivity of a category, from 0 (public office data) to 4; 4 if it is not known.
func (c *Catalogue) Sensitivity(category string) int {
	if s, ok := c.sensitivity[category]; ok {
		return s
	}
	return 4
}
