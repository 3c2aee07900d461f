package web

import (
	"testing"
	"time"
)

func TestMoments(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	for lang, want := range map[string][]string{
		"en": {"3 Feb 2026, 03:05 UTC", "Feb 2026", "31 Dec 2026"},
		"fr": {"3 févr. 2026, 03:05 UTC", "févr. 2026", "31 déc. 2026"},
		"de": {"3. Feb. 2026, 03:05 UTC", "Feb. 2026", "31. Dez. 2026"},
		"nl": {"3 feb 2026, 03:05 UTC", "feb 2026", "31 dec 2026"},
		"es": {"3 feb 2026, 03:05 UTC", "feb 2026", "31 dic 2026"},
		"ar": {"3 فبراير 2026، 03:05 UTC", "فبراير 2026", "31 ديسمبر 2026"},
	} {
		c := calendarOf(lang)
		for i, got := range []string{c.utc(toMinute, at), c.of(at), c.day("2026-12-31")} {
			if got != want[i] {
				t.Errorf("%s: got %q, want %q", lang, got, want[i])
			}
		}
	}
	for in, want := range map[string]string{"2026-12": "2026-12", "\u202ex": `\u202ex`} {
		if got := calendarOf("fr").day(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for lang, want := range map[string][2]string{
		"en": {"12,345", "1.5 KiB"}, "fr": {"12\u00a0345", "1,5 KiB"}, "de": {"12.345", "1,5 KiB"},
		"nl": {"12.345", "1,5 KiB"}, "es": {"12.345", "1,5 KiB"}, "ar": {"12,345", "1.5 KiB"},
	} {
		if got := [2]string{whole(lang, 12345), size(lang, 1536)}; got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
	}
}

func TestPlainValuesAreWorded(t *testing.T) {
	for _, row := range []struct{ lang, format, value, want string }{
		{"en", "date", "1984-02-29", "29 Feb 1984"},
		{"ar", "date", "1984-02-29", "29 فبراير 1984"},
		{"de", "partial-date", "1984-02", "Feb. 1984"},
		{"en", "partial-date", "1984", "1984"},
		{"en", "date", "P5Y", "P5Y"},
		{"en", "date", "2026-02-30", "2026-02-30"},
		{"en", "instant", "2026-11-23T21:05:52Z", "23 Nov 2026, 21:05:52 UTC"},
		{"en", "moment", "2026-11-23T21:05:52.25Z", "2026-11-23T21:05:52.25Z"},
		{"en", "duration", "P5Y", "5 years (P5Y)"},
		{"en", "line", "2026-11-23", "2026-11-23"},
		{"en", "", "2026-11-23", "2026-11-23"},
	} {
		if got := worded(row.lang, row.format, row.value); got != row.want {
			t.Errorf("%s %s %q: got %q, want %q", row.lang, row.format, row.value, got, row.want)
		}
	}
}
