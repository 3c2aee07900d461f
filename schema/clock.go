package schema

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Clock is one time limit of an instrument.
type Clock struct {
	ID        string         `json:"id"` // "E-ACK"
	Article   string         `json:"article"`
	Source    string         `json:"source"`
	On        []string       `json:"on"`   // types whose thread has it; none: all that the instrument opens
	When      jsontext.Value `json:"when"` // schema of the opening message; none: always
	Start     string         `json:"start"`
	Period    Period         `json:"period"`
	Extension *Extension     `json:"extension"`
	By        Side           `json:"by"`       // who must act; its country's calendar counts. "" is executing
	Stops     []string       `json:"stops"`    // transitions
	Suspends  []string       `json:"suspends"` // transitions
	Resumes   []string       `json:"resumes"`  // transitions
	Warn      Period         `json:"warn"`     // before it is due
	Effect    string         `json:"effect"`   // when missed: flag, inform, consult; expire: the law ends something; bar: a right is lost
	Fires     string         `json:"fires"`    // transition that the law makes when the time has passed

	when map[string]*condition // by type
}

// Extension is how a clock may be put off: once, at most by its period; without a
// period as often as the other side is told, to the new estimate.
type Extension struct {
	Period   *Period  `json:"period"`
	By       []string `json:"by"`       // transitions
	Estimate string   `json:"estimate"` // pointer to the new date in the message, "" if it names none
	Article  string   `json:"article"`
}

// Effects of a missed clock.
var effects = []string{"flag", "inform", "consult", "expire", "bar"}

// ClockState is how a clock stands.
type ClockState string

const (
	Running   ClockState = "running"
	DueSoon   ClockState = "due-soon" // the time to warn has come
	Overdue   ClockState = "overdue"
	Suspended ClockState = "suspended"
	Met       ClockState = "met"     // what it asked for came in time
	Late      ClockState = "late"    // it came after the time
	Expired   ClockState = "expired" // the time passed, and the law drew its consequence
	Lapsed    ClockState = "ended"   // the thread ended without it, or a right was not used
)

// Deadline is a clock of one thread. Times are UTC; Due is the last second in time.
type Deadline struct {
	Clock    string     `json:"clock"`
	Article  string     `json:"article,omitempty"`
	By       Side       `json:"by"`
	State    ClockState `json:"state"`
	Start    time.Time  `json:"start"`
	Due      time.Time  `json:"due"`
	WarnAt   time.Time  `json:"warn_at"`
	Zone     string     `json:"zone"` // in which the days were counted
	Stopped  time.Time  `json:"stopped,omitzero"`
	Extended bool       `json:"extended,omitempty"`
	Effect   string     `json:"effect,omitempty"` // of missing it
}

// Pending tells whether somebody still owes something under the clock; a right that
// may lapse is not owed.
func (d *Deadline) Pending() bool {
	return d.Effect != "bar" && (d.State == Running || d.State == DueSoon || d.State == Overdue)
}

func (k *Clock) check() error {
	periods := []Period{k.Period, k.Warn}
	if k.Extension != nil && k.Extension.Period != nil {
		periods = append(periods, *k.Extension.Period)
	}
	for _, p := range periods {
		if err := p.check(); err != nil {
			return fmt.Errorf("clock %s: %w", k.ID, err)
		}
	}
	switch {
	case k.By == "":
		k.By = Executing
	case k.By != Issuing && k.By != Executing:
		return fmt.Errorf("clock %s binds %q", k.ID, k.By)
	}
	if !slices.Contains(effects, k.Effect) || (k.Effect == "expire") != (k.Fires != "") {
		return fmt.Errorf("clock %s has no effect", k.ID)
	}
	return nil
}

// bound holds that what a clock names exists in a machine that its instrument uses.
func (k *Clock) bound(m *Machine) error {
	names := slices.Concat(k.Stops, k.Suspends, k.Resumes)
	if k.Extension != nil {
		names = append(names, k.Extension.By...)
	}
	if k.Fires != "" {
		names = append(names, k.Fires)
		if t := m.transition(k.Fires); t != nil && t.By != ByClock {
			return fmt.Errorf("clock %s fires %s, which a message makes", k.ID, k.Fires)
		}
	}
	for _, id := range names {
		if m.transition(id) == nil {
			return fmt.Errorf("clock %s: machine %s has no transition %q", k.ID, m.ID, id)
		}
	}
	if !m.marks(k.Start) {
		return fmt.Errorf("clock %s: machine %s sets no mark %q", k.ID, m.ID, k.Start)
	}
	return nil
}

