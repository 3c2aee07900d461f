package store

import (
	"reflect"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

// The last event of a name counts, in its own thread alone.
func TestLastEventOfANameCounts(t *testing.T) {
	s := fresh(t)
	out, in := queued("NL"), received("NL")
	note := func(m *node.Message, event string, days int) node.Fact {
		return node.Fact{Opening: m.ID, Box: m.Box, Event: event, At: day.AddDate(0, 0, days), Noted: day.AddDate(0, 1, days), Actor: "officer:test"}
	}
	facts := []node.Fact{note(out, "person-arrested", 1), note(out, "final-discharge", 3), note(in, "person-arrested", 4), note(out, "person-arrested", 2)}
	update(t, s, func(tx node.Tx) error {
		for i := range facts {
			if err := tx.AddFact(&facts[i]); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(r node.Reader) error {
		for _, row := range []struct {
			m    *node.Message
			want []node.Fact
		}{{out, []node.Fact{facts[1], facts[3]}}, {in, []node.Fact{facts[2]}}, {received("NL"), nil}} {
			got, err := r.Facts(row.m.ID, row.m.Box)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		}
		return nil
	})
	if facts[3].N <= facts[0].N || facts[0].At.Location() != time.UTC {
		t.Errorf("got %+v", facts)
	}
}
