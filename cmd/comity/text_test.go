package main

import (
	"encoding/json"
	"testing"
)

func TestSafeShowsWhatATerminalWouldObey(t *testing.T) {
	rows := []struct{ in, want string }{
		{"Bundesamt für Justiz", "Bundesamt für Justiz"},
		{"قاسم 東京", "قاسم 東京"},
		{"\x1b[2Jgone", `\x1b[2Jgone`},
		{"a\nb\r\tc\x00\x7f", `a\nb\r\tc\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"invoice\u202efdp.exe", `invoice\u202efdp.exe`},
		{"\u2066x\u2069\u200f\u061c\u2028", `\u2066x\u2069\u200f\u061c\u2028`},
		{"bad\xffutf\xc3", `bad\xffutf\xc3`},
		{"\ufffd", "\ufffd"},
	}
	for _, r := range rows {
		if got := safe(r.in); got != r.want {
			t.Errorf("safe(%q): got %q, want %q", r.in, got, r.want)
		}
	}
}

func TestSafeJSONKeepsTheValue(t *testing.T) {
	in := map[string]string{"subject": "x\u202ey\u009bz\x7f\x1b\u2066é東"}
	line, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	printed := safeJSON(line)
	for _, r := range string(printed) {
		if harmful(r) {
			t.Errorf("printed %q holds %U", printed, r)
		}
	}
	var out map[string]string
	if err := json.Unmarshal(printed, &out); err != nil {
		t.Fatal(err)
	}
	if out["subject"] != in["subject"] {
		t.Errorf("got %q, want %q", out["subject"], in["subject"])
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]0;title\x07\u202e\xff")
	f.Fuzz(func(t *testing.T, in string) {
		for _, r := range safe(in) {
			if harmful(r) {
				t.Fatalf("safe(%q) holds %U", in, r)
			}
		}
	})
}
