package schema

import (
	"net/netip"
	"strings"
	"time"
)

// isMoment is an instant with up to nine decimals of a second, as laboratories record it.
func isMoment(s string) bool {
	t, err := time.Parse(time.RFC3339Nano, s)
	return err == nil && strings.HasSuffix(s, "Z") && len(s) <= len("2006-01-02T15:04:05.999999999Z") && t.Year() > 0 && !strings.Contains(s, ",")
}

// isIP takes IPv4 and IPv6 in their one canonical spelling (RFC 5952), without zone
// and without an IPv4 address inside IPv6.
func isIP(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && !a.Is4In6() && a.String() == s
}

// isMAC takes EUI-48 in lower case with colons.
func isMAC(s string) bool {
	if len(s) != len("00:00:5e:00:53:01") {
		return false
	}
	for i := range s {
		if sep := i%3 == 2; sep != (s[i] == ':') || !sep && !strings.Contains("0123456789abcdef", s[i:i+1]) {
			return false
		}
	}
	return true
}

// isIMEI is 15 digits, the last by Luhn (3GPP TS 23.003, 6.2).
func isIMEI(s string) bool { return len(s) == 15 && luhn(s) }

// isIMSI is at most 15 digits (ITU-T E.212): country, network, subscriber.
func isIMSI(s string) bool { return len(s) >= 6 && len(s) <= 15 && digits(s) }

// isICCID is 19 or 20 digits that begin with 89, the last by Luhn (ITU-T E.118).
func isICCID(s string) bool {
	return (len(s) == 19 || len(s) == 20) && strings.HasPrefix(s, "89") && luhn(s)
}

// luhn holds if s is digits whose last is right by ISO/IEC 7812-1, annex B.
func luhn(s string) bool {
	if !digits(s) {
		return false
	}
	sum := 0
	for i := range s {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// isLEI checks ISO 17442: 18 letters or digits, two check digits, modulo 97 is 1.
func isLEI(s string) bool {
	return len(s) == 20 && digits(s[18:]) && mod97(s) == 1
}

// vinValues gives each character its number for the check digit; I, O and Q are no
// characters of a VIN (ISO 3779).
var vinValues = map[byte]int{'0': 0, '1': 1, '2': 2, '3': 3, '4': 4, '5': 5, '6': 6, '7': 7, '8': 8, '9': 9,
	'A': 1, 'B': 2, 'C': 3, 'D': 4, 'E': 5, 'F': 6, 'G': 7, 'H': 8, 'J': 1, 'K': 2, 'L': 3, 'M': 4, 'N': 5,
	'P': 7, 'R': 9, 'S': 2, 'T': 3, 'U': 4, 'V': 5, 'W': 6, 'X': 7, 'Y': 8, 'Z': 9}

// vinWeights are those of the positions; the ninth is the check digit itself.
var vinWeights = [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

// isVIN takes 17 characters. The check digit counts where it must be there: in
// vehicles of North America, whose first character is 1 to 5 (49 CFR 565.15).
func isVIN(s string) bool {
	if len(s) != 17 {
		return false
	}
	sum := 0
	for i := range s {
		value, ok := vinValues[s[i]]
		if !ok {
			return false
		}
		sum += value * vinWeights[i]
	}
	return s[0] < '1' || s[0] > '5' || s[8] == "0123456789X"[sum%11]
}

// isGTIN takes 8, 12, 13 or 14 digits, the last modulo 10 (GS1 General Specifications, 7.9).
func isGTIN(s string) bool {
	if len(s) != 8 && (len(s) < 12 || len(s) > 14) || !digits(s) {
		return false
	}
	sum := 0
	for i := range s {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

// isCAS takes a CAS registry number: up to seven digits, two, and one that checks the others.
func isCAS(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) != 3 || len(parts[0]) < 2 || len(parts[0]) > 7 || len(parts[1]) != 2 || len(parts[2]) != 1 || parts[0][0] == '0' {
		return false
	}
	body := parts[0] + parts[1]
	if !digits(body + parts[2]) {
		return false
	}
	sum := 0
	for i := range body {
		sum += (i + 1) * int(body[len(body)-1-i]-'0')
	}
	return sum%10 == int(parts[2][0]-'0')
}

// isContainer takes owner, category, serial and check digit of ISO 6346.
func isContainer(s string) bool {
	if len(s) != 11 || !upper(s[:4]) || !strings.Contains("UJZ", s[3:4]) || !digits(s[4:]) {
		return false
	}
	sum := 0
	for i := range 10 {
		value := int(s[i] - '0')
		if i < 4 {
			value = int(s[i]-'A') + 10
			value += (value - 1) / 10 // 11, 22 and 33 are left out
		}
		sum += value << i
	}
	return sum%11%10 == int(s[10]-'0')
}

// isIMO takes the seven digits of a ship, the last of which checks the others (IMO resolution A.1117(30)).
func isIMO(s string) bool {
	if len(s) != 7 || !digits(s) {
		return false
	}
	sum := 0
	for i := range 6 {
		sum += (7 - i) * int(s[i]-'0')
	}
	return sum%10 == int(s[6]-'0')
}

// isDecimal takes a number as it is written, so that no digit is lost: up to 15
// digits, no sign, no leading zero.
func isDecimal(s string) bool {
	whole, fraction, pointed := strings.Cut(s, ".")
	if !digits(whole) || len(s) > 16 || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	return !pointed && len(s) <= 15 || pointed && digits(fraction)
}

func isPercent(s string) bool {
	whole, fraction, _ := strings.Cut(s, ".")
	return isDecimal(s) && (len(whole) < 3 || whole == "100" && strings.Trim(fraction, "0") == "")
}

// isTravelDocument takes the document code of a machine-readable travel document (ICAO
// Doc 9303-3 to 9303-7): P for a passport, A, C or I for a card, V for a visa, with at most one letter more.
func isTravelDocument(s string) bool {
	return (len(s) == 1 || len(s) == 2) && upper(s) && strings.Contains("PACIV", s[:1]) && s != "IV"
}
