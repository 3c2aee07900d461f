package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// control is one field of a form as it is shown.
type control struct {
	*schema.Input
	ID       string
	Title    string // Label, of a row with its number and what it begins with
	Faults   []string
	Open     bool   // shown unfolded
	Type     string // of an input of one line
	Size     string // "short", "middle" or "long"
	Radio    bool   // a choice of so few that all are shown
	List     string // of a row: the table it stands in
	Controls []*control
	Names    []string // of the files that are attached, for a field that names one
	Word     func(string) string

	lang string
}

// maxRadio codes are shown all at once, more in a list to open.
const maxRadio = 6

// idOf makes an element's id from a pointer.
func idOf(pointer string) string {
	return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", "-")
}

// sheet is what controls of one page share.
type sheet struct {
	lang   string
	word   func(string) string
	faults map[string][]string // by pointer of the field
	files  []string
}

// controls dresses the fields of a form for a page.
func (s *sheet) controls(inputs []*schema.Input) (list []*control) {
	for _, i := range inputs {
		list = append(list, s.control(i))
	}
	return list
}

func (s *sheet) control(i *schema.Input) *control {
	c := &control{Input: i, ID: idOf(i.Pointer), Title: i.Label, Faults: s.faults[i.Pointer], Names: s.files, Word: s.word, lang: s.lang}
	if c.Controls = s.controls(i.Inputs); i.Kind == schema.TableInput {
		c.rows()
	}
	c.Open = i.Filled() || i.Required || c.faulty()
	if amount := find(i.Inputs, "/amount"); amount >= 0 && find(i.Inputs, "/currency") >= 0 && i.Inputs[amount].Kind == schema.NumberInput {
		c.Controls[amount].Hint = s.word("minor_units_how")
	}
	c.shape()
	return c
}

func find(inputs []*schema.Input, ending string) int {
	return slices.IndexFunc(inputs, func(i *schema.Input) bool { return strings.HasSuffix(i.Pointer, ending) })
}

// faulty holds if something is wrong here or below.
func (c *control) faulty() bool {
	return len(c.Faults) > 0 || slices.ContainsFunc(c.Controls, (*control).faulty)
}

// rows numbers the rows of a table. Of many, only the last and those with a fault are unfolded.
func (c *control) rows() {
	for n, row := range c.Controls {
		row.List = c.Pointer
		row.Title = fmt.Sprintf("%s %d", c.Label, n+1)
		if begins := row.begins(); begins != "" {
			row.Title += ": " + begins
		}
		row.Open = len(c.Controls) <= 2 || n == len(c.Controls)-1 || row.faulty()
	}
}

// begins is the first text of a row, to know it by.
func (c *control) begins() string {
	for _, i := range c.Inputs {
		if (i.Kind == schema.LineInput || i.Kind == schema.TextInput) && len(i.Texts) > 0 && i.Texts[0] != "" {
			text := line(strings.Join(strings.Fields(i.Texts[0]), " "))
			if cut := []rune(text); len(cut) > 60 {
				return string(cut[:59]) + "…"
			}
			return text
		}
	}
	return ""
}

// shape chooses the element for the kind of field.
func (c *control) shape() {
	c.Type, c.Size = "text", "long"
	text := ""
	if len(c.Texts) > 0 {
		text = c.Texts[0]
	}
	switch c.Kind {
	case schema.DateInput:
		c.Size = "short"
		if _, err := time.Parse(time.DateOnly, text); text == "" || err == nil {
			c.Type = "date"
		}
	case schema.InstantInput:
		c.Size = "middle"
		if at, err := time.Parse(time.RFC3339, text); text == "" || err == nil && strings.HasSuffix(text, "Z") {
			if c.Type = "datetime-local"; text != "" {
				c.Texts = []string{at.Format("2006-01-02T15:04:05")}
			}
			c.Hint = c.Word("utc_how")
		}
	case schema.MailInput:
		c.Type = "email"
	case schema.PhoneInput:
		c.Type, c.Size = "tel", "middle"
	case schema.NumberInput:
		c.Size = "short"
	case schema.LineInput:
		if c.Size = c.width(); c.Format == "duration" {
			c.Size, c.Hint = "middle", c.Word("duration_how")
			if said := spoken(c.lang, text); said != "" && readDuration(c.lang, said) == text {
				c.Texts = []string{said}
			}
		}
	case schema.CodeInput:
		c.Radio = len(c.Options) <= maxRadio && c.Pointer != "/instrument" && c.Format != "pointer"
	}
	c.keepChoice()
}

// width of a line by what it holds.
func (c *control) width() string {
	switch {
	case c.Format == "line" && c.Length > 64, c.Format == "pointer", c.Format == "media-type", c.Format == "sha256":
		return "long"
	case c.Format == "line" && c.Length > 20, c.Format == "id", c.Format == "address", c.Format == "iban", c.Format == "ip":
		return "middle"
	}
	return "short"
}

// Long tells whether there are so many choices that they stand in columns.
func (c *control) Long() bool { return len(c.Options) > 8 }

// keepChoice lets a code that is none of the choices stay until somebody corrects it.
func (c *control) keepChoice() {
	if c.Kind == schema.FileInput {
		c.Options = nil
		for _, name := range c.Names {
			c.Options = append(c.Options, schema.Option{Code: name, Label: line(name)})
		}
	}
	switch c.Kind {
	case schema.CodeInput, schema.CountryInput, schema.LanguageInput, schema.CurrencyInput, schema.FileInput:
		for _, text := range c.Texts {
			if text != "" && !slices.ContainsFunc(c.Options, func(o schema.Option) bool { return o.Code == text }) {
				c.Options = append(slices.Clip(c.Options), schema.Option{Code: text, Label: line(text)})
			}
		}
	}
}

// Has tells whether a code is chosen.
func (c *control) Has(code string) bool { return slices.Contains(c.Texts, code) }

// Text is the one text of the field.
func (c *control) Text() string {
	if len(c.Texts) == 0 {
		return ""
	}
	return c.Texts[0]
}

// Lines are the texts of a field that takes several, and one more place.
func (c *control) Lines() []string {
	list := slices.Clone(c.Texts)
	if c.Most == 0 || len(list) < c.Most {
		list = append(list, "")
	}
	return list
}

// More tells whether a table takes another row.
func (c *control) More() bool { return c.Most == 0 || len(c.Controls) < c.Most }

// Coded tells whether a choice's labels should be followed by the codes themselves.
func (c *control) Coded() bool {
	return c.Kind == schema.LanguageInput || c.Kind == schema.CountryInput
}

// Described lists the ids of the hint and of the error, for aria-describedby.
func (c *control) Described() string {
	var ids []string
	if c.Hint != "" {
		ids = append(ids, c.ID+"-hint")
	}
	if len(c.Faults) > 0 {
		ids = append(ids, c.ID+"-error")
	}
	return strings.Join(ids, " ")
}
