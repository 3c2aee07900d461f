package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/comity-exchange/comity/node"
)

// overviewLife is how long an overview is shown again before it is counted anew.
const overviewLife = time.Minute

// overviews keeps the last overview, so that looking at it often costs nothing.
type overviews struct {
	mu   sync.Mutex // guards what follows, and counting
	at   time.Time
	last *node.Overview
}

func (w *Web) overview(r *request) (*node.Overview, error) {
	o := &w.counted
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last != nil && w.Now().Sub(o.at) < overviewLife {
		return o.last, nil
	}
	last, err := w.Node.Overview(r.Context())
	if err == nil {
		o.last, o.at = last, w.Now()
	}
	return last, err
}

// dashboardData is all that the overview page shows.
type dashboardData struct {
	*node.Overview
	At     time.Time // when it was counted
	Totals node.PeerOverview
	Open   *chart
	Acks   *chart
	Waits  *chart
	Months *chart
	Types  *chart
	Asked  *chart
	Names  map[string]string // titles of types
	Years  []int             // of which statistics can be had
}

func (w *Web) dashboardPage(rw http.ResponseWriter, r *request) error {
	o, err := w.overview(r)
	if err != nil {
		return err
	}
	v := w.view(r)
	v.Title, v.At = words[v.Lang]["overview"], "overview"
	d := &dashboardData{Overview: o, At: w.counted.at, Names: map[string]string{}}
	for _, t := range o.Types {
		d.Names[t.Type] = w.title(t.Type, v.Lang)
	}
	for _, p := range o.Peers {
		d.Totals.OpenIn, d.Totals.OverdueIn = d.Totals.OpenIn+p.OpenIn, d.Totals.OverdueIn+p.OverdueIn
		d.Totals.OpenOut, d.Totals.OverdueOut = d.Totals.OpenOut+p.OpenOut, d.Totals.OverdueOut+p.OverdueOut
	}
	for year := w.Now().UTC().Year(); len(d.Years) < 3; year-- {
		d.Years = append(d.Years, year)
	}
	d.draw(v.Lang)
	v.Data = d
	return w.show(rw, http.StatusOK, "dashboard", v)
}

// draw makes the charts in a language.
func (d *dashboardData) draw(lang string) {
	say, mirror := words[lang], rightToLeft(lang)
	var open, acks, waits, askedOf []bar
	for _, p := range d.Peers {
		code := string(p.Peer)
		open = append(open, bar{code + " · " + say["with_us"], []barPart{{float64(p.OpenIn - p.OverdueIn), "first"}, {float64(p.OverdueIn), "bad"}}, whole(lang, p.OpenIn)},
			bar{code + " · " + say["with_them"], []barPart{{float64(p.OpenOut - p.OverdueOut), "second"}, {float64(p.OverdueOut), "bad"}}, whole(lang, p.OpenOut)})
		days := func(us, them float64) []bar {
			return []bar{{code + " · " + say["by_us"], []barPart{{us, "first"}}, daysText(lang, us)}, {code + " · " + say["by_them"], []barPart{{them, "second"}}, daysText(lang, them)}}
		}
		acks, waits = append(acks, days(p.OursAcked, p.AckedBy)...), append(waits, days(p.OursAnswered, p.AnsweredBy)...)
		askedOf = append(askedOf, bar{code + " · " + say["asked_us"], []barPart{{float64(p.AskedIn), "first"}}, whole(lang, p.AskedIn)},
			bar{code + " · " + say["we_asked"], []barPart{{float64(p.AskedOut), "second"}}, whole(lang, p.AskedOut)})
	}
	d.Open = barChart(say["open_by_peer"], open, mirror)
	d.Acks = barChart(say["days_to_acknowledge"], acks, mirror)
	d.Waits = barChart(say["days_to_answer"], waits, mirror)
	d.Asked = barChart(say["reciprocity"], askedOf, mirror)
	var types []bar
	for _, t := range d.Overview.Types[:min(len(d.Overview.Types), 12)] {
		types = append(types, bar{d.Names[t.Type], []barPart{{float64(t.In), "first"}, {float64(t.Out), "second"}}, whole(lang, t.In+t.Out)})
	}
	d.Types = barChart(say["by_type"], types, mirror)
	months := strings.Fields(say["months"])
	var columns []column
	for _, m := range d.Overview.Months {
		columns = append(columns, column{months[m.Month.Month()-1], []barPart{{float64(m.In), "first"}, {float64(m.Out), "second"}}})
	}
	d.Months = columnChart(lang, say["by_month"], columns, mirror)
}

// statistics sends the figures of one year as CSV (RFC 4180).
func (w *Web) statistics(rw http.ResponseWriter, r *request) error {
	year, err := r.number("year", int64(w.Now().UTC().Year()), 2000, 9999)
	if err != nil {
		return err
	}
	figures, err := w.Node.Figures(r.Context(), int(year))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	c := csv.NewWriter(&out)
	c.UseCRLF = true
	c.Write([]string{"year", "measure", "direction", "peer", "type", "instrument", "code", "value"})
	for _, f := range figures {
		c.Write(append([]string{strconv.FormatInt(year, 10)}, f.Row()...))
	}
	if c.Flush(); c.Error() != nil {
		return c.Error()
	}
	rw.Header().Set("Content-Disposition", disposition("comity-"+strings.ToLower(string(w.Node.Code()))+"-"+strconv.FormatInt(year, 10)+".csv"))
	sendBytes(rw, http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
	return nil
}
