package schema

import (
	"strings"
	"testing"
)

func TestFormats(t *testing.T) {
	rows := map[string]struct{ good, bad []string }{
		"line": {[]string{"x", "Zażółć", "مثال", "a\u200db"}, []string{"a\nb", "a\rb", "a\tb", "a\u2028b", "a\u202eb", "a\u200fb", "a\u2066b", "a\u200bb", "\ufeffa", "a\U000e0041"}},
		"text": {[]string{"a\n\tb", "مثال\u200f", "\u2067x\u2069"}, []string{"a\u202eb", "a\u202db", "é\U000e0041"}},
		"id":   {[]string{"0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c01"}, []string{"", "0198F3C2-4a1e-7c3b-9d52-6f1e2a3b4c01", "{0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c01}", "0198f3c24a1e7c3b9d526f1e2a3b4c01", "2b6d7d1c-9d6e-4a6c-8a53-3f6c7f6e0b11"}},
		"address": {[]string{"BE", "BE/fps-justice", "EUROPOL", "EUROPOL/o1"},
			[]string{"", "be", "BE/", "BE/x/y", "BE/X", "BE/../x", "B", "1AB", "BE/x\n"}},
		"marking":      {[]string{"unclassified", "restricted"}, []string{"", "Restricted", "secret", "confidential"}},
		"instant":      {[]string{"2026-11-23T21:05:52Z", "2024-02-29T00:00:00Z"}, []string{"2026-11-23", "2026-11-23T21:05:52", "2026-11-23T21:05:52+00:00", "2026-11-23T21:05:52.1Z", "2026-02-30T00:00:00Z", "2026-11-23t21:05:52z", "2026-11-23T24:00:00Z"}},
		"date":         {[]string{"2026-11-23"}, []string{"2026-11", "2026-13-01", "23.11.2026", "2026-1-1", ""}},
		"partial-date": {[]string{"1980", "1980-05", "1980-05-17"}, []string{"80", "1980-5", "1980-13", "1980-05-32", "", "198a"}},
		"duration":     {[]string{"P7D", "P3Y6M", "PT24H", "P1Y2M3DT4H5M6S", "P2W"}, []string{"", "P", "PT", "7D", "P7", "PD", "P1D2Y", "P1.5Y", "P1YT", "P-1D", "PW", "P" + strings.Repeat("1", 40) + "D"}},
		"country":      {[]string{"NL", "BE", "XK"}, []string{"", "nl", "NLD", "UK", "EU", "ZZ", "XX", "12", "QO"}},
		"language":     {[]string{"nl", "pt-BR", "sr-Latn", "ber"}, []string{"", "NL", "english", "nl-", "pt-br", "x", "en_GB", "q", "zz"}},
		"currency":     {[]string{"EUR", "USD"}, []string{"", "eur", "EURO", "QQQ"}},
		"iban":         {[]string{"NL91ABNA0417164300", "BE68539007547034", "DE89370400440532013000", "GB82WEST12345698765432"}, []string{"", "NL91ABNA0417164301", "nl91abna0417164300", "NL91 ABNA 0417 1643 00", "BE68", "1234567890123456", "NL91ABNA041716430\u0660"}},
		"bic":          {[]string{"ABNANL2A", "DEUTDEFF500"}, []string{"", "ABNANL2", "abnanl2a", "ABNANL2A5", "1BNANL2A"}},
		"phone":        {[]string{"+3220000000", "+123"}, []string{"", "3220000000", "+0320000000", "+32 2 000", "+1234567890123456", "+12"}},
		"mail":         {[]string{"office@example.org", "a.b+c@x.example"}, []string{"", "office", "@example.org", "a@b", "a@b.example, c", "a b@x.example", "a@b@c.example", "a@.", "x\n@example.org", "<a@b.example>"}},
		"sha256":       {[]string{strings.Repeat("0a", 32)}, []string{"", strings.Repeat("0A", 32), strings.Repeat("0", 63), strings.Repeat("g", 64)}},
		"media-type":   {[]string{"application/pdf", "image/svg+xml"}, []string{"", "pdf", "Application/PDF", "text/html; charset=x", "a/b/c", "/x", "x/"}},
		"file-name":    {[]string{"a.pdf", "été 1.txt", ".x", strings.Repeat("a", 255)}, []string{"", ".", "..", "a/b", `a\b`, "a\x00b", "a\nb", "gpj.\u202eexe", "a\u200b.pdf", " a", "a ", "a.", "C:x", "a*", "a?", strings.Repeat("a", 256), strings.Repeat("é", 128)}},
		"pointer":      {[]string{"/body", "/body/offences/0/facts"}, []string{"", "body", "/body/", "/body/a b", "/~0", "/" + strings.Repeat("a", 65)}},
	}
	for _, f := range formats {
		row, ok := rows[f.name]
		if !ok {
			t.Errorf("format %s is not tested", f.name)
		}
		for _, s := range row.good {
			if !f.ok(s) {
				t.Errorf("%s: %.40q refused", f.name, s)
			}
		}
		for _, s := range row.bad {
			if f.ok(s) {
				t.Errorf("%s: %.40q accepted", f.name, s)
			}
		}
		if p := f.problem("/x"); p.Code == "" || p.Fix == "" {
			t.Errorf("%s: its refusal does not say what to do", f.name)
		}
	}
}
