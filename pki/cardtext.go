package pki

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
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

const (
	cardTitle = "# comity card 1\n"
	none      = "-" // an empty list
)

var (
	hostForm     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)
	acceptForm   = regexp.MustCompile(`^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?)$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// signedText writes the part of a card that the root signs. TRUST 3.1.
func (c *Card) signedText() []byte {
	b := []byte(cardTitle)
	line := func(name, value string) { b = append(b, "# "+name+": "+value+"\n"...) }
	line("jurisdiction", string(c.Jurisdiction))
	line("name", c.Name)
	line("serial", strconv.FormatUint(c.Serial, 10))
	line("issued", second(c.Issued).Format(time.RFC3339))
	line("expires", second(c.Expires).Format(time.RFC3339))
	line("tls", c.TLS.Hex())
	line("accepts", words(c.Accepts))
	line("languages", words(c.Languages))
	for _, e := range c.Endpoints {
		line("endpoint", e.text())
	}
	return appendArmor(b, blockPublic, c.Certificate.bytes())
}

func words(list []string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, " ")
}

func (e Endpoint) text() string {
	if e.Hub {
		return "hub " + e.Addr + " " + e.Pin.Hex()
	}
	return "direct " + e.Addr
}

// cardReader takes a card line by line.
type cardReader struct {
	rest []byte
	line int // number of the line last taken
}

// parseCard reads the signed part and gives the rest, the signature. What it
// accepts re-encodes to its own bytes.
func parseCard(text []byte) (c *Card, signature []byte, err error) {
	rest, titled := bytes.CutPrefix(text, []byte(cardTitle))
	r := &cardReader{rest: rest, line: 1}
	if !titled {
		return nil, nil, r.refuse("card_form")
	}
	c = &Card{}
	if err := r.headers(c); err != nil {
		return nil, nil, err
	}
	r.line++
	packets, signature, ok := cutArmor(r.rest, blockPublic)
	if !ok {
		return nil, nil, r.refuse("card_form")
	}
	if c.Certificate, err = readCertificate(packets); err != nil {
		return nil, nil, at(err, r.line)
	}
	if signed := text[:len(text)-len(signature)]; !bytes.Equal(c.signedText(), signed) {
		return nil, nil, r.refuse("card_form")
	}
	c.Text = bytes.Clone(text)
	return c, signature, nil
}

// headers reads the fixed lines in their order, then the endpoints.
func (r *cardReader) headers(c *Card) error {
	for _, h := range []struct {
		name string
		read func(string) error
	}{
		{"jurisdiction", c.readJurisdiction}, {"name", c.readName}, {"serial", c.readSerial},
		{"issued", c.readIssued}, {"expires", c.readExpires}, {"tls", c.TLS.read},
		{"accepts", c.readAccepts}, {"languages", c.readLanguages},
	} {
		value, err := r.header(h.name)
		if err != nil {
			return err
		}
		if err := h.read(value); err != nil {
			return at(err, r.line)
		}
	}
	for bytes.HasPrefix(r.rest, []byte("# ")) {
		value, err := r.header("endpoint")
		if err != nil {
			return err
		}
		if err := c.readEndpoint(value); err != nil {
			return at(err, r.line)
		}
	}
	return nil
}

// header takes one line "# name: value".
func (r *cardReader) header(name string) (string, error) {
	r.line++
	line, rest, found := bytes.Cut(r.rest, []byte("\n"))
	value, named := strings.CutPrefix(string(line), "# "+name+": ")
	switch {
	case !found || len(line) > 4096:
		return "", r.refuse("card_form")
	case !printable(string(line)):
		return "", r.refuse("card_characters")
	case !named || value == "":
		return "", r.refuse("card_form")
	}
	r.rest = rest
	return value, nil
}

// printable refuses bad UTF-8, control characters, line separators and format
// characters that reorder or hide text; the two joiners of Persian and Indic
// scripts may stay.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		joiner := r == '\u200C' || r == '\u200D'
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) && !joiner
	})
}

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

func (r *cardReader) refuse(code string) error { return at(refuse(code), r.line) }

// at gives a problem its line; what is not a problem becomes card_form.
func at(err error, line int) error {
	var p *schema.Problem
	if !errors.As(err, &p) {
		p = refuse("card_form")
	}
	p.Pointer = fmt.Sprintf("line %d", line)
	return p
}
