package web

import (
	"strconv"
	"strings"
)

// lengths are the units of an ISO 8601 duration in their order, with the word that counts
// each; the T before a sign tells minutes from months.
var lengths = []struct{ sign, word string }{{"Y", "dur_years"}, {"M", "dur_months"}, {"W", "dur_weeks"}, {"D", "dur_days"}, {"TH", "dur_hours"}, {"TM", "dur_minutes"}, {"TS", "dur_seconds"}}

// spoken words an ISO 8601 duration: "P3Y6M" is "3 years 6 months"; "" if it is none.
func spoken(lang, iso string) string {
	var said []string
	clock, digits := "", ""
	for _, c := range strings.TrimPrefix(iso, "P") {
		switch {
		case c == 'T':
			clock = "T"
		case c >= '0' && c <= '9':
			digits += string(c)
		default:
			n, err := strconv.Atoi(digits)
			word := lengthWord(clock + string(c))
			if err != nil || word == "" || n > 1e6 {
				return ""
			}
			said, digits = append(said, counted(lang, word, n)), ""
		}
	}
	if digits != "" {
		return ""
	}
	return strings.Join(said, " ")
}

func lengthWord(sign string) string {
	for _, l := range lengths {
		if l.sign == sign {
			return l.word
		}
	}
	return ""
}

// duration words an ISO 8601 duration, with the duration itself: "P5Y" is "5 years (P5Y)".
func duration(lang, iso string) string {
	if said := spoken(lang, iso); said != "" {
		return said + " (" + iso + ")"
	}
	return iso
}

// measured is a number of one unit.
type measured struct {
	n    int // -1 for the number that stands before the word
	sign string
}

// lengthNames are what each language calls the units, in small letters. Some languages
// have words that hold their number.
var lengthNames = func() map[string]map[string]measured {
	all := map[string]map[string]measured{}
	for _, lang := range languages {
		all[lang] = map[string]measured{}
		for _, l := range lengths {
			for suffix, n := range map[string]int{"": -1, "_zero": -1, "_one": 1, "_two": 2, "_few": -1, "_many": -1} {
				text, there := words[lang][l.word+suffix]
				if name, follows := strings.CutPrefix(strings.ToLower(text), "# "); follows {
					all[lang][name] = measured{-1, l.sign}
				} else if there {
					all[lang][name] = measured{n, l.sign}
				}
			}
		}
	}
	return all
}()

// readDuration reads a duration in the words in which spoken says it, in any order:
// "3 years 6 months" is "P3Y6M". All else comes back as it is.
func readDuration(lang, s string) string {
	left := strings.Fields(strings.Map(func(c rune) rune {
		switch {
		case c == ',' || c == '،':
			return ' '
		case c >= '٠' && c <= '٩':
			return c - '٠' + '0'
		}
		return c
	}, strings.ToLower(s)))
	found := map[string]int{}
	for len(left) > 0 {
		m, used := nextLength(lengthNames[lang], left)
		if _, twice := found[m.sign]; used == 0 || twice {
			return s
		}
		found[m.sign], left = m.n, left[used:]
	}
	if weeks, there := found["W"]; there && len(found) > 1 { // ISO 8601 has weeks by themselves only
		found["D"] += 7 * weeks
		delete(found, "W")
	}
	iso := "P"
	for _, l := range lengths {
		n, there := found[l.sign]
		if !there {
			continue
		}
		unit, timed := strings.CutPrefix(l.sign, "T")
		if timed && !strings.Contains(iso, "T") {
			iso += "T"
		}
		iso += strconv.Itoa(n) + unit
	}
	if iso == "P" {
		return s
	}
	return iso
}

// nextLength reads one number with its unit; used is how many words that took, 0 if there is none.
func nextLength(names map[string]measured, left []string) (m measured, used int) {
	if n, err := strconv.Atoi(left[0]); err == nil && n >= 0 && n <= 1e6 && len(left) > 1 {
		m, there := names[left[1]]
		if !there || m.n >= 0 {
			return m, 0
		}
		return measured{n, m.sign}, 2
	}
	for used := min(2, len(left)); used > 0; used-- {
		if m, there := names[strings.Join(left[:used], " ")]; there && m.n >= 0 {
			return m, used
		}
	}
	return m, 0
}
