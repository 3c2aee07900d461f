package schema

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Side is who must act, or acted: by the part it has in the request, not by country.
type Side string

const (
	Issuing   Side = "issuing"   // sent the opening message
	Executing Side = "executing" // received it
	Either    Side = "either"
	ByClock   Side = "clock" // nobody: the law ends something when a time has passed
)

// Events that are no message. The opening message is sent, then received.
const (
	eventOpen    = "open"
	eventReceipt = "receipt"
)

// Words of "from" and "to" that stand for other states.
const (
	anyState = "*"
	anyOpen  = "*open" // any but the ends
	goBack   = "back"  // to the last state that was no side state
)

// Machine is the life cycle of one kind of request: states, and what leads from
// one to the next. An instrument may switch transitions off and cite its own articles.
type Machine struct {
	ID          string            `json:"id"`
	Title       map[string]string `json:"title"` // by language
	Source      string            `json:"source"`
	Opens       []string          `json:"opens"`   // types that start one, unless their instrument says otherwise
	Start       string            `json:"start"`   // state before the opening message
	Outside     []Outside         `json:"outside"` // events that no message tells
	States      []State           `json:"states"`
	Transitions []Transition      `json:"transitions"`
}

// State is one state of a machine.
type State struct {
	Name  string            `json:"name"`
	Title map[string]string `json:"title"`
	End   bool              `json:"end"`  // nothing is owed any more
	Side  bool              `json:"side"` // an interlude: "back" leads to where it began
}

// Transition is one step. A message that none of its machine's transitions names leaves the state as it is.
type Transition struct {
	ID      string         `json:"id"`
	From    []string       `json:"from"` // states, "*" for any, "*open" for any but the ends
	On      string         `json:"on"`   // message type or event; "" if a clock fires it
	By      Side           `json:"by"`
	To      string         `json:"to"` // "" stays, "back" leaves a side state
	Article string         `json:"article"`
	Guard   string         `json:"guard"` // what When says, in words
	When    jsontext.Value `json:"when"`  // schema of the message that makes this step
	Sets    []Mark         `json:"sets"`
	Clears  []string       `json:"clears"` // marks
	Source  string         `json:"source"`

	when *condition
}

// Mark is a moment that clocks start from. It is set once and stays until cleared.
type Mark struct {
	Name string `json:"name"`
	At   string `json:"at"`   // pointer to a date or instant in the message; "" when the message was sent
	Time string `json:"time"` // "received": when it arrived, "sent" or "": when it was written
}

