package store

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Every list of cases is held against the meaning of the filter, told once more.
func TestCases(t *testing.T) {
	s := fresh(t)
	states := []node.State{node.Received, node.Quarantined, node.Received, node.Discarded}
	var all []*node.Message
	desks := map[int64]*node.Desk{}
	for i := range 120 {
		m := queued([]schema.Jurisdiction{"NL", "FR"}[i/2%2])
		if i%3 == 0 {
			m = received("MA")
			m.State = states[i/3%4]
		}
		if m.Case = ""; i%7 != 0 {
			m.Case = fmt.Sprint("BE-2026-", i*i%17)
		}
		m.Authority = []schema.Address{"", "BE/one", "BE/two"}[i%5%3]
		m.Stored = day.Add(time.Duration(i) * time.Hour)
		all = append(all, m)
	}
	update(t, s, func(tx node.Tx) error {
		for i, m := range all {
			if err := tx.AddMessage(m); err != nil {
				return err
			}
			if i%4 == 0 {
				continue
			}
			d := &node.Desk{N: m.N, Box: m.Box, Live: i%5 == 0}
			if i%3 == 0 {
				d.Due = day.AddDate(0, 0, i%11)
			}
			desks[m.N] = d
			if err := tx.PutDesk(d); err != nil {
				return err
			}
		}
		return nil
	})
	open := map[int64]bool{}
	view(t, s, func(r node.Reader) error {
		for _, box := range []node.Box{node.In, node.Out} {
			laid, err := r.Laid(node.DeskFilter{Box: box, Now: day, Limit: 200})
			if err != nil {
				return err
			}
			for _, l := range laid {
				open[l.Message.N] = true
			}
		}
		return nil
	})
	for _, f := range []node.CaseFilter{{}, {Authority: "BE/one"}, {Authority: "BE/two"}, {Words: "-1"}, {Words: "be-2026-1"}, {Words: "none"}, {Limit: 3}, {Limit: 3, After: 100}, {After: 60, Authority: "BE/one"}} {
		if f.Limit == 0 {
			f.Limit = 100
		}
		view(t, s, func(r node.Reader) error {
			got, err := r.Cases(f)
			want := casesOf(all, desks, open, f)
			if len(got) != len(want) {
				t.Errorf("%+v: got %d cases, want %d", f, len(got), len(want))
				return err
			}
			for i := range got {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Errorf("%+v:\ngot  %+v\nwant %+v", f, got[i], want[i])
				}
			}
			return err
		})
	}
}

func casesOf(all []*node.Message, desks map[int64]*node.Desk, open map[int64]bool, f node.CaseFilter) (list []node.CaseLine) {
	for _, m := range slices.Backward(all) {
		if m.Case == "" || m.State == node.Quarantined || m.State == node.Discarded || f.Authority != "" && m.Authority != f.Authority {
			continue
		}
		i := slices.IndexFunc(list, func(c node.CaseLine) bool { return c.Name == m.Case })
		if i < 0 {
			i = len(list)
			list = append(list, node.CaseLine{N: m.N, Name: m.Case, Last: m.Stored})
		}
		c := &list[i]
		if m.Box == node.In {
			c.In++
		} else {
			c.Out++
		}
		if !slices.Contains(c.Peers, m.Peer) {
			c.Peers = append(c.Peers, m.Peer)
			slices.Sort(c.Peers)
		}
		if d := desks[m.N]; d != nil && open[m.N] {
			if c.Open = true; !d.Due.IsZero() && (c.Due.IsZero() || d.Due.Before(c.Due)) {
				c.Due = d.Due
			}
		}
	}
	list = slices.DeleteFunc(list, func(c node.CaseLine) bool {
		return f.After > 0 && c.N >= f.After || !strings.Contains(strings.ToLower(c.Name), f.Words)
	})
	return list[:min(f.Limit, len(list))]
}