// deadline is how the clock stands in a thread at a moment; false if it has not started.
func (k *Clock) deadline(w *walk, now time.Time) (Deadline, bool) {
	mark, ok := w.marks[k.Start]
	if !ok {
		return Deadline{}, false
	}
	cal := w.calendar(k.By)
	d := Deadline{Clock: k.ID, Article: k.Article, By: k.By, Start: mark.at.UTC(), Zone: cal.zone.String(), Effect: k.Effect,
		Due: w.in.Counting.End(mark.at, k.Period, cal)}
	paused := k.follow(w, mark, cal, &d)
	d.WarnAt = k.Warn.before(d.Due, cal)
	switch {
	case d.State == Expired:
	case !d.Stopped.IsZero() && d.Stopped.After(d.Due):
		d.State = Late
	case !d.Stopped.IsZero():
		d.State = Met
	case w.ended(mark.index):
		d.State = Lapsed
	case paused:
		d.State = Suspended
	case now.After(d.Due) && k.Effect == "bar":
		d.State = Lapsed
	case now.After(d.Due):
		d.State = Overdue
	case !now.Before(d.WarnAt):
		d.State = DueSoon
	default:
		d.State = Running
	}
	return d, true
}

// follow applies what happened after the clock started.
func (k *Clock) follow(w *walk, mark moment, cal *Calendar, d *Deadline) (paused bool) {
	var since time.Time
	for _, f := range w.fired {
		if f.index <= mark.index || !d.Stopped.IsZero() {
			continue
		}
		id := f.transition.ID
		switch {
		case id == k.Fires:
			d.Stopped, d.State = f.at.UTC(), Expired
		case slices.Contains(k.Stops, id):
			d.Stopped = f.at.UTC()
		case slices.Contains(k.Suspends, id) && !paused:
			paused, since = true, f.at
		case slices.Contains(k.Resumes, id) && paused:
			paused = false
			d.Due = k.resumed(d.Due, since, f.at, w, cal)
		}
		if k.Extension != nil && slices.Contains(k.Extension.By, id) {
			k.extend(d, mark.at, f, w, cal)
		}
	}
	return paused
}

// resumed puts the due time off by as long as the duty rested: hours for clocks of
// hours, whole days for the others.
func (k *Clock) resumed(due, from, to time.Time, w *walk, cal *Calendar) time.Time {
	if k.Period.Unit == Hour {
		return due.Add(to.Sub(from))
	}
	days := int(day(to, cal).Sub(day(from, cal)).Hours() / 24)
	return cal.lastSecond(w.in.Counting.roll(day(due, cal).AddDate(0, 0, days), cal))
}

// extend puts the due time off, once to the limit of the extension or else to the estimate.
func (k *Clock) extend(d *Deadline, start time.Time, f firing, w *walk, cal *Calendar) {
	estimate, named := f.moment(k.Extension.Estimate, cal)
	most := k.Extension.Period
	switch {
	case most == nil && named:
		d.Due, d.Extended = later(d.Due, estimate), true
	case most != nil && !d.Extended:
		whole := Period{k.Period.N + most.N, k.Period.Unit}
		limit := w.in.Counting.End(start, whole, cal)
		if most.Unit != k.Period.Unit {
			limit = w.in.Counting.End(d.Due, *most, cal)
		}
		if d.Extended = true; named && estimate.Before(limit) {
			limit = estimate
		}
		d.Due = later(d.Due, limit)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// day is the day on which a moment falls where the calendar's clocks stand.
func day(t time.Time, cal *Calendar) time.Time {
	local := t.In(cal.zone)
	return date(local.Year(), local.Month(), local.Day())
}

// At is the state at a moment, as long as nothing else happens in the thread.
func (d *Deadline) At(now time.Time) ClockState {
	switch {
	case !d.Pending():
		return d.State
	case now.After(d.Due):
		return Overdue
	case !now.Before(d.WarnAt):
		return DueSoon
	}
	return Running
}
