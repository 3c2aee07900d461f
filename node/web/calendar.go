package web

import (
	"strconv"
	"strings"
	"time"
)

// calendar writes dates and times in one language.
type calendar struct {
	months []string // short names

	date, month, moment string // forms with {day}, {month} and {year}; with {date} and {time}
}

func calendarOf(lang string) calendar {
	w := words[lang]
	return calendar{strings.Fields(w["months"]), w["date_form"], w["month_form"], w["moment_form"]}
}

// Layouts of a time of day: every language of the pages counts 24 hours.
const (
	toMinute = "15:04"
	toSecond = "15:04:05"
)

// utc shows a time in UTC; layout is its time of day.
func (c calendar) utc(layout string, t time.Time) string { return c.there(layout, t.UTC()) }

// there shows a time where its clock stands.
func (c calendar) there(layout string, t time.Time) string {
	return strings.NewReplacer("{date}", c.on(t), "{time}", t.Format(layout+" MST")).Replace(c.moment)
}

// on shows the date of a time. Arabic has Western digits too: case numbers, ids and
// dates inside messages have them, and one page should not have two kinds.
func (c calendar) on(t time.Time) string { return c.filled(c.date, t) }

// of shows the month of a time.
func (c calendar) of(t time.Time) string { return c.filled(c.month, t) }

func (c calendar) filled(form string, t time.Time) string {
	return strings.NewReplacer("{day}", strconv.Itoa(t.Day()), "{month}", c.months[t.Month()-1], "{year}", strconv.Itoa(t.Year())).Replace(form)
}

// day shows a date of a message, as it stands if it is none.
func (c calendar) day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return line(s)
	}
	return c.on(t)
}

// worded shows a plain value of a message as people write it. Nothing is lost: what has
// more to say than the words would stays as it is.
func worded(lang, format, value string) string {
	c := calendarOf(lang)
	switch format {
	case "duration":
		return duration(lang, value)
	case "date", "partial-date":
		if t, err := time.Parse(time.DateOnly, value); err == nil {
			return c.on(t)
		}
		if t, err := time.Parse("2006-01", value); err == nil {
			return c.of(t)
		}
	case "instant", "moment":
		if t, err := time.Parse("2006-01-02T15:04:05Z", value); err == nil && t.Nanosecond() == 0 {
			return c.utc(toSecond, t)
		}
	}
	return value
}
