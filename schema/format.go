package schema

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// format is one form of string that schemas name in "format". Its error code is
// "bad_" and its name with underscores.
type format struct {
	name   string
	ok     func(string) bool
	detail string
	fix    string
}

// formatNamed finds a form, nil if there is none.
func formatNamed(name string) *format {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i]
		}
	}
	return nil
}

// formats lists every form the schemas use; all are asserted.
var formats = []format{
	{"line", isLine, "This is not one line of plain text.", "Remove line breaks, control characters and direction overrides."},
	{"text", isText, "The text contains characters that change what a reader sees.", "Remove control characters and direction overrides."},
	{"id", isID, "This is not a message id.", "Use a UUIDv7 in lower case, or leave the id out and the node makes one."},
	{"address", isAddress, "This is not an address.", "Write JURISDICTION/authority, for example DE/bfj."},
	{"marking", isMarking, "This marking is not carried.", "Use unclassified or restricted; anything higher must travel by another channel."},
	{"instant", isInstant, "This is not a time in UTC with seconds.", "Write it as 2026-11-23T21:05:52Z."},
	{"date", isDate, "This is not a date.", "Write it as 2026-11-23."},
	{"partial-date", isPartialDate, "This is not a date.", "Write it as 1980, 1980-05 or 1980-05-17."},
	{"duration", isDuration, "This is not a duration.", "Write it in ISO 8601, for example P3Y6M or PT24H."},
	{"country", isCountry, "This is not a country code.", "Use ISO 3166-1 alpha-2, for example NL."},
	{"language", isLanguage, "This is not a language tag.", "Use BCP 47, for example nl, pt-BR or sr-Latn."},
	{"currency", isCurrency, "This is not a currency code.", "Use ISO 4217, for example EUR."},
	{"iban", isIBAN, "This is not a valid IBAN.", "Check the number: letters in upper case, no spaces, check digits by ISO 13616."},
	{"bic", isBIC, "This is not a BIC.", "Use 8 or 11 characters by ISO 9362."},
	{"phone", isPhone, "This is not a telephone number.", "Write it in E.164: a plus sign, country code and number, digits only."},
	{"mail", isMail, "This is not an e-mail address.", "Write one address, for example office@example.org."},
	{"sha256", isSHA256, "This is not a SHA-256 digest.", "Write 64 hexadecimal digits in lower case."},
	{"media-type", isMediaType, "This is not a media type.", "Write it as application/pdf, without parameters."},
	{"file-name", isFileName, "This file name is not safe.", "Use at most 255 octets without path, control, direction or wildcard characters."},
	{"pointer", isPointer, "This is not a pointer into a message.", "Write it as /body/offences/0/facts (RFC 6901)."},
	{"moment", isMoment, "This is not a time in UTC.", "Write it as 2026-11-23T21:05:52Z or 2026-11-23T21:05:52.25Z."},
	{"ip", isIP, "This is not an IP address in its canonical spelling.", "Write it as 192.0.2.1 or 2001:db8::1, without zone, port or leading zeros."},
	{"mac", isMAC, "This is not a MAC address.", "Write six pairs of hexadecimal digits in lower case, as 00:00:5e:00:53:01."},
	{"imei", isIMEI, "This is not a valid IMEI.", "Check the number: 15 digits, the last by Luhn."},
	{"imsi", isIMSI, "This is not an IMSI.", "Write at most 15 digits."},
	{"iccid", isICCID, "This is not a valid ICCID.", "Check the number on the card: 19 or 20 digits that begin with 89, the last by Luhn."},
	{"lei", isLEI, "This is not a valid LEI.", "Check the number: 20 letters and digits by ISO 17442, in upper case."},
	{"vin", isVIN, "This is not a valid vehicle identification number.", "Check the number: 17 characters without I, O and Q. Put an older chassis number into the description."},
	{"gtin", isGTIN, "This is not a valid GTIN.", "Check the number under the bar code: 8, 12, 13 or 14 digits."},
	{"cas", isCAS, "This is not a valid CAS number.", "Check the number, for example 50-36-2."},
	{"container", isContainer, "This is not a valid container number.", "Check the number: four letters and seven digits by ISO 6346, without spaces."},
	{"imo", isIMO, "This is not a valid IMO number.", "Check the number: seven digits, without IMO before them."},
	{"decimal", isDecimal, "This is not a number.", "Write digits with a point where needed, for example 412.5."},
	{"percent", isPercent, "This is not a share in per cent.", "Write a number from 0 to 100, for example 84.2."},
	{"card", isCard, "This is not a valid card number.", "Check the number: 12 to 19 digits, the last by Luhn. Or show the first six or eight and the last four, and an asterisk for each other digit."},
	{"caip10", isCAIP10, "This is not a valid account of a block chain by CAIP-10.", "Write chain and address, for example eip155:1:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb, or name wallet and asset instead."},
	{"ecris", isECRIS, "This is not a code of the ECRIS table.", "Write it as 0201 00."},
	{"icao-document", isTravelDocument, "This is not a document code of ICAO Doc 9303.", "Write the one or two letters at the start of the machine-readable zone, for example P or ID."},
}

