package schema

import (
	"slices"
	"strings"
)

// Form is the entry form of a message type, filled as far as a draft is.
type Form struct {
	Type       *Type
	Instrument string // that the draft names, "" if none
	Sections   []*Section

	inputs map[string]*Input // by pointer
	home   map[*Input]*Section
}

// Section is one page of a form: a top-level part of the body, all its plain members
// together, or one of the parts that every message has.
type Section struct {
	Key    string // a name below, or "body." and the name of the part
	Label  string // of a part of the body, in the reader's language; "" where Key says it
	Inputs []*Input
	Filled bool // something was said here
	Wanted bool // a message of the type needs it
}

// Sections that a form has whatever its type.
const (
	Addressing  = "addressing"
	Urgency     = "urgency"
	Handling    = "handling"
	Particulars = "particulars" // members of the body that are no groups
	Pairs       = "translations"
	Attachments = "attachments" // has no inputs: its files travel beside the form
)

// InputKind is how a field is filled in.
type InputKind string

// Kinds of input.
const (
	GroupInput    InputKind = "group"    // of the Inputs in it
	TableInput    InputKind = "table"    // of rows, each a group
	LineInput     InputKind = "line"     // one line
	TextInput     InputKind = "text"     // several lines
	CodeInput     InputKind = "code"     // one of Options, or with Many any of them
	DateInput     InputKind = "date"     // 2026-11-23
	InstantInput  InputKind = "instant"  // UTC with seconds
	FlagInput     InputKind = "flag"     // true or false
	DeclareInput  InputKind = "declare"  // the one value of Options, or nothing
	NumberInput   InputKind = "number"   // an integer
	CountryInput  InputKind = "country"  // one of Options
	LanguageInput InputKind = "language" // one of Options, or another tag of BCP 47
	CurrencyInput InputKind = "currency" // one of Options
	FileInput     InputKind = "file"     // the name of an attachment
	MailInput     InputKind = "mail"
	PhoneInput    InputKind = "phone"
)

// Input is one field of a form.
type Input struct {
	Pointer  string
	Label    string // in the reader's language
	Hint     string // how to write it, in the reader's language; "" if that is plain
	Kind     InputKind
	Format   string   // of the text, "" if it has none
	Many     bool     // takes several texts
	Required bool     // must be filled if the group around it is
	Wanted   bool     // Required, and the group around it is in the message or must be
	Options  []Option // in the order to show them
	Texts    []string
	Length   int      // most characters, 0 if not bounded
	Most     int      // texts or rows, 0 if not bounded
	Inputs   []*Input // of a group its members; of a table its rows

	absent bool // a group or table that the draft does not have
}

// Option is one code to choose, with its label.
type Option struct{ Code, Label string }

// Filled holds if something was said in the field or in a field of it.
func (i *Input) Filled() bool {
	return i.Kind == TableInput && len(i.Inputs) > 0 || slices.ContainsFunc(i.Texts, filled) || slices.ContainsFunc(i.Inputs, (*Input).Filled)
}

// addressed are the members of the first section. The node fills in /from if it is left out.
var addressed = []string{"subject", "to", "from", "case", "instrument", "languages", "derived_from"}

// Form makes the entry form for a draft, a message or a part of one with its type, in
// a language. The error is a *Problem of Read.
func (c *Catalogue) Form(raw []byte, lang string) (*Form, error) {
	tree, p := c.parse(raw)
	if p != nil {
		return nil, p
	}
	name, _ := tree["type"].(string)
	t, err := c.Type(name)
	if err != nil {
		return nil, err
	}
	instrument, _ := tree["instrument"].(string)
	b := builder{c: c, lang: lang, instrument: instrument, asked: c.asked(t, instrument),
		form: &Form{Type: t, Instrument: instrument, inputs: map[string]*Input{}, home: map[*Input]*Section{}}}
	whole, body := c.requirements(t, instrument)
	common := b.members(t.shape, whole.on(tree), tree, "", true, func(n *node) bool { return n.name != "body" && n.name != Attachments })
	b.common(t, common)
	part, _ := tree["body"].(map[string]any)
	parts := b.members(t.shape.find("body"), append(whole.on(tree).member("body"), body...).on(part), part, "/body", true, nil)
	b.body(parts)
	b.pairs(t, tree)
	b.section(&Section{Key: Attachments, Filled: tree["attachments"] != nil})
	return b.form, nil
}

