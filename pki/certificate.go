package pki

import (
	"bytes"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Certificate is a jurisdiction's public keys, parsed and checked once. Nothing
// writes to it afterwards, so it is safe for concurrent use.
type Certificate struct {
	root    Fingerprint
	primary *packet.PublicKey
	head    []byte // packets of the primary key and its self-signature
	keys    []key  // in the order of the certificate
}

// Root is the fingerprint to compare out of band.
func (c *Certificate) Root() Fingerprint { return c.root }

// Keys lists the subkeys with purpose and life, expired and future ones too.
func (c *Certificate) Keys() []KeyInfo {
	infos := make([]KeyInfo, len(c.keys))
	for i, k := range c.keys {
		infos[i] = k.KeyInfo
	}
	return infos
}

// bytes gives the packets the certificate was read from.
func (c *Certificate) bytes() []byte {
	b := bytes.Clone(c.head)
	for _, k := range c.keys {
		b = append(b, k.raw...)
	}
	return b
}

// current is the newest subkey of that purpose whose life holds now; of two made
// in the same second the later in the certificate.
func (c *Certificate) current(p Purpose, now time.Time) (key, bool) {
	best, found := key{}, false
	for _, k := range c.keys {
		if k.Purpose == p && k.Valid(now) && (!found || !k.Created.Before(best.Created)) {
			best, found = k, true
		}
	}
	return best, found
}

// find gives the subkey with that fingerprint.
func (c *Certificate) find(f Fingerprint) (key, bool) {
	i := slices.IndexFunc(c.keys, func(k key) bool { return k.Fingerprint == f })
	if i < 0 {
		return key{}, false
	}
	return c.keys[i], true
}

// readCertificate reads the packets of a certificate strictly and verifies every
// signature in it. Errors are certificate_* problems. TRUST 2.
func readCertificate(b []byte) (*Certificate, error) {
	frames, err := certificateFrames(b)
	if err != nil {
		return nil, err
	}
	c := &Certificate{head: slices.Concat(frames[0].raw, frames[1].raw)}
	if c.primary, err = readPrimary(frames[0], frames[1]); err != nil {
		return nil, err
	}
	c.root = Fingerprint(c.primary.Fingerprint)
	for rest := frames[2:]; len(rest) > 0; rest = rest[2:] {
		k, err := readSubkey(c.primary, rest[0], rest[1])
		if err != nil {
			return nil, err
		}
		if _, twice := c.find(k.Fingerprint); twice {
			return nil, refuse("certificate_framing")
		}
		c.keys = append(c.keys, k)
	}
	return c, c.complete()
}

// complete demands a subkey of either purpose.
func (c *Certificate) complete() error {
	for _, p := range []Purpose{ForSigning, ForEncryption} {
		if !slices.ContainsFunc(c.keys, func(k key) bool { return k.Purpose == p }) {
			return refuse("certificate_incomplete")
		}
	}
	return nil
}
