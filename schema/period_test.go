package schema

import (
	"testing"
	"time"
)

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// All ends were counted by hand on a paper calendar.
func TestPeriodsEnd(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct {
		name   string
		count  Counting
		where  Jurisdiction
		event  string
		period Period
		want   string
	}{
		{"a week", CountEU, "BE", "2026-11-23T21:05:52Z", Period{7, Day}, "2026-11-30T22:59:59Z"},
		{"a week from an event after midnight there", CountEU, "BE", "2026-11-23T23:30:00Z", Period{7, Day}, "2026-12-01T22:59:59Z"},
		{"a week that ends on Christmas, a Friday", CountEU, "BE", "2026-12-18T09:00:00Z", Period{7, Day}, "2026-12-28T22:59:59Z"},
		{"the same where nothing is moved", CountPlain, "BE", "2026-12-18T09:00:00Z", Period{7, Day}, "2026-12-25T22:59:59Z"},
		{"a week that ends on the Belgian national day", CountEU, "BE", "2026-07-14T09:00:00Z", Period{7, Day}, "2026-07-22T21:59:59Z"},
		{"the same in the Netherlands", CountEU, "NL", "2026-07-14T09:00:00Z", Period{7, Day}, "2026-07-21T21:59:59Z"},
		{"a week over the end of summer time", CountEU, "BE", "2026-10-22T09:00:00Z", Period{7, Day}, "2026-10-29T22:59:59Z"},
		{"a week over its beginning", CountEU, "BE", "2026-03-25T09:00:00Z", Period{7, Day}, "2026-04-01T21:59:59Z"},
		{"ten days to Orthodox Easter Monday", CountEU, "GR", "2026-04-03T09:00:00Z", Period{10, Day}, "2026-04-14T20:59:59Z"},
		{"the same in Belgium", CountEU, "BE", "2026-04-03T09:00:00Z", Period{10, Day}, "2026-04-13T21:59:59Z"},
		{"three days from a Friday have two working days", CountEU, "BE", "2026-11-06T09:00:00Z", Period{3, Day}, "2026-11-10T22:59:59Z"},
		{"three days from a Friday by the plain count", CountPlain, "BE", "2026-11-06T09:00:00Z", Period{3, Day}, "2026-11-09T22:59:59Z"},
		{"sixty days over the year", CountEU, "FR", "2026-11-06T09:00:00Z", Period{60, Day}, "2027-01-05T22:59:59Z"},
		{"24 hours do not count the hour of the event, nor end on Monday", CountEU, "BE", "2026-03-28T17:20:00Z", Period{24, Hour}, "2026-03-29T17:59:59Z"},
		{"24 hours by the plain count", CountPlain, "BE", "2026-03-28T17:20:00Z", Period{24, Hour}, "2026-03-29T17:20:00Z"},
		{"five working days over Christmas", CountEU, "BE", "2026-12-23T09:00:00Z", Period{5, WorkingDay}, "2026-12-31T22:59:59Z"},
		{"the same where Christmas Eve is free", CountEU, "CZ", "2026-12-23T09:00:00Z", Period{5, WorkingDay}, "2027-01-04T22:59:59Z"},
		{"one working day from a Friday", CountEU, "IE", "2026-10-23T09:00:00Z", Period{1, WorkingDay}, "2026-10-27T23:59:59Z"},
		{"a month from the 31st, to a Saturday", CountEU, "DE", "2026-01-31T09:00:00Z", Period{1, Month}, "2026-03-02T22:59:59Z"},
		{"a month from the 31st by the plain count", CountPlain, "DE", "2026-01-31T09:00:00Z", Period{1, Month}, "2026-02-28T22:59:59Z"},
		{"a body without a calendar", CountEU, "EUROPOL", "2026-12-18T09:00:00Z", Period{7, Day}, "2026-12-25T23:59:59Z"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, want := row.count.End(instant(t, row.event), row.period, c.Calendar(row.where)), instant(t, row.want); !got.Equal(want) {
				t.Errorf("got %s, want %s", got.Format(time.RFC3339), row.want)
			}
		})
	}
}

func TestWarningComesBefore(t *testing.T) {
	be := catalogue(t).Calendar("BE")
	for _, row := range []struct {
		period Period
		want   string
	}{
		{Period{6, Hour}, "2026-12-28T16:59:59Z"}, {Period{2, Day}, "2026-12-26T22:59:59Z"},
		{Period{2, WorkingDay}, "2026-12-23T22:59:59Z"}, // the 24th is one, the 23rd the other
		{Period{1, Month}, "2026-11-28T22:59:59Z"},
	} {
		if got := row.period.before(instant(t, "2026-12-28T22:59:59Z"), be); !got.Equal(instant(t, row.want)) {
			t.Errorf("%v: got %s, want %s", row.period, got.Format(time.RFC3339), row.want)
		}
	}
}

func TestEaster(t *testing.T) {
	for year, want := range map[int][2]string{2024: {"2024-03-31", "2024-05-05"}, 2025: {"2025-04-20", "2025-04-20"}, 2026: {"2026-04-05", "2026-04-12"},
		2027: {"2027-03-28", "2027-05-02"}, 2038: {"2038-04-25", "2038-04-25"}} {
		if got := easter(year).Format(time.DateOnly); got != want[0] {
			t.Errorf("%d: got %s, want %s", year, got, want[0])
		}
		if got := orthodoxEaster(year).Format(time.DateOnly); got != want[1] {
			t.Errorf("%d, Orthodox: got %s, want %s", year, got, want[1])
		}
	}
}

func TestDaysOff(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct {
		where Jurisdiction
		day   string
		works bool
	}{
		{"GB", "2026-12-28", false}, {"GB", "2027-12-27", false}, {"GB", "2027-12-28", false}, {"GB", "2027-12-29", true},
		{"SE", "2026-06-19", false}, {"FI", "2026-06-20", false}, {"FI", "2026-06-19", true}, {"IE", "2026-10-26", false},
		{"DK", "2023-05-05", false}, {"DK", "2026-05-01", true}, {"PL", "2024-12-24", true}, {"PL", "2025-12-24", false},
		{"FR", "2026-05-14", false}, {"BG", "2026-09-07", false}, {"EUROPOL", "2026-12-25", true}, {"EUROPOL", "2026-12-26", false},
	} {
		day, _ := time.Parse(time.DateOnly, row.day)
		if got := c.Calendar(row.where).Working(day); got != row.works {
			t.Errorf("%s %s: got %v, want %v", row.where, row.day, got, row.works)
		}
	}
}