func readMachines(fsys fs.FS) (map[string]*Machine, error) {
	all := map[string]*Machine{}
	err := each(fsys, "machines/*.json", func(name string, raw []byte) error {
		m := &Machine{}
		if err := json.Unmarshal(raw, m, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		all[m.ID] = m
		if m.ID != base(name) {
			return fmt.Errorf("its id is %q", m.ID)
		}
		return m.check()
	})
	return all, err
}

// check holds a machine to what can be said without knowing the types.
func (m *Machine) check() error {
	if m.state(m.Start) == nil {
		return fmt.Errorf("start %q is no state", m.Start)
	}
	seen := map[string]bool{}
	for i := range m.Transitions {
		t := &m.Transitions[i]
		if t.ID == "" || seen[t.ID] {
			return fmt.Errorf("transition %d has no id of its own", i)
		}
		seen[t.ID] = true
		if err := m.checkTransition(t); err != nil {
			return fmt.Errorf("transition %s: %w", t.ID, err)
		}
	}
	if err := m.checkOutside(); err != nil {
		return err
	}
	return m.reachable()
}

func (m *Machine) checkTransition(t *Transition) error {
	if !slices.Contains([]Side{Issuing, Executing, Either, ByClock}, t.By) || (t.By == ByClock) != (t.On == "") {
		return fmt.Errorf("%q cannot make it", t.By)
	}
	if len(t.From) == 0 {
		return fmt.Errorf("it starts nowhere")
	}
	for _, from := range t.From {
		if from != anyState && from != anyOpen && m.state(from) == nil {
			return fmt.Errorf("%q is no state", from)
		}
	}
	if t.To != "" && t.To != goBack && m.state(t.To) == nil {
		return fmt.Errorf("%q is no state", t.To)
	}
	for _, mark := range t.Sets {
		if mark.Name == "" || (mark.Time != "" && mark.Time != "sent" && mark.Time != "received") {
			return fmt.Errorf("mark %q has no time", mark.Name)
		}
	}
	for _, name := range t.Clears {
		if !m.marks(name) {
			return fmt.Errorf("nothing sets %q", name)
		}
	}
	return nil
}

// reachable holds that every state can be reached and every end is one.
func (m *Machine) reachable() error {
	reached := map[string]bool{m.Start: true}
	for range m.States {
		for i := range m.Transitions {
			t := &m.Transitions[i]
			if t.To == "" || t.To == goBack {
				continue
			}
			for name := range reached {
				if m.from(t, name) {
					reached[t.To] = true
					break
				}
			}
		}
	}
	for _, s := range m.States {
		if !reached[s.Name] {
			return fmt.Errorf("state %s cannot be reached", s.Name)
		}
	}
	return nil
}

func (m *Machine) state(name string) *State {
	for i := range m.States {
		if m.States[i].Name == name {
			return &m.States[i]
		}
	}
	return nil
}

func (m *Machine) transition(id string) *Transition {
	for i := range m.Transitions {
		if m.Transitions[i].ID == id {
			return &m.Transitions[i]
		}
	}
	return nil
}

// marks tells whether some transition sets a mark of this name.
func (m *Machine) marks(name string) bool {
	return slices.ContainsFunc(m.Transitions, func(t Transition) bool {
		return slices.ContainsFunc(t.Sets, func(k Mark) bool { return k.Name == name })
	})
}

// from tells whether a transition may start in a state.
func (m *Machine) from(t *Transition, state string) bool {
	for _, from := range t.From {
		if from == state || from == anyState || (from == anyOpen && !m.state(state).End) {
			return true
		}
	}
	return false
}

// Machine finds a life cycle by its id, nil if there is none.
func (c *Catalogue) Machine(id string) *Machine { return c.machines[id] }

// machines holds that what the life cycles name exists, and compiles their guards.
func (l *loader) machines() error {
	for id, m := range l.c.machines {
		if err := l.machine(m); err != nil {
			return fmt.Errorf("machines/%s.json: %w", id, err)
		}
	}
	return nil
}

func (l *loader) machine(m *Machine) error {
	var err error
	if m.Title, err = worded(l.c.langs, "machines/"+m.ID+"/title", m.Title); err != nil {
		return fmt.Errorf("title: %w", err)
	}
	for i := range m.States {
		s := &m.States[i]
		if s.Title, err = worded(l.c.langs, "machines/"+m.ID+"/states/"+s.Name, s.Title); err != nil {
			return fmt.Errorf("state %s: %w", s.Name, err)
		}
		for lang := range l.c.langs {
			l.c.langs[lang].flat[m.ID+"/"+s.Name] = s.Title[lang]
		}
	}
	if err := l.outside(m); err != nil {
		return err
	}
	for _, name := range m.Opens {
		if l.c.types[name] == nil {
			return fmt.Errorf("opens names %q, which is no type", name)
		}
		if l.c.opens[name] != nil {
			return fmt.Errorf("%s opens %s too", name, l.c.opens[name].ID)
		}
		l.c.opens[name] = m
	}
	for i := range m.Transitions {
		if err := l.transition(m, &m.Transitions[i]); err != nil {
			return fmt.Errorf("transition %s: %w", m.Transitions[i].ID, err)
		}
	}
	return nil
}

func (l *loader) transition(m *Machine, t *Transition) (err error) {
	event := t.On == "" || t.On == eventOpen || t.On == eventReceipt || m.outside(t.On) != nil
	typ := l.c.types[t.On]
	if !event && typ == nil {
		return fmt.Errorf("%q is no type and no event", t.On)
	}
	types := l.telling(m, t)
	for _, k := range t.Sets {
		missing := func(typ *Type) bool { return typ.shape.at(strings.Split(k.At[1:], "/")) == nil }
		if k.At != "" && (len(types) == 0 || slices.ContainsFunc(types, missing)) {
			return fmt.Errorf("%s %s does not exist", t.On, k.At)
		}
	}
	if t.When == nil {
		return nil
	}
	if len(types) == 0 {
		return fmt.Errorf("only a message can be asked about its content")
	}
	t.when, err = l.condition("machines/"+m.ID+"/"+t.ID, t.When, types...)
	return err
}

// telling lists the types of the messages that may make a transition.
func (l *loader) telling(m *Machine, t *Transition) (types []*Type) {
	if typ := l.c.types[t.On]; typ != nil {
		return []*Type{typ}
	}
	if t.On == eventOpen || t.On == eventReceipt {
		for _, name := range m.Opens {
			types = append(types, l.c.types[name])
		}
	}
	return types
}
