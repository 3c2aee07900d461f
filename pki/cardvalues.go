package pki

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/comity-exchange/comity/schema"
)

var (
	hostForm     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)
	acceptForm   = regexp.MustCompile(`^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?)$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// printable refuses bad UTF-8, control characters, line separators and format
// characters that reorder or hide text; the two joiners of Persian and Indic
// scripts may stay.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		joiner := r == '\u200C' || r == '\u200D'
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) && !joiner
	})
}

// errCard becomes card_form with the line, see at.
var errCard = errors.New("card value")

func (c *Card) readJurisdiction(v string) (err error) {
	c.Jurisdiction, err = schema.ParseJurisdiction(v)
	return err
}

func (c *Card) readName(v string) error {
	if c.Name = v; len(v) > maxName || strings.TrimSpace(v) != v {
		return errCard
	}
	return nil
}

func (c *Card) readSerial(v string) (err error) {
	if c.Serial, err = strconv.ParseUint(v, 10, 64); err != nil || c.Serial == 0 {
		return errCard
	}
	return nil
}

func (c *Card) readIssued(v string) (err error) {
	c.Issued, err = readTime(v)
	return err
}

func (c *Card) readExpires(v string) (err error) {
	if c.Expires, err = readTime(v); err != nil || !c.Expires.After(c.Issued) {
		return errCard
	}
	return nil
}

// readTime takes UTC in seconds; the comparison of bytes refuses every other form.
func readTime(v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, v)
	if err != nil || !strings.HasSuffix(v, "Z") {
		return t, errCard
	}
	return t.UTC(), nil
}

// read takes 64 lower-case digits that are not all zero.
func (p *Pin) read(v string) error {
	b, err := hex.DecodeString(v)
	if err != nil || len(b) != len(p) || Pin(b) == (Pin{}) {
		return errCard
	}
	*p = Pin(b)
	return nil
}

func (c *Card) readAccepts(v string) (err error) {
	c.Accepts, err = readWords(v, acceptForm, maxAccepts)
	return err
}

func (c *Card) readLanguages(v string) (err error) {
	c.Languages, err = readWords(v, languageForm, maxLanguages)
	return err
}

// readWords takes words of one form, each once.
func readWords(v string, form *regexp.Regexp, limit int) ([]string, error) {
	if v == none {
		return nil, nil
	}
	list := strings.Split(v, " ")
	for i, w := range list {
		if !form.MatchString(w) || slices.Contains(list[:i], w) {
			return nil, errCard
		}
	}
	if len(list) > limit {
		return nil, errCard
	}
	return list, nil
}

// readEndpoint takes "direct host:port" or "hub host:port pin".
func (c *Card) readEndpoint(v string) error {
	var e Endpoint
	parts := strings.Split(v, " ")
	switch {
	case len(parts) == 2 && parts[0] == "direct":
	case len(parts) == 3 && parts[0] == "hub":
		if e.Hub = true; e.Pin.read(parts[2]) != nil {
			return errCard
		}
	default:
		return errCard
	}
	if e.Addr = parts[1]; !isAddress(e.Addr) || len(c.Endpoints) == maxEndpoints {
		return errCard
	}
	c.Endpoints = append(c.Endpoints, e)
	return nil
}

// isAddress accepts a lower-case host name or an IP address, and a port.
func isAddress(s string) bool {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.String() == s && a.Port() != 0 && a.Addr().Zone() == ""
	}
	host, digits, _ := strings.Cut(s, ":")
	port, err := strconv.ParseUint(digits, 10, 16)
	return err == nil && port != 0 && strconv.FormatUint(port, 10) == digits && len(host) <= 253 && hostForm.MatchString(host)
}