// builder makes one form.
type builder struct {
	c          *Catalogue
	lang       string
	instrument string
	asked      map[string]bool
	form       *Form
}

// common sorts the members that every message has into their sections.
func (b *builder) common(t *Type, inputs []*Input) {
	find := func(name string) *Input { return b.form.inputs["/"+name] }
	addressing := &Section{Key: Addressing}
	for _, name := range addressed {
		if i := find(name); i != nil && !(name == "instrument" && t.instrument == "none") {
			addressing.Inputs = append(addressing.Inputs, i)
		}
	}
	b.section(addressing)
	b.section(&Section{Key: Handling, Inputs: append(slices.Clone(find("handling").Inputs), find("retention"))})
	b.section(&Section{Key: Urgency, Inputs: find("urgency").Inputs})
}

// body gives each group of the body a section, and one to all that are none.
func (b *builder) body(parts []*Input) {
	plain := &Section{Key: Particulars}
	var groups []*Section
	for _, i := range parts {
		switch i.Kind {
		case GroupInput:
			groups = append(groups, &Section{Key: "body." + i.name(), Label: i.Label, Inputs: i.Inputs, Wanted: i.Wanted})
		case TableInput:
			groups = append(groups, &Section{Key: "body." + i.name(), Label: i.Label, Inputs: []*Input{i}})
		default:
			plain.Inputs = append(plain.Inputs, i)
		}
	}
	if len(plain.Inputs) > 0 {
		groups = slices.Insert(groups, 0, plain)
	}
	for _, s := range groups {
		b.section(s)
	}
}

// pairs lets a translation be of a text that is filled in.
func (b *builder) pairs(t *Type, tree map[string]any) {
	table := b.form.inputs["/translations"]
	var options []Option
	pointers, _ := t.texts(tree)
	for _, pointer := range pointers {
		options = append(options, Option{pointer, b.path(pointer)})
	}
	for _, row := range table.Inputs {
		of := b.form.inputs[row.Pointer+"/pointer"]
		of.Kind, of.Options, of.Hint = CodeInput, options, ""
	}
	b.section(&Section{Key: Pairs, Inputs: []*Input{table}})
}

// path names a text by the labels on the way to it, with the numbers of rows.
func (b *builder) path(pointer string) string {
	var parts []string
	for at := 1; at <= len(pointer); at++ {
		if at < len(pointer) && pointer[at] != '/' {
			continue
		}
		token := pointer[strings.LastIndexByte(pointer[:at], '/')+1 : at]
		row, numbered := rowNumber(token)
		switch i := b.form.inputs[pointer[:at]]; {
		case numbered && len(parts) > 0:
			parts[len(parts)-1] += " " + itoa(row+1)
		case i != nil:
			parts = append(parts, i.Label)
		}
	}
	return strings.Join(parts, " › ")
}

func (b *builder) section(s *Section) {
	for _, i := range s.Inputs {
		b.form.home[i] = s
		s.Filled, s.Wanted = s.Filled || i.Filled(), s.Wanted || i.Wanted
	}
	b.form.Sections = append(b.form.Sections, s)
}

// name of the member that the field stands for.
func (i *Input) name() string { return i.Pointer[strings.LastIndexByte(i.Pointer, '/')+1:] }

// members makes the fields of an object. there holds if the message has the object or needs it.
func (b *builder) members(n *node, d requirement, m map[string]any, pointer string, there bool, takes func(*node) bool) (list []*Input) {
	required := d.names(m)
	for _, p := range n.props {
		if takes != nil && !takes(p) {
			continue
		}
		at := pointer + "/" + p.name
		i := b.input(p, d.member(p.name).on(m[p.name]), m[p.name], at, b.c.field(b.lang, p.label), required[p.name] && at != "/from" || b.asked[at], there)
		list = append(list, i)
	}
	return list
}

