package pki

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

const (
	cardTitle = "# comity card 1\n"
	none      = "-" // an empty list
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
