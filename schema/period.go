package schema

import (
	"fmt"
	"time"
)

// Unit is what a period is counted in.
type Unit string

const (
	Hour       Unit = "hour"
	Day        Unit = "day"         // calendar days
	WorkingDay Unit = "working-day" // days that are neither weekend nor public holiday
	Month      Unit = "month"
)

// Period is a length of time as legal texts state it: {"n": 5, "unit": "working-day"}.
type Period struct {
	N    int  `json:"n"`
	Unit Unit `json:"unit"`
}

func (p Period) check() error {
	switch p.Unit {
	case Hour, Day, WorkingDay, Month:
		if p.N > 0 && p.N <= 1000 {
			return nil
		}
	}
	return fmt.Errorf("%d %q is no period", p.N, p.Unit)
}

// Counting is how an instrument counts its periods.
type Counting string

const (
	// CountEU follows Regulation (EEC, Euratom) 1182/71.
	CountEU Counting = "eu-1182-71"
	// CountPlain leaves out the day of the event and moves nothing: the earlier day is the safer one.
	CountPlain Counting = "plain"
)

// End is the last second of a period that an event started.
//
// Under Regulation 1182/71 the hour or day of the event does not count (Article
// 3(1)); a period ends with its last hour (3(2)); one of two days or more has at
// least two working days in it (3(5)); and one not expressed in hours that would
// end on a public holiday, Sunday or Saturday ends with the next working day (3(4)).
func (k Counting) End(event time.Time, p Period, c *Calendar) time.Time {
	local := event.In(c.zone)
	day := date(local.Year(), local.Month(), local.Day())
	switch p.Unit {
	case Hour:
		return k.hours(local, p.N)
	case WorkingDay:
		return c.lastSecond(c.addWorking(day, p.N))
	case Month:
		return c.lastSecond(k.roll(addMonths(day, p.N), c))
	}
	end := k.roll(day.AddDate(0, 0, p.N), c)
	if k == CountEU && p.N >= 2 {
		if least := c.addWorking(day, 2); end.Before(least) {
			end = least
		}
	}
	return c.lastSecond(end)
}

// hours counts real hours, whatever the clocks on the wall do meanwhile.
func (k Counting) hours(event time.Time, n int) time.Time {
	from := event
	if k == CountEU {
		if full := event.Truncate(time.Hour); full.Before(event) {
			from = full.Add(time.Hour)
		}
		return from.Add(time.Duration(n)*time.Hour - time.Second).UTC()
	}
	return from.Add(time.Duration(n) * time.Hour).UTC()
}

func (k Counting) roll(day time.Time, c *Calendar) time.Time {
	if k != CountEU {
		return day
	}
	for !c.Working(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// before is the moment that lies a period before an end, at the same time of day.
func (p Period) before(end time.Time, c *Calendar) time.Time {
	local := end.In(c.zone)
	switch p.Unit {
	case Hour:
		return end.Add(-time.Duration(p.N) * time.Hour)
	case Month:
		return local.AddDate(0, -p.N, 0).UTC()
	case WorkingDay:
		day := date(local.Year(), local.Month(), local.Day())
		back := 0
		for n := p.N; n > 0; back++ {
			if day = day.AddDate(0, 0, -1); c.Working(day) {
				n--
			}
		}
		return local.AddDate(0, 0, -back).UTC()
	}
	return local.AddDate(0, 0, -p.N).UTC()
}

// addMonths keeps the day of the month, or takes the last one where there is none (Article 3(2)(c)).
func addMonths(day time.Time, n int) time.Time {
	first := date(day.Year(), day.Month()+time.Month(n), 1)
	last := first.AddDate(0, 1, -1)
	return date(first.Year(), first.Month(), min(day.Day(), last.Day()))
}

// date is a day without place: midnight UTC stands for it.
func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
