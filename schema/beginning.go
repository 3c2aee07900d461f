package schema

import (
	"time"
	"unicode/utf8"
)

// Beginning is what is known of a message before anybody writes it.
type Beginning struct {
	From       Address // of this side, as far as it is known
	To         Address
	Name       string // of the authority that writes
	Instrument string
	Answered   *Message  // nil if it answers none
	Received   time.Time // when Answered arrived here, or was sent from here
}

// maxSubject is what a subject may have, in characters.
const maxSubject = 200

// Begin gives the values that the form of a new message starts with: its addresses,
// the authority that writes where the type needs one, and, of an answer, what it
// answers and by which particulars. The problem is unknown_type.
func (c *Catalogue) Begin(name string, b Beginning) (Values, error) {
	t, err := c.Type(name)
	if err != nil {
		return nil, err
	}
	v := Values{"/handling/marking": {Unclassified.String()}}
	v.say("/from", string(b.From))
	v.say("/to", string(b.To))
	if t.instrument != "none" {
		v.say("/instrument", b.Instrument)
	}
	body := t.shape.find("body")
	for _, p := range body.props {
		if p.required && p.group() && p.find("name") != nil && p.find("country") != nil && p.category == "authority.contact" {
			v.say("/body/"+p.name+"/name", b.Name)
			if country := string(b.From.Jurisdiction()); isCountry(country) {
				v.say("/body/"+p.name+"/country", country)
			}
		}
	}
	if b.Answered != nil {
		c.answering(v, t, b)
	}
	return v, nil
}

func (v Values) say(pointer, text string) {
	if text != "" {
		v[pointer] = []string{text}
	}
}

// answering takes over what an answer shares with the message it answers.
func (c *Catalogue) answering(v Values, t *Type, b Beginning) {
	m := b.Answered
	if t.re != "none" {
		v.say("/re", string(m.ID))
	}
	v.say("/handling/marking", m.Marking.String())
	v.say("/case", m.Case)
	v.say("/subject", clip("Re: "+m.Subject))
	if t.instrument != "none" && b.Instrument == "" {
		v.say("/instrument", m.Instrument)
	}
	if len(m.Languages) > 0 {
		v["/languages"] = append([]string{}, m.Languages...)
	}
	reference := t.shape.at([]string{"body", "reference"})
	if reference == nil {
		return
	}
	authority, number := c.particulars(m)
	for name, text := range map[string]string{"authority": authority, "file_number": number, "message": string(m.ID),
		"date_issued": m.Created.Format(time.DateOnly), "date_transmitted": m.Created.Format(time.DateOnly), "date_received": b.Received.UTC().Format(time.DateOnly)} {
		if reference.find(name) != nil {
			v.say("/body/reference/"+name, text)
		}
	}
}

func clip(s string) string {
	for utf8.RuneCountInString(s) > maxSubject {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// particulars are the name of the authority that wrote a message, and its file number.
func (c *Catalogue) particulars(m *Message) (authority, number string) {
	authority, number = string(m.From), m.Case
	tree, p := c.parse(m.Raw)
	t := c.types[m.Type]
	if p != nil || t == nil {
		return authority, number
	}
	body, _ := tree["body"].(map[string]any)
	for _, part := range t.shape.find("body").props {
		o, _ := body[part.name].(map[string]any)
		if o == nil || part.category != "authority.contact" || part.find("file_number") == nil {
			continue
		}
		if name, ok := o["name"].(string); ok {
			authority = name
		}
		if file, ok := o["file_number"].(string); ok {
			number = file
		}
		break
	}
	return authority, number
}
