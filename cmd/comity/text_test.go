package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
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

// A translation is printed under its text, with how it was made and by whom.
func TestTranslationsArePrintedUnderTheirTexts(t *testing.T) {
	c, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.Example("information.spontaneous")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	printBody(&out, &web.Message{Message: raw})
	rest := out.String()
	for _, want := range []string{"[French (fr), human] Usage possible d'un compte belge", "In an investigation in the Netherlands",
		"[French (fr), human-certified, Sworn translator 4711, The Hague] Dans une enquête", "[Dutch (nl), machine] In een onderzoek", "Why it may be useful"} {
		_, behind, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q is not printed in its place:\n%s", want, out.String())
		}
		rest = behind
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
