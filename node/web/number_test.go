package web

import "testing"

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
	if got := worded("en", "date", "P5Y"); got != "P5Y" {
		t.Errorf("what is no duration is worded: %q", got)
	}
}
