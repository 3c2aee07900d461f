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
		"country":      {[]string{"NL", "BE", "XK"}, []string{"", "nl", "NLD", "UK", "EU", "ZZ", "8991101200003204510", "12", "QO"}},
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
		"moment":       {[]string{"2026-11-23T21:05:52Z", "2010-01-15T17:59:43.25Z", "2026-11-23T21:05:52.123456789Z"}, []string{"", "2026-11-23", "2026-11-23T21:05:52", "2026-11-23T21:05:52+00:00", "2026-11-23T21:05:52,5Z", "2026-11-23T21:05:52.Z", "2026-11-23T21:05:52.1234567890Z", "2026-02-30T00:00:00Z"}},
		"ip":           {[]string{"192.0.2.1", "2001:db8::1", "::1", "2001:db8::1:0:0:1"}, []string{"", "192.0.2", "192.0.2.256", "192.0.02.1", "2001:DB8::1", "2001:db8:0::1", "::ffff:192.0.2.1", "fe80::1%eth0", "[::1]", "192.0.2.1:80", "192.0.2.0/24"}},
		"mac":          {[]string{"00:00:5e:00:53:01", "ff:ff:ff:ff:ff:ff"}, []string{"", "00-00-5e-00-53-01", "00:00:5E:00:53:01", "00005e005301", "00:00:5e:00:53", "00:00:5e:00:53:0g", "0:00:5e:00:53:001"}},
		"imei":         {[]string{"490154203237518", "356938035643809"}, []string{"", "490154203237519", "49015420323751", "4901542032375180", "49015420323751A", "\u06604901542032375"}},
		"imsi":         {[]string{"310150123456789", "206012"}, []string{"", "31015", "3101501234567890", "31015012345678x"}},
		"iccid":        {[]string{"8991101200003204514"}, []string{"", "8991101200003204510", "899110120000320451", "7991101200003204514", "899110120000320451400"}},
		"lei":          {[]string{"5493001KJTIIGC8Y1R12", "213800WAVVOPS85N2205"}, []string{"", "5493001KJTIIGC8Y1R13", "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R1", "5493001KJTIIGC8Y1RAA", "5493001KJTIIGC8Y-R12"}},
		"vin":          {[]string{"1M8GDM9AXKP042788", "11111111111111111", "WAUZZZ8K9BA123456"}, []string{"", "1M8GDM9A0KP042788", "WAUZZZ8K9BA12345", "WAUZZZ8K9BA1234567", "WAUZZZ8K9BO123456", "wauzzz8k9ba123456"}},
		"gtin":         {[]string{"4006381333931", "04006381333931", "73513537", "036000291452"}, []string{"", "4006381333932", "400638133393", "4006381333931 ", "735135371", "123456789"}},
		"cas":          {[]string{"7732-18-5", "50-36-2", "561-27-3"}, []string{"", "7732-18-4", "7732185", "0-36-2", "50-3-62", "07732-18-5", "50-36-22", "5a-36-2"}},
		"container":    {[]string{"CSQU3054383", "MSKU9070323"}, []string{"", "CSQU3054384", "CSQX3054383", "csqu3054383", "CSQU305438", "CSQU 305438 3"}},
		"imo":          {[]string{"9074729", "9319466"}, []string{"", "9074728", "907472", "IMO9074729", "90747290"}},
		"decimal":      {[]string{"0", "1", "412.5", "0.050", "123456789012345"}, []string{"", "-1", "+1", "1,5", "01", ".5", "1.", "1e3", "1 000", "1234567890123456", "1.2.3"}},
		"percent":      {[]string{"0", "84.2", "99.99", "100", "100.0"}, []string{"", "100.1", "101", "-1", "84%"}},
		"card": {[]string{"4111111111111111", "5555555555554444", "378282246310005", "6304000000000000", "411111******1111", "41111111****1111", "378282*****0005"},
			[]string{"", "4111111111111112", "4111 1111 1111 1111", "41111111111", "41111111111111111111", "4111********1111", "411111******111", "41111*******1111", "****************", "411111*****11111", "4111a1******1111"}},
		"caip10": {[]string{"eip155:1:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb", "bip122:000000000019d6689c085ae165831e93:128Lkh3S7CkDTBZ8W7BbpsN3YYizJMp8p6", "bip122:000000000019d6689c085ae165831e93:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
			"bip122:000000000019d6689c085ae165831e93:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bip122:000000000019d6689c085ae165831e93:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "cosmos:cosmoshub-3:cosmos1t2uflqwqe0fsj0shcfkrvpukewcw40yjj6hdc0"},
			[]string{"", "eip155:1", "eip155:1:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcd", "eip155:1:0xZb16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb", "eip155:x:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb", "bip122:000000000019d6689c085ae165831e93:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
				"bip122:000000000019d6689c085ae165831e93:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bip122:000000000019d6689c085ae165831e93:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "bip122:19d6689c085ae165831e93:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "ab:c:d", "EIP155:1:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb", "cosmos:hub 3:x", "cosmos:hub:x y", "a:b:c:d"}},
		"ecris":         {[]string{"0201 00", "0100 00"}, []string{"", "0201", "020100", "0201-00", "201 00", "0201 0", "02o1 00"}},
		"icao-document": {[]string{"P", "PD", "ID", "AC", "V"}, []string{"", "X", "p", "IV", "PPP", "P<", "P1"}},
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