// problem is the refusal of a string that is not of this form.
func (f format) problem(pointer string) Problem {
	return *invalid("bad_"+strings.ReplaceAll(f.name, "-", "_"), pointer, f.detail, f.fix)
}

// compiled is the form as the validator wants it.
func (f format) compiled() *jsonschema.Format {
	err := fmt.Errorf("not of form %s", f.name)
	return &jsonschema.Format{Name: f.name, Validate: func(v any) error {
		if s, ok := v.(string); ok && !f.ok(s) {
			return err
		}
		return nil
	}}
}

// isLine refuses what could make one line look like two or like another: breaks,
// every direction control, invisible spaces (UAX 9, UTS 55).
func isLine(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 {
			return false
		}
		if s[i] >= utf8.RuneSelf {
			return !strings.ContainsFunc(s[i:], func(c rune) bool { return lineBreaker(c) || directionRune(c) })
		}
	}
	return true
}

func lineBreaker(c rune) bool {
	return c < 0x20 || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0x200b || c == 0x2060 || c == 0xfeff ||
		(c >= 0xe0000 && c <= 0xe007f) // tag characters, invisible
}

func directionRune(c rune) bool {
	return c == 0x200e || c == 0x200f || c == 0x61c || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)
}

// isText allows marks and isolates, which right-to-left prose needs, and refuses overrides.
func isText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return !strings.ContainsFunc(s[i:], func(c rune) bool {
				return c == 0x202d || c == 0x202e || (c >= 0xe0000 && c <= 0xe007f)
			})
		}
	}
	return true
}

func isID(s string) bool {
	_, err := ParseID(s)
	return err == nil
}

func isAddress(s string) bool {
	_, err := ParseAddress(s)
	return err == nil
}

func isMarking(s string) bool {
	_, err := ParseMarking(s)
	return err == nil
}

func isInstant(s string) bool {
	if len(s) != len("2006-01-02T15:04:05Z") {
		return false
	}
	_, err := time.Parse("2006-01-02T15:04:05Z", s)
	return err == nil
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && len(s) == len(time.DateOnly)
}

func isPartialDate(s string) bool {
	_, err := latestDate(s)
	return err == nil
}

// latestDate is the last day that a full or partial date may mean.
func latestDate(s string) (time.Time, error) {
	switch len(s) {
	case 4:
		t, err := time.Parse("2006", s)
		return t.AddDate(1, 0, -1), err
	case 7:
		t, err := time.Parse("2006-01", s)
		return t.AddDate(0, 1, -1), err
	}
	if !isDate(s) {
		return time.Time{}, fmt.Errorf("not a date")
	}
	return time.Parse(time.DateOnly, s)
}

