package node

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Figure is one number of a year's statistics. It counts; it names nobody.
type Figure struct {
	Measure    string // see measures
	Direction  string // "out": this jurisdiction asked or sent; "in": it was asked or received
	Peer       schema.Jurisdiction
	Type       string // of the message counted, or of the request
	Instrument string // "" if none
	Code       string // outcome or ground, "" where the measure has none
	Value      float64
}

// Measures of a year. Days are of 24 hours.
const (
	measureMessages  = "messages"
	measureEmergency = "emergency requests"
	measureOutcome   = "answers by outcome"
	measureGround    = "refusals by ground"
	measureRefused   = "not taken in by the peer"
	measureNoAnswer  = "requests without an answer"
	measureAckMedian = "days to acknowledge, median"
	measureAck90     = "days to acknowledge, 90 % within"
	measureMedian    = "days to answer, median"
	measure90        = "days to answer, 90 % within"
)

// Figures counts what a calendar year (UTC, by the time here) brought. It opens every
// message of that year and of the answers to its requests, so it takes its time.
func (n *Node) Figures(ctx context.Context, year int) ([]Figure, error) {
	c := &count{n: n, from: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), to: time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC),
		sums: map[Figure]float64{}, asked: map[schema.ID]*asked{}}
	for after := int64(0); ; {
		var messages []*Message
		var sealed []*Content
		err := n.Store.View(ctx, func(r Reader) (err error) {
			messages, sealed, err = c.batch(r, after)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(messages) == 0 {
			return c.figures(), nil
		}
		for i, m := range messages {
			if after = m.N; sealed[i] == nil {
				continue
			}
			raw, _, err := n.decrypt(sealed[i : i+1])
			if err != nil {
				return nil, err
			}
			c.take(m, n.Catalogue.Figures(raw))
		}
	}
}

// count is a walk over the messages.
type count struct {
	n        *Node
	from, to time.Time
	sums     map[Figure]float64 // by figure without its value
	asked    map[schema.ID]*asked
}

// asked is a request of the year and what came of it.
type asked struct {
	key                Figure
	at, acked, replied time.Time
}

// batch reads messages in order, and the contents of those that count.
func (c *count) batch(r Reader, after int64) (messages []*Message, sealed []*Content, err error) {
	if messages, err = r.MessagesAfter(after, 200); err != nil {
		return nil, nil, err
	}
	sealed = make([]*Content, len(messages))
	for i, m := range messages {
		if !c.within(m) && c.asked[m.Re] == nil {
			continue
		}
		if sealed[i], err = r.Content(contentName(m.Box, m.ID)); err != nil {
			return nil, nil, err
		}
	}
	return messages, sealed, nil
}

func (c *count) within(m *Message) bool { return !m.Stored.Before(c.from) && m.Stored.Before(c.to) }

func (c *count) take(m *Message, f schema.Figures) {
	key := Figure{Direction: string(m.Box), Peer: m.Peer, Type: m.Type, Instrument: f.Instrument}
	if m.State == Denied {
		return // never left
	}
	if q := c.asked[m.Re]; q != nil && q.key.Direction != key.Direction && m.State != Refused {
		q.answered(m, c.n.Catalogue.Closes(m.Type))
	}
	if !c.within(m) {
		return
	}
	add := func(measure, code string) {
		k := key
		k.Measure, k.Code = measure, code
		c.sums[k]++
	}
	add(measureMessages, "")
	if m.State == Refused {
		add(measureRefused, m.Code)
		return
	}
	if f.Emergency {
		add(measureEmergency, "")
	}
	if f.Outcome != "" {
		add(measureOutcome, f.Outcome)
	}
	for _, ground := range f.Grounds {
		add(measureGround, ground)
	}
	if c.n.Catalogue.Opens(m.Type) {
		c.asked[m.ID] = &asked{key: key, at: m.Stored}
	}
}

func (q *asked) answered(m *Message, closes bool) {
	if m.Type == "status.acknowledged" && q.acked.IsZero() {
		q.acked = m.Stored
	}
	if closes && q.replied.IsZero() {
		q.replied = m.Stored
	}
}

// figures sorts what was counted.
func (c *count) figures() []Figure {
	acks, replies := map[Figure][]float64{}, map[Figure][]float64{}
	for _, q := range c.asked {
		if !q.acked.IsZero() {
			acks[q.key] = append(acks[q.key], days(q.acked.Sub(q.at)))
		}
		if !q.replied.IsZero() {
			replies[q.key] = append(replies[q.key], days(q.replied.Sub(q.at)))
			continue
		}
		k := q.key
		k.Measure = measureNoAnswer
		c.sums[k]++
	}
	var all []Figure
	for k, v := range c.sums {
		k.Value = v
		all = append(all, k)
	}
	all = append(all, spread(acks, measureAckMedian, measureAck90)...)
	all = append(all, spread(replies, measureMedian, measure90)...)
	slices.SortFunc(all, func(a, b Figure) int {
		return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Peer, b.Peer),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.Instrument, b.Instrument), cmp.Compare(a.Code, b.Code))
	})
	return all
}

// days of a wait. Arrivals are dated to the second, so that a quick answer may seem to come first.
func days(d time.Duration) float64 { return max(d, 0).Hours() / 24 }

func spread(by map[Figure][]float64, median, most string) (list []Figure) {
	for k, values := range by {
		slices.Sort(values)
		for _, part := range []struct {
			measure string
			of      int
		}{{median, 50}, {most, 90}} {
			k.Measure, k.Value = part.measure, quantile(values, part.of)
			list = append(list, k)
		}
	}
	return list
}

// quantile of sorted values: the least value that percent of them do not exceed; the
// median of an even number lies in the middle of two.
func quantile(values []float64, percent int) float64 {
	if percent == 50 && len(values)%2 == 0 {
		return (values[len(values)/2-1] + values[len(values)/2]) / 2
	}
	return values[(len(values)*percent+99)/100-1]
}

// Row of a figure for a table: measure, direction, peer, type, instrument, code, value.
func (f Figure) Row() []string {
	return []string{f.Measure, f.Direction, string(f.Peer), f.Type, f.Instrument, f.Code, strconv.FormatFloat(f.Value, 'f', -1, 64)}
}
