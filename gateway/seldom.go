package gateway

import "time"

// seldom lets one event of a kind through per ReportEvery. Not safe for concurrent use.
type seldom map[string]time.Time

func (s *seldom) allow(kind string, now time.Time) bool {
	if *s == nil {
		*s = make(seldom)
	}
	if last, found := (*s)[kind]; found && now.Sub(last) < ReportEvery && now.After(last.Add(-ReportEvery)) {
		return false
	}
	(*s)[kind] = now
	return true
}
