package node

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Overview is how the exchange goes, from records alone: no message is opened for it.
type Overview struct {
	Since  time.Time // what came before is not counted, but for what is open
	Peers  []PeerOverview
	Months []MonthVolume
	Types  []TypeVolume // most frequent first
}

// PeerOverview is how the exchange with one peer goes. Days are medians over the
// requests since the beginning; negative where there is none.
type PeerOverview struct {
	Peer                    schema.Jurisdiction
	OpenIn, OverdueIn       int64 // at this node: to be read or answered
	OpenOut, OverdueOut     int64 // at the peer: requests of ours that it has not ended
	AskedIn, AskedOut       int64 // requests since the beginning
	OursAcked, OursAnswered float64
	AckedBy, AnsweredBy     float64 // by the peer
}

// MonthVolume is how many messages crossed in a month.
type MonthVolume struct {
	Month   time.Time // its first day, UTC
	In, Out int64
}

// TypeVolume is how many messages of a type crossed.
type TypeVolume struct {
	Type    string
	In, Out int64
}

// Volume is how many messages of one type came from or went to a peer in a month.
type Volume struct {
	Month time.Time
	Box   Box
	Peer  schema.Jurisdiction
	Type  string
	N     int64
}

// Delay is how long a request of one box waited; zero times for what did not come.
type Delay struct {
	Box                    Box
	Peer                   schema.Jurisdiction
	Asked, Acked, Answered time.Time
}

// Overview of the last twelve months, this one included.
func (n *Node) Overview(ctx context.Context) (*Overview, error) {
	now := n.now()
	o := &Overview{Since: time.Date(now.Year(), now.Month()-11, 1, 0, 0, 0, 0, time.UTC)}
	var opens, closes []string
	for _, t := range n.Catalogue.Types() {
		if n.Catalogue.Opens(t.Name) {
			opens = append(opens, t.Name)
		}
		if n.Catalogue.Closes(t.Name) {
			closes = append(closes, t.Name)
		}
	}
	var counts []DeskCount
	var volumes []Volume
	var delays []Delay
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if counts, err = r.DeskCounts(now); err != nil {
			return err
		}
		if volumes, err = r.Volumes(o.Since); err != nil {
			return err
		}
		delays, err = r.Delays(o.Since, opens, closes)
		return err
	})
	if err != nil {
		return nil, err
	}
	o.volumes(volumes, now)
	o.peers(counts, delays)
	return o, nil
}

func (o *Overview) volumes(list []Volume, now time.Time) {
	types := map[string]*TypeVolume{}
	for m := o.Since; !m.After(now); m = m.AddDate(0, 1, 0) {
		o.Months = append(o.Months, MonthVolume{Month: m})
	}
	for _, v := range list {
		t := types[v.Type]
		if t == nil {
			t = &TypeVolume{Type: v.Type}
			types[v.Type] = t
		}
		i := slices.IndexFunc(o.Months, func(m MonthVolume) bool { return m.Month.Equal(v.Month) })
		if i < 0 {
			continue
		}
		if v.Box == In {
			t.In, o.Months[i].In = t.In+v.N, o.Months[i].In+v.N
		} else {
			t.Out, o.Months[i].Out = t.Out+v.N, o.Months[i].Out+v.N
		}
	}
	for _, t := range types {
		o.Types = append(o.Types, *t)
	}
	slices.SortFunc(o.Types, func(a, b TypeVolume) int {
		return cmp.Or(cmp.Compare(b.In+b.Out, a.In+a.Out), cmp.Compare(a.Type, b.Type))
	})
}

// waits of the requests with one peer, in days.
type waits struct{ oursAcked, oursAnswered, ackedBy, answeredBy []float64 }

func (o *Overview) peers(counts []DeskCount, delays []Delay) {
	of := map[schema.Jurisdiction]*PeerOverview{}
	peer := func(code schema.Jurisdiction) *PeerOverview {
		if of[code] == nil {
			of[code] = &PeerOverview{Peer: code}
		}
		return of[code]
	}
	for _, c := range counts {
		if p := peer(c.Peer); c.Box == In {
			p.OpenIn, p.OverdueIn = c.Open, c.Overdue
		} else {
			p.OpenOut, p.OverdueOut = c.Open, c.Overdue
		}
	}
	spent := map[schema.Jurisdiction]*waits{}
	for _, d := range delays {
		p := peer(d.Peer)
		if spent[d.Peer] == nil {
			spent[d.Peer] = &waits{}
		}
		w := spent[d.Peer]
		acked, answered := &w.ackedBy, &w.answeredBy
		if p.AskedOut++; d.Box == In {
			p.AskedOut--
			p.AskedIn++
			acked, answered = &w.oursAcked, &w.oursAnswered
		}
		if !d.Acked.IsZero() {
			*acked = append(*acked, days(d.Acked.Sub(d.Asked)))
		}
		if !d.Answered.IsZero() {
			*answered = append(*answered, days(d.Answered.Sub(d.Asked)))
		}
	}
	for code, p := range of {
		w := spent[code]
		if w == nil {
			w = &waits{}
		}
		p.OursAcked, p.OursAnswered, p.AckedBy, p.AnsweredBy = median(w.oursAcked), median(w.oursAnswered), median(w.ackedBy), median(w.answeredBy)
		o.Peers = append(o.Peers, *p)
	}
	slices.SortFunc(o.Peers, func(a, b PeerOverview) int { return cmp.Compare(a.Peer, b.Peer) })
}

// median of values, negative if there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return -1
	}
	slices.Sort(values)
	return quantile(values, 50)
}