func (b *builder) input(n *node, d requirement, v any, pointer, label string, required, there bool) *Input {
	i := &Input{Pointer: pointer, Label: label, Required: required, Wanted: required && there}
	b.form.inputs[pointer] = i
	switch {
	case n.table():
		i.Kind, i.Most = TableInput, bounded(d.most())
		rows, _ := v.([]any)
		i.absent = rows == nil
		for row, e := range rows {
			i.Inputs = append(i.Inputs, b.input(n.items, d.items().on(e), e, element(pointer, row), label, true, there))
		}
	case n.group():
		i.Kind = GroupInput
		m, _ := v.(map[string]any)
		i.absent = m == nil
		i.Inputs = b.members(n, d, m, pointer, i.Wanted || m != nil, nil)
	case n.items != nil:
		i.Many, i.Most = true, bounded(d.most())
		list, _ := v.([]any)
		for _, e := range list {
			s, _ := text(e)
			i.Texts = append(i.Texts, s)
		}
		b.leaf(i, n.items, d.items().on(nil))
	default:
		if s, ok := text(v); ok {
			i.Texts = []string{s}
		}
		b.leaf(i, n, d)
	}
	return i
}

func bounded(n int) int {
	if n == unbounded {
		return 0
	}
	return n
}

// Place finds the section and the field that a fault is about: the field at its
// pointer, or the nearest around it. Both are nil for one about the message as a
// whole, or about what the form does not have.
func (f *Form) Place(pointer string) (*Section, *Input) {
	switch {
	case pointer == "/attachments", strings.HasPrefix(pointer, "/attachments/"):
		return f.Section(Attachments), nil
	case pointer == "/re": // nobody types it
		return f.Section(Addressing), nil
	}
	var nearest *Input
	for ; pointer != ""; pointer = pointer[:strings.LastIndexByte(pointer, '/')] {
		i := f.inputs[pointer]
		if nearest == nil {
			nearest = i
		}
		if s := f.home[i]; i != nil && s != nil {
			return s, nearest
		}
		if s := f.holding(i); s != nil {
			return s, nearest
		}
	}
	return nil, nil
}

// holding is the section that shows a group member by member.
func (f *Form) holding(i *Input) *Section {
	if i == nil || len(i.Inputs) == 0 {
		return nil
	}
	return f.home[i.Inputs[0]]
}

// Section finds a section by its key, nil if there is none.
func (f *Form) Section(key string) *Section {
	for _, s := range f.Sections {
		if s.Key == key {
			return s
		}
	}
	return nil
}

// Owns tells whether a pointer belongs to one of the section's fields.
func (s *Section) Owns(pointer string) bool {
	return slices.ContainsFunc(s.Inputs, func(i *Input) bool {
		return pointer == i.Pointer || strings.HasPrefix(pointer, i.Pointer+"/")
	})
}

// Table finds a list of groups of the section by its pointer.
func (f *Form) Table(s *Section, pointer string) *Input {
	if i := f.inputs[pointer]; i != nil && i.Kind == TableInput && s.Owns(pointer) {
		return i
	}
	return nil
}

// Wanted lists the pointers of what the draft lacks: fields that must be filled and are
// not, and groups that must be there and are not begun.
func (f *Form) Wanted() []string {
	var list []string
	for pointer, i := range f.inputs {
		switch {
		case !i.Wanted || slices.Contains(filledIn, pointer) || f.above(pointer).absent:
		case i.Kind == GroupInput, i.Kind == TableInput:
			if i.absent {
				list = append(list, pointer)
			}
		case !i.Filled():
			list = append(list, pointer)
		}
	}
	slices.Sort(list)
	return list
}

// filledIn are the members that no form has and the node fills in.
var filledIn = []string{"/id", "/type", "/version", "/created"}

// above is the group around a field, an empty one at the top.
func (f *Form) above(pointer string) *Input {
	if i := f.inputs[pointer[:strings.LastIndexByte(pointer, '/')]]; i != nil {
		return i
	}
	return &Input{}
}

// Input finds a field by its pointer, nil if there is none.
func (f *Form) Input(pointer string) *Input { return f.inputs[pointer] }
