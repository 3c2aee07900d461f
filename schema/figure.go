package schema

// Figures are what the statistics of a year count of one message.
type Figures struct {
	Type       string
	Instrument string   // "" if none
	Emergency  bool     // a threat to life or to critical infrastructure is stated
	Outcome    string   // code of a decision or result, "" if the type has none
	Grounds    []string // codes of refusal
}

// outcomes are the places where types say what came of a request.
var outcomes = []string{"/body/outcome", "/body/decision", "/body/extent"}

// Figures of a message's exact bytes, which Read has accepted.
func (c *Catalogue) Figures(raw []byte) Figures {
	tree, _ := c.parse(raw)
	str := func(pointer string) string {
		v, _ := lookup(tree, pointer)
		s, _ := v.(string)
		return s
	}
	f := Figures{Type: str("/type"), Instrument: str("/instrument")}
	threats, _ := lookup(tree, "/urgency/emergency")
	f.Emergency = len(stringsIn(threats)) > 0
	for _, pointer := range outcomes {
		if f.Outcome == "" {
			f.Outcome = str(pointer)
		}
	}
	grounds, _ := lookup(tree, "/body/grounds")
	list, _ := grounds.([]any)
	for _, g := range list {
		if m, ok := g.(map[string]any); ok {
			if code, ok := m["code"].(string); ok {
				f.Grounds = append(f.Grounds, code)
			}
		}
	}
	return f
}

// Closes tells whether a message of this type can end a life cycle.
func (c *Catalogue) Closes(name string) bool {
	for _, m := range c.machines {
		for i := range m.Transitions {
			t := &m.Transitions[i]
			if s := m.state(t.To); t.On == name && s != nil && s.End {
				return true
			}
		}
	}
	return false
}
