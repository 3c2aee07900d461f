package schema

import (
	"slices"
	"strings"
	"time"
)

// walk is a history on its way through a machine.
type walk struct {
	c     *Catalogue
	h     History
	in    *Instrument
	m     *Machine
	state string
	main  string // last state that was no side state
	since time.Time
	marks map[string]moment
	fired []firing
}

// moment is when a mark was set, and by which firing.
type moment struct {
	at    time.Time
	index int
}

// firing is a transition that was made.
type firing struct {
	transition *Transition
	act        Act
	at         time.Time
	index      int
	end        bool // it led to an end
}

// open sends and receives the opening message.
func (w *walk) open(a Act) {
	for _, event := range []struct {
		name string
		at   time.Time
	}{{eventOpen, a.Sent}, {eventReceipt, a.Received}} {
		for i := range w.m.Transitions {
			if t := &w.m.Transitions[i]; t.On == event.name && w.m.from(t, w.state) && !event.at.IsZero() && t.when.holds(a.Content) {
				w.fire(t, a, event.at)
				break
			}
		}
	}
}

// step finds the transition that an act makes now: nil if its type changes nothing,
// a problem if the type belongs to the life cycle but not here.
func (w *walk) step(a Act) (*Transition, *Problem) {
	named := w.named(a.Type)
	if len(named) == 0 {
		return nil, nil
	}
	on := slices.DeleteFunc(slices.Clone(named), func(t *Transition) bool { return slices.Contains(w.in.Off, t.ID) })
	if len(on) == 0 {
		return nil, w.refusal(a, named[0], "The instrument "+w.in.Code+" does not have this step.")
	}
	for _, t := range on {
		if w.m.from(t, w.state) && (t.By == Either || t.By == a.By) && t.when.holds(a.Content) {
			return t, nil
		}
	}
	return nil, w.refusal(a, w.closest(on, a), "")
}

// closest is the transition that lacks least, to word a refusal with.
func (w *walk) closest(list []*Transition, a Act) *Transition {
	best, least := list[0], 4
	for _, t := range list {
		lacks := 0
		if !w.m.from(t, w.state) {
			lacks++
		}
		if t.By != Either && t.By != a.By {
			lacks += 2
		}
		if lacks < least {
			best, least = t, lacks
		}
	}
	return best
}

func (w *walk) refusal(a Act, t *Transition, why string) *Problem {
	switch {
	case why != "":
	case t.By != Either && t.By != a.By:
		why = "It is for the " + string(t.By) + " side to send."
	case !w.m.from(t, w.state):
		why = "It does not come in the state " + w.state + "."
	default:
		why = "Its content does not fit: " + t.Guard + "."
	}
	if article := w.article(t); article != "" {
		why += " " + strings.TrimSpace(w.in.Code+" "+article) + "."
	}
	var possible []string
	for _, s := range w.next() {
		if (s.By == Either || s.By == a.By) && !slices.Contains(possible, s.Type) {
			possible = append(possible, s.Type)
		}
	}
	fix := "Nothing is left to send in this thread but what changes no state."
	if len(possible) > 0 {
		fix = "Possible now: " + strings.Join(possible, ", ") + "."
	}
	return &Problem{Kind: Conflict, Code: "reply_not_in_state", Pointer: "/type", Detail: a.Type + " cannot be sent now. " + why, Fix: fix}
}

// article is where the instrument has a transition.
func (w *walk) article(t *Transition) string {
	if a, ok := w.in.Articles[t.ID]; ok {
		return a
	}
	return t.Article
}

func (w *walk) named(event string) []*Transition {
	var list []*Transition
	for i := range w.m.Transitions {
		if t := &w.m.Transitions[i]; t.On == event {
			list = append(list, t)
		}
	}
	return list
}

// target is the state that a transition made now leads to.
func (w *walk) target(t *Transition) string {
	switch t.To {
	case "":
		return w.state
	case goBack:
		return w.main
	}
	return t.To
}

func (w *walk) fire(t *Transition, a Act, at time.Time) {
	to := w.target(t)
	if to != w.state {
		w.state, w.since = to, at
	}
	state := w.m.state(to)
	if !state.Side {
		w.main = to
	}
	f := firing{t, a, at, len(w.fired) + 1, state.End}
	w.fired = append(w.fired, f)
	for _, name := range t.Clears {
		delete(w.marks, name)
	}
	for _, k := range t.Sets {
		w.set(k, f)
	}
}

func (w *walk) set(k Mark, f firing) {
	if _, there := w.marks[k.Name]; there {
		return
	}
	at := f.at
	if k.Time == "received" {
		at = f.act.Received
	}
	if named, ok := f.moment(k.At, w.calendar(Executing)); ok {
		at = named
	}
	if !at.IsZero() {
		w.marks[k.Name] = moment{at, f.index}
	}
}

// moment reads a date or an instant from the act's message. A date means its end.
func (f firing) moment(pointer string, cal *Calendar) (time.Time, bool) {
	if pointer == "" {
		return time.Time{}, false
	}
	v, _ := lookup(f.act.Content, pointer)
	s, _ := v.(string)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, false
	}
	return cal.lastSecond(t), true
}

// calendar of the side that must act.
func (w *walk) calendar(by Side) *Calendar {
	if by == Issuing {
		return w.c.Calendar(w.h.Issuing)
	}
	return w.c.Calendar(w.h.Executing)
}

// expire makes the transitions of the law whose time had passed by now.
func (w *walk) expire(now time.Time) {
	for range len(w.m.Transitions) { // each can be made at most once before something else happens
		t, at := w.expired(now)
		if t == nil {
			return
		}
		w.fire(t, Act{By: ByClock}, at)
	}
}

func (w *walk) expired(now time.Time) (first *Transition, at time.Time) {
	for i := range w.in.Clocks {
		k := &w.in.Clocks[i]
		if k.Fires == "" || !w.runs(k) || slices.Contains(w.in.Off, k.Fires) {
			continue
		}
		t := w.m.transition(k.Fires)
		d, started := k.deadline(w, now)
		if started && d.State == Overdue && w.m.from(t, w.state) && (first == nil || d.Due.Before(at)) {
			first, at = t, d.Due
		}
	}
	return first, at
}

// runs tells whether a clock is one of this thread.
func (w *walk) runs(k *Clock) bool {
	when, on := k.when[w.h.Acts[0].Type]
	return on && when.holds(w.h.Acts[0].Content)
}

// ended tells whether the thread came to an end after a firing.
func (w *walk) ended(index int) bool {
	return slices.ContainsFunc(w.fired, func(f firing) bool { return f.end && f.index > index })
}

func (w *walk) deadlines(now time.Time) []Deadline {
	var list []Deadline
	for i := range w.in.Clocks {
		k := &w.in.Clocks[i]
		if !w.runs(k) {
			continue
		}
		if d, started := k.deadline(w, now); started {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b Deadline) int { return a.Due.Compare(b.Due) })
	return list
}

// next lists the messages that may come now, by whom.
func (w *walk) next() []Step {
	var list []Step
	for i := range w.m.Transitions {
		t := &w.m.Transitions[i]
		if w.c.types[t.On] == nil || !w.m.from(t, w.state) || slices.Contains(w.in.Off, t.ID) {
			continue
		}
		list = append(list, Step{t.On, t.By, w.target(t), w.article(t)})
	}
	return list
}
