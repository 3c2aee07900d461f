package schema

import (
	"slices"
	"strings"
)

// kinds of input by the format of the field; a format that is not here is a line.
var kinds = map[string]InputKind{
	"text": TextInput, "date": DateInput, "instant": InstantInput, "country": CountryInput, "language": LanguageInput,
	"currency": CurrencyInput, "file-name": FileInput, "mail": MailInput, "phone": PhoneInput, "marking": CodeInput,
}

// plainly are the formats whose inputs need no word on how to write them.
var plainly = []string{"", "line", "text", "id", "date", "country", "language", "currency", "file-name", "marking"}

// leaf says how one text, or each of several, is filled in.
func (b *builder) leaf(i *Input, n *node, d requirement) {
	i.Length, i.Format = bounded(d.length()), n.format
	switch {
	case n.constant != nil:
		s, _ := text(n.constant)
		i.Kind, i.Options = DeclareInput, []Option{{s, i.Label}}
	case n.list != "":
		i.Kind, i.Options = CodeInput, b.codes(i, n.list, d)
	case n.kind == "boolean":
		i.Kind = FlagInput
	case n.kind == "integer":
		i.Kind = NumberInput
	case kinds[n.format] != "":
		i.Kind = kinds[n.format]
	default:
		i.Kind = LineInput
	}
	switch i.Kind {
	case CountryInput:
		i.Options = b.c.countries(b.lang)
	case LanguageInput:
		i.Options = b.c.tongues(b.lang)
	case CurrencyInput:
		i.Options = currencies()
	}
	switch {
	case n.format == "marking":
		i.Options = b.codes(i, "markings", d)
	case i.Pointer == "/instrument":
		i.Kind, i.Options = CodeInput, b.instruments(i)
	}
	if !slices.Contains(plainly, n.format) {
		i.Hint = b.hint(n.format)
	}
}

// hint is what a format's refusal would advise, in the reader's language.
func (b *builder) hint(name string) string {
	words := b.c.langs[b.lang].wording
	if f := formatNamed(name); f != nil {
		return words.text(f.fix)
	}
	return ""
}

// codes of a list that can stand in a field, and the one that stands there.
func (b *builder) codes(i *Input, list string, d requirement) (options []Option) {
	grounds := b.c.instruments[b.instrument]
	for _, code := range b.c.lists[list] {
		known := d.fits(code)
		if list == "refusal_grounds" && grounds != nil {
			_, known = grounds.Grounds[code]
		}
		if known || slices.Contains(i.Texts, code) {
			options = append(options, Option{code, b.c.Label(b.lang, list+"/"+code)})
		}
	}
	return options
}

// instruments that say something of the type, or all where none does.
func (b *builder) instruments(i *Input) (options []Option) {
	for _, code := range b.c.InstrumentsFor(b.form.Type.Name) {
		options = append(options, Option{code, b.c.Label(b.lang, code)})
	}
	for _, code := range i.Texts {
		if !slices.ContainsFunc(options, func(o Option) bool { return o.Code == code }) {
			options = append(options, Option{code, b.c.Label(b.lang, code)})
		}
	}
	return options
}

// InstrumentsFor lists the instruments on which a message of a type can rest: those
// that say something of it, or of one it answers; all where none does.
func (c *Catalogue) InstrumentsFor(name string) []string {
	t := c.types[name]
	if t == nil || t.instrument == "none" {
		return nil
	}
	var list []string
	for _, code := range c.Instruments() {
		if c.instruments[code].names(c, name) {
			list = append(list, code)
		}
	}
	if len(list) == 0 {
		return c.Instruments()
	}
	return list
}

// NeedsInstrument tells whether messages of the type must name one.
func (t *Type) NeedsInstrument() bool { return t.instrument == "required" }

// Answers tells whether messages of the type must name the message they answer.
func (t *Type) Answers() bool { return t.re == "required" }

// names holds if the profile is about messages of a type, or about what they answer.
func (in *Instrument) names(c *Catalogue, name string) bool {
	about := func(name string) bool {
		return in.Required[name] != nil || in.Declarations[name] != nil || in.Machines[name] != "" ||
			slices.ContainsFunc(in.Clocks, func(k Clock) bool { return slices.Contains(k.On, name) })
	}
	if about(name) {
		return true
	}
	for opening := range in.Machines {
		if t := c.types[opening]; t != nil && slices.Contains(t.Replies, name) {
			return true
		}
	}
	return false
}

// Family of a type: the part of its name before the first point.
func (t *Type) Family() string {
	family, _, _ := strings.Cut(t.Name, ".")
	return family
}