// isDuration reads ISO 8601 durations: PnW, or PnYnMnDTnHnMnS with at least one part.
func isDuration(s string) bool {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || len(s) > 32 {
		return false
	}
	if n := len(rest) - 1; n > 0 && rest[n] == 'W' {
		return digits(rest[:n])
	}
	day, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" {
		return false
	}
	return s != "P" && parts(day, "YMD") && parts(clock, "HMS")
}

// parts holds if s is numbers each followed by a unit, units in the order given.
func parts(s, units string) bool {
	for s != "" {
		i := strings.IndexAny(s, units)
		if i < 1 || !digits(s[:i]) {
			return false
		}
		units = units[strings.IndexByte(units, s[i])+1:]
		s = s[i+1:]
	}
	return true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isCountry(s string) bool {
	if len(s) != 2 || !upper(s) {
		return false
	}
	r, err := language.ParseRegion(s)
	return err == nil && r.IsCountry() && r.Canonicalize().String() == s
}

func upper(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// isLanguage accepts language, language-Script and language-REGION in canonical case.
func isLanguage(s string) bool {
	base, rest, _ := strings.Cut(s, "-")
	if _, err := language.ParseBase(base); err != nil || strings.ToLower(base) != base || len(s) > 12 {
		return false
	}
	if rest == "" {
		return len(base) == len(s)
	}
	tag, err := language.Parse(s)
	return err == nil && tag.String() == s
}

func isCurrency(s string) bool {
	if len(s) != 3 || !upper(s) {
		return false
	}
	_, err := currency.ParseISO(s)
	return err == nil
}

// isIBAN checks ISO 13616: country, check digits, and the whole modulo 97 is 1.
func isIBAN(s string) bool {
	if len(s) < 15 || len(s) > 34 || !upper(s[:2]) || !digits(s[2:4]) {
		return false
	}
	return mod97(s[4:], s[:4]) == 1
}

// mod97 is the rest of ISO 7064 MOD 97-10 over the parts, letters as 10 to 35; -1 if
// another character is among them.
func mod97(parts ...string) (rest int) {
	for _, s := range parts {
		for i := range len(s) {
			switch c := s[i]; {
			case c >= '0' && c <= '9':
				rest = (rest*10 + int(c-'0')) % 97
			case c >= 'A' && c <= 'Z':
				rest = (rest*100 + int(c-'A') + 10) % 97
			default:
				return -1
			}
		}
	}
	return rest
}

func isBIC(s string) bool {
	if (len(s) != 8 && len(s) != 11) || !upper(s[:6]) {
		return false
	}
	for i := 6; i < len(s); i++ {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

func isPhone(s string) bool {
	rest, ok := strings.CutPrefix(s, "+")
	return ok && len(rest) >= 3 && len(rest) <= 15 && rest[0] != '0' && digits(rest)
}

func isMail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && len(s) <= 254 && local != "" && strings.Contains(strings.Trim(domain, "."), ".") && isLine(s) && !strings.ContainsAny(s, " ,;<>()\"\\") && !strings.Contains(domain, "@")
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func isMediaType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	const token = "abcdefghijklmnopqrstuvwxyz0123456789.+-"
	return ok && len(s) <= 127 && kind != "" && sub != "" && strings.Trim(kind, token) == "" && strings.Trim(sub, token) == ""
}

// isFileName accepts names that every file system and every screen takes as they are.
func isFileName(s string) bool {
	return s != "" && len(s) <= 255 && isLine(s) && !strings.ContainsAny(s, `/\:*?"<>|`) &&
		strings.TrimSpace(s) == s && strings.Trim(s, ".") != "" && !strings.HasSuffix(s, ".")
}

func isPointer(s string) bool {
	return strings.HasPrefix(s, "/") && len(s) <= 512 && safePointer(s) == s
}
