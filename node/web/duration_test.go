package web

import (
	"regexp"
	"strings"
	"testing"
)

func TestDurationsAreWorded(t *testing.T) {
	for _, row := range []struct{ lang, iso, want string }{
		{"en", "P5Y", "5 years (P5Y)"},
		{"en", "P1Y6M", "1 year 6 months (P1Y6M)"},
		{"en", "P2W", "2 weeks (P2W)"},
		{"en", "PT1H30M", "1 hour 30 minutes (PT1H30M)"},
		{"en", "P1DT1M5S", "1 day 1 minute 5 seconds (P1DT1M5S)"},
		{"de", "P3M", "3 Monate (P3M)"},
		{"fr", "P1D", "1 jour (P1D)"},
		{"ar", "P2Y", "سنتان (P2Y)"},
		{"ar", "P11D", "11 يوما (P11D)"},
		{"en", "P", "P"},
		{"en", "P5", "P5"},
		{"en", "PX", "PX"},
		{"en", "P99999999Y", "P99999999Y"},
	} {
		if got := duration(row.lang, row.iso); got != row.want {
			t.Errorf("%s %s: got %q, want %q", row.lang, row.iso, got, row.want)
		}
	}
}

// Whatever length a page says, a person can type, in every language.
func TestDurationsAreReadAsTheyAreSaid(t *testing.T) {
	for _, lang := range languages {
		for _, n := range []string{"0", "1", "2", "3", "5", "11", "21", "24", "100", "365"} {
			for _, l := range lengths {
				iso := "P" + n + l.sign
				if unit, timed := strings.CutPrefix(l.sign, "T"); timed {
					iso = "PT" + n + unit
				}
				if said := spoken(lang, iso); readDuration(lang, said) != iso {
					t.Errorf("%s: %s is said as %q, which is read as %q", lang, iso, said, readDuration(lang, said))
				}
			}
			for _, iso := range []string{"P" + n + "Y6M", "P1Y2M3DT" + n + "H5M6S", "P" + n + "YT2M"} {
				if said := spoken(lang, iso); readDuration(lang, said) != iso {
					t.Errorf("%s: %s is said as %q, which is read as %q", lang, iso, said, readDuration(lang, said))
				}
			}
		}
		examples := inQuotes.FindAllString(words[lang]["duration_how"], -1)
		if len(examples) != 2 {
			t.Errorf("%s: got the examples %q", lang, examples)
		}
		for _, example := range examples {
			if said := strings.Trim(example, "“”«»„‘’ \u00a0"); readDuration(lang, said) == said {
				t.Errorf("%s: the example %q cannot be read", lang, said)
			}
		}
	}
}

var inQuotes = regexp.MustCompile(`[“«„‘][^“”«»„‘’]+[”»“’]`)

func TestDurationsAsPeopleTypeThem(t *testing.T) {
	for _, row := range []struct{ lang, typed, want string }{
		{"en", "3 Years, 6 months", "P3Y6M"},
		{"en", "6 months 3 years", "P3Y6M"},
		{"en", "1 week 2 days", "P9D"},
		{"en", "24 hours", "PT24H"},
		{"fr", "2 ans", "P2Y"},
		{"nl", "24 uur", "PT24H"},
		{"ar", "سنتان 6 أشهر", "P2Y6M"},
		{"ar", "٣ سنوات", "P3Y"},
		{"en", "P3Y6M", "P3Y6M"},
		{"en", "", ""},
		{"en", "3", "3"},
		{"en", "years", "years"},
		{"en", "3 years 3 years", "3 years 3 years"},
		{"en", "-3 years", "-3 years"},
		{"en", "3.5 years", "3.5 years"},
		{"en", "3 ans", "3 ans"},
		{"en", "99999999 years", "99999999 years"},
		{"en", "3 years about", "3 years about"},
	} {
		if got := readDuration(row.lang, row.typed); got != row.want {
			t.Errorf("%s %q: got %q, want %q", row.lang, row.typed, got, row.want)
		}
	}
}
