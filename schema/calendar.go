package schema

import (
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Calendar says which days a country works, and where its clocks stand. Safe for
// concurrent use.
type Calendar struct {
	Country  string    `json:"country"` // ISO 3166-1 alpha-2
	Zone     string    `json:"zone"`    // IANA
	Source   string    `json:"source"`
	Note     string    `json:"note"`
	Holidays []Holiday `json:"holidays"`

	zone *time.Location
}

// Holiday is one public holiday: on a day of the year, on the first such weekday
// from a day of the year, or so many days after Easter Sunday.
type Holiday struct {
	Name     string `json:"name"`
	Month    int    `json:"month"`
	Day      int    `json:"day"`
	Weekday  string `json:"weekday"`  // first one on or after month and day
	Easter   *int   `json:"easter"`   // days after Easter Sunday
	Orthodox *int   `json:"orthodox"` // days after Orthodox Easter Sunday
	Since    int    `json:"since"`    // first year, 0 if always
	Until    int    `json:"until"`    // last year, 0 if still
	Moved    bool   `json:"moved"`    // if it falls on a weekend, the next working day is free instead
}

// elsewhere is the calendar of jurisdictions that have no file: weekends only, UTC.
var elsewhere = &Calendar{zone: time.UTC}

// Calendar of a jurisdiction. One without a file has weekends only, in UTC.
func (c *Catalogue) Calendar(j Jurisdiction) *Calendar {
	if k := c.calendars[string(j)]; k != nil {
		return k
	}
	return elsewhere
}

// Location is the time zone in which the country's days begin and end.
func (c *Calendar) Location() *time.Location { return c.zone }

// Working tells whether a day, midnight UTC standing for it, is neither Saturday,
// Sunday nor public holiday.
func (c *Calendar) Working(day time.Time) bool { return !weekend(day) && !c.holiday(day) }

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

func (c *Calendar) holiday(day time.Time) bool {
	for i := range c.Holidays {
		if h := &c.Holidays[i]; h.on(day.Year()).Equal(day) && h.kept(day.Year()) {
			return true
		}
	}
	return c.substitute(day)
}

// substitute tells whether a day is free for a holiday that fell on the weekend before it.
func (c *Calendar) substitute(day time.Time) bool {
	if day.Weekday() < time.Monday || day.Weekday() > time.Wednesday {
		return false // nothing is moved further
	}
	free := map[time.Time]bool{}
	for i := range c.Holidays {
		if h := &c.Holidays[i]; h.kept(day.Year()) {
			free[h.on(day.Year())] = true
		}
	}
	taken := map[time.Time]bool{}
	for i := range c.Holidays {
		h := &c.Holidays[i]
		on := h.on(day.Year())
		if !h.Moved || !h.kept(day.Year()) || !weekend(on) {
			continue
		}
		for weekend(on) || free[on] || taken[on] {
			on = on.AddDate(0, 0, 1)
		}
		taken[on] = true
	}
	return taken[day]
}

func (h *Holiday) kept(year int) bool {
	return (h.Since == 0 || year >= h.Since) && (h.Until == 0 || year <= h.Until)
}

// on is the day of the holiday in a year.
func (h *Holiday) on(year int) time.Time {
	switch {
	case h.Easter != nil:
		return easter(year).AddDate(0, 0, *h.Easter)
	case h.Orthodox != nil:
		return orthodoxEaster(year).AddDate(0, 0, *h.Orthodox)
	}
	day := date(year, time.Month(h.Month), h.Day)
	for h.Weekday != "" && !strings.EqualFold(day.Weekday().String(), h.Weekday) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// easter is the Sunday after the first full moon of spring, by the Gregorian reckoning.
func easter(year int) time.Time {
	golden, century := year%19, year/100
	moon := (19*golden + century - century/4 - (8*century+13)/25 + 15) % 30
	moon -= moon / 28 * (1 - moon/28*(29/(moon+1))*((21-golden)/11))
	weekday := (year + year/4 + moon + 2 - century + century/4) % 7
	offset := moon - weekday
	month := 3 + (offset+40)/44
	return date(year, time.Month(month), offset+28-31*(month/4))
}

// orthodoxEaster follows the Julian reckoning; the result is the Gregorian date.
func orthodoxEaster(year int) time.Time {
	moon := (19*(year%19) + 15) % 30
	weekday := (2*(year%4) + 4*(year%7) - moon + 34) % 7
	sum := moon + weekday + 114
	return date(year, time.Month(sum/31), sum%31+1).AddDate(0, 0, year/100-year/400-2)
}

// addWorking is the n-th working day after a day.
func (c *Calendar) addWorking(day time.Time, n int) time.Time {
	for n > 0 {
		if day = day.AddDate(0, 0, 1); c.Working(day) {
			n--
		}
	}
	return day
}

// lastSecond is the end of a day where the country's clocks stand.
func (c *Calendar) lastSecond(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, c.zone).Add(-time.Second).UTC()
}

func readCalendars(fsys fs.FS) (map[string]*Calendar, error) {
	all := map[string]*Calendar{}
	err := each(fsys, "calendars/*.json", func(name string, raw []byte) error {
		k := &Calendar{}
		if err := json.Unmarshal(raw, k, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		all[k.Country] = k
		return k.check(base(name))
	})
	return all, err
}

// each reads the files of a pattern; there must be one.
func each(fsys fs.FS, pattern string, read func(name string, raw []byte) error) error {
	names, err := fs.Glob(fsys, pattern)
	if err != nil || len(names) == 0 {
		return fmt.Errorf("read %s: no such files", pattern)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if err := read(name, raw); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}

func (c *Calendar) check(name string) (err error) {
	if c.Country != name || !isCountry(c.Country) {
		return fmt.Errorf("its country is %q", c.Country)
	}
	if c.zone, err = time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		return fmt.Errorf("%q is no time zone", c.Zone)
	}
	for _, h := range c.Holidays {
		if err := h.check(); err != nil {
			return err
		}
	}
	return nil
}

func (h *Holiday) check() error {
	ways := 0
	for _, used := range []bool{h.Month != 0, h.Easter != nil, h.Orthodox != nil} {
		if used {
			ways++
		}
	}
	fixed := h.Month != 0 && date(2024, time.Month(h.Month), h.Day).Day() == h.Day && h.Month <= 12
	named := h.Weekday == ""
	for d := time.Sunday; d <= time.Saturday; d++ {
		named = named || strings.EqualFold(d.String(), h.Weekday)
	}
	if h.Name == "" || ways != 1 || (h.Month != 0 && !fixed) || !named {
		return fmt.Errorf("holiday %q has no day", h.Name)
	}
	return nil
}
