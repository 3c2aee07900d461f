package pki

import (
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Endpoint is where a jurisdiction can be reached.
type Endpoint struct {
	Hub  bool   // a hub: needs Pin; otherwise the jurisdiction's own host, whose key is Card.TLS
	Addr string // "host:port"
	Pin  Pin    // of the hub's TLS key; zero for a direct endpoint
}

// Card is a jurisdiction's signed self-description. A card that was read or signed
// is shared between goroutines and must not be changed.
type Card struct {
	Jurisdiction    schema.Jurisdiction
	Name            string     // one line, UTF-8
	Serial          uint64     // a higher one replaces a lower one under the same root
	Issued, Expires time.Time  // UTC, second precision
	Endpoints       []Endpoint // in order of preference
	TLS             Pin
	Accepts         []string // type patterns, "mla.*"
	Languages       []string // BCP 47
	Certificate     *Certificate
	Text            []byte // the exact card file: signed text and signature
}

// defaultCardLife is the validity of a card whose Expires is left zero.
const defaultCardLife = 365 * 24 * time.Hour

// SignCard writes and signs a card for the root and these operational keys.
// Card.Certificate, Card.TLS and Card.Text are filled by it; Issued is now and
// Expires a year later where they are zero. Errors are root_mismatch and those of ReadCard.
func (r *Root) SignCard(c Card, s *Secrets, now time.Time) (*Card, error) {
	if err := r.owns(s); err != nil {
		return nil, err
	}
	c.Certificate, c.TLS = s.certificate, s.TLSPin()
	if c.Issued.IsZero() {
		c.Issued = now
	}
	if c.Expires.IsZero() {
		c.Expires = c.Issued.Add(defaultCardLife)
	}
	text := c.signedText()
	sig, err := sign(r.private, text, now)
	if err != nil {
		return nil, err
	}
	return ReadCard(appendArmor(text, blockSignature, sig), now)
}

// ReadCard reads a card strictly and verifies that its own root signed it. It
// says nothing about whether the root is the one expected: see Keyring.Pin. A zero
// now leaves out whether the card is valid today, for stored and historical cards.
// Errors are card_* and certificate_* problems with the line as their place.
func ReadCard(text []byte, now time.Time) (*Card, error) {
	if len(text) > MaxCard {
		return nil, refuse("card_too_large")
	}
	c, signature, err := parseCard(text)
	if err != nil {
		return nil, err
	}
	if err := c.signed(text[:len(text)-len(signature)], signature, now); err != nil {
		return nil, err
	}
	if now.IsZero() {
		return c, nil
	}
	if c.Issued.After(now.Add(ClockTolerance)) {
		return nil, refuse("card_not_yet_valid")
	}
	if !now.Before(c.Expires) {
		return nil, refuse("card_expired")
	}
	return c, nil
}

// signed verifies the armored signature at the end of a card by the card's own root.
func (c *Card) signed(text, armored []byte, now time.Time) error {
	if len(armored) == 0 {
		return refuse("card_unsigned")
	}
	sig, rest, ok := cutArmor(armored, blockSignature)
	if !ok || len(rest) > 0 {
		return refuse("card_signature")
	}
	d, err := readSignature(sig)
	if err != nil || (!now.IsZero() && d.created.After(now.Add(ClockTolerance))) {
		return refuse("card_signature")
	}
	if d.issuer != c.Certificate.Root() {
		return refuse("card_wrong_root")
	}
	if d.verify(c.Certificate.primary, text) != nil {
		return refuse("card_signature")
	}
	return nil
}
