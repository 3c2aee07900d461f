package auditor

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// certificate is a jurisdiction's root and the subkeys that it has bound.
type certificate struct {
	root    *packet.PublicKey
	subkeys map[string]*packet.PublicKey // by fingerprint
}

// readCertificate takes the certificate out of a card. TRUST 2 and 3.1.
func readCertificate(card []byte) (*certificate, error) {
	_, rest, found := strings.Cut(string(card), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n")
	body, _, ended := strings.Cut(rest, "-----END PGP PUBLIC KEY BLOCK-----\n")
	if !found || !ended {
		return nil, errors.New("the card holds no certificate")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	c := &certificate{subkeys: map[string]*packet.PublicKey{}}
	var bound *packet.PublicKey
	for packets := packet.NewReader(bytes.NewReader(raw)); ; {
		p, err := packets.Next()
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		switch p := p.(type) {
		case *packet.PublicKey:
			if bound = p; c.root == nil {
				c.root = p
			}
		case *packet.Signature:
			if err := c.bind(bound, p); err != nil {
				return nil, fmt.Errorf("certificate: %w", err)
			}
		}
	}
}

// bind takes a subkey in if the root's signature over it holds.
func (c *certificate) bind(k *packet.PublicKey, s *packet.Signature) error {
	if k == c.root {
		return c.root.VerifyDirectKeySignature(s)
	}
	if err := c.root.VerifyKeySignature(k, s); err != nil {
		return err
	}
	c.subkeys[hex.EncodeToString(k.Fingerprint)] = k
	return nil
}

// verify checks a detached signature by one of the subkeys.
func (c *certificate) verify(text, signature []byte) error {
	p, err := packet.Read(bytes.NewReader(signature))
	if err != nil {
		return err
	}
	s, is := p.(*packet.Signature)
	if !is {
		return errors.New("it is no signature")
	}
	k := c.subkeys[hex.EncodeToString(s.IssuerFingerprint)]
	if k == nil {
		return errors.New("it is by a key that the card does not list")
	}
	h, err := s.PrepareVerify()
	if err != nil {
		return err
	}
	h.Write(text)
	return k.VerifySignature(h, s)
}

// readCards takes each node's certificate from the cards that its peers have pinned,
// and adds the subkeys of all cards that anybody keeps of it: what was signed under an
// earlier card is proved by that one.
func (a *audit) readCards() {
	for _, b := range a.sorted() {
		for _, p := range b.peers {
			c, err := readCertificate(p.card)
			if err != nil || !bytes.Equal(c.root.Fingerprint, p.fingerprint) {
				a.find("I5", b.Code, "peer "+p.code, "the card is not that of the pinned root")
				continue
			}
			a.certificates[p.code] = c
		}
	}
	for _, b := range a.sorted() {
		for _, k := range b.cards {
			c, err := readCertificate(k.card)
			known := a.certificates[k.code]
			if err != nil || known == nil || !bytes.Equal(c.root.Fingerprint, known.root.Fingerprint) {
				continue
			}
			maps.Copy(known.subkeys, c.subkeys)
		}
	}
}
