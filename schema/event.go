package schema

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outside is an event that no message tells, such as the arrest of a person. The
// people of a case note it; it moves the life cycle as a message would.
type Outside struct {
	Name  string            `json:"name"`
	Title map[string]string `json:"title"` // by language
}

// outside finds an event that the machine lists, nil if it has none by that name.
func (m *Machine) outside(name string) *Outside {
	for i := range m.Outside {
		if m.Outside[i].Name == name {
			return &m.Outside[i]
		}
	}
	return nil
}

// checkOutside holds that every event has a name of its own and leads somewhere.
func (m *Machine) checkOutside() error {
	for i := range m.Outside {
		name := m.Outside[i].Name
		switch {
		case name == "" || m.outside(name) != &m.Outside[i] || m.state(name) != nil || name == eventOpen || name == eventReceipt:
			return fmt.Errorf("event %q has no name of its own", name)
		case !slices.ContainsFunc(m.Transitions, func(t Transition) bool { return t.On == name }):
			return fmt.Errorf("event %s makes no transition", name)
		}
	}
	return nil
}

// outside words the events of a machine.
func (l *loader) outside(m *Machine) (err error) {
	for i := range m.Outside {
		e := &m.Outside[i]
		if l.c.types[e.Name] != nil {
			return fmt.Errorf("event %s is a type", e.Name)
		}
		if e.Title, err = worded(l.c.langs, "machines/"+m.ID+"/events/"+e.Name, e.Title); err != nil {
			return fmt.Errorf("event %s: %w", e.Name, err)
		}
		for lang := range l.c.langs {
			l.c.langs[lang].flat[m.ID+"/"+e.Name] = e.Title[lang]
		}
	}
	return nil
}

// Events lists the events that this thread knows and no message tells.
func (p *Progress) Events() []Outside { return slices.Clone(p.walk.m.Outside) }

// May says why an event may not be noted now by one side, nil if it may: its code is
// unknown_event or event_not_in_state.
func (p *Progress) May(event string, by Side) *Problem {
	w := p.walk
	if w.m.outside(event) == nil {
		return &Problem{Kind: Invalid, Code: "unknown_event", Pointer: "/event", Detail: "This life cycle has no event of that name.", Fix: w.noteable(by)}
	}
	_, problem := w.step(Act{Type: event, By: by})
	if problem == nil {
		return nil
	}
	said := strings.NewReplacer(" cannot be sent now.", " cannot be noted now.", " side to send.", " side to note.").Replace(problem.Detail)
	return &Problem{Kind: Conflict, Code: "event_not_in_state", Pointer: "/event", Detail: said, Fix: w.noteable(by)}
}

// noteable says in words which events one side may note now.
func (w *walk) noteable(by Side) string {
	var list []string
	for _, e := range w.m.Outside {
		if t, problem := w.step(Act{Type: e.Name, By: by}); t != nil && problem == nil {
			list = append(list, e.Name)
		}
	}
	if len(list) == 0 {
		return "No event can be noted in this thread now."
	}
	return "Possible now: " + strings.Join(list, ", ") + "."
}

// Moment reads when something happened: an instant, or a date, which means its end
// where the calendar's clocks stand, but no later than now.
func (k *Calendar) Moment(s string, now time.Time) (time.Time, *Problem) {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, s); err != nil {
			return at, &Problem{Kind: Invalid, Code: "bad_moment", Pointer: "/at", Detail: "This is neither a date nor an instant.",
				Fix: "Write it as 2026-11-23 or 2026-11-23T21:05:52Z."}
		}
		today := at.Equal(day(now, k))
		if at = k.lastSecond(at); today {
			at = now
		}
	}
	if at.After(now) {
		return at, &Problem{Kind: Invalid, Code: "event_in_future", Pointer: "/at", Detail: "The event is dated in the future.", Fix: "Note it when it has happened."}
	}
	return at.UTC().Truncate(time.Second), nil
}
