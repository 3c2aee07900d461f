package web

import (
	"net/http"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// eventRequest says what happened in a thread, and when.
type eventRequest struct {
	Event string `json:"event"`
	At    string `json:"at"` // a date or an instant
}

// noteEvent enters an event that no message tells. The answer is how the message that
// opened the thread stands then, without its content.
func (w *Web) noteEvent(rw http.ResponseWriter, r *request) error {
	id, err := r.id()
	if err != nil {
		return err
	}
	var ask eventRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	d, err := w.Node.Note(r.Context(), r.caller.actor(), id, ask.Event, ask.At)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.detail(d))
}

// life tells how the thread of a message stands.
func (w *Web) life(p *schema.Progress, d *node.Detail) *Life {
	l := &Life{Machine: p.Machine, State: p.State, End: p.End, Since: p.Since, Side: d.Side, Next: append([]schema.Step{}, p.Next...)}
	for _, f := range d.Facts {
		l.Events = append(l.Events, Noted{f.Event, f.At, f.Noted, f.Actor})
	}
	for _, e := range p.Events() {
		if p.May(e.Name, d.Side) == nil {
			l.Noteable = append(l.Noteable, Noteable{e.Name, e.Title})
		}
	}
	return l
}

// happened is one noted event, for a reader.
type happened struct {
	Label string
	At    time.Time
}

func (w *Web) happened(l *Life, lang string) (list []happened) {
	for _, e := range l.Events {
		list = append(list, happened{w.Node.Catalogue.Label(lang, l.Machine+"/"+e.Event), e.At})
	}
	return list
}
