package pki

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The layout of a detached signature, octets. RFC 9580 5.2.3, RFC 9980. TRUST 5.2.
const (
	hashedStart   = 8  // version, type, algorithm, hash, length
	hashedSize    = 41 // creation time 1+1+4, issuer fingerprint 1+1+1+32
	signatureBody = hashedStart + hashedSize + 4 + 2 + 1 + 32 + 64 + 3309
	// SignatureSize is the length of every detached signature.
	SignatureSize = 3 + signatureBody
)

// detached is a signature that was read and not yet verified.
type detached struct {
	frame   frame
	issuer  Fingerprint
	created time.Time
}

// readSignature takes exactly one signature packet of the one form. Errors are
// signature_* problems.
func readSignature(sig []byte) (d detached, err error) {
	if len(sig) == 0 {
		return d, refuse("signature_missing")
	}
	f, rest, fault := nextFrame(sig)
	switch {
	case fault != "":
		return d, refuse("signature_framing")
	case f.tag != tagSignature:
		return d, refuse("signature_framing")
	case len(rest) > 0 && rest[0] == 0xC0|tagSignature:
		return d, refuse("signature_two")
	case len(rest) > 0:
		return d, refuse("signature_trailing")
	}
	if code := wrongForm(f.body); code != "" {
		return d, refuse(code)
	}
	return detached{frame: f, issuer: Fingerprint(f.body[hashedStart+9 : hashedStart+hashedSize]),
		created: time.Unix(int64(binary.BigEndian.Uint32(f.body[hashedStart+2:])), 0).UTC()}, nil
}

// wrongForm names the first thing that differs from the one form, or "".
func wrongForm(b []byte) string {
	switch {
	case len(b) < hashedStart:
		return "signature_framing"
	case b[0] != 6:
		return "signature_version"
	case b[1] != byte(packet.SigTypeBinary):
		return "signature_type"
	case b[2] != algoSign:
		return "signature_wrong_algorithm"
	case b[3] != hashSHA512:
		return "signature_wrong_hash"
	case len(b) < hashedStart+hashedSize+4 || binary.BigEndian.Uint32(b[4:]) != hashedSize || !wantedSubpackets(b[hashedStart:]):
		return "signature_subpackets"
	case len(b) != signatureBody:
		return "signature_framing"
	}
	return ""
}

// wantedSubpackets reports whether b starts with creation time and issuer
// fingerprint v6 and no unhashed subpackets follow. The critical bit may vary.
func wantedSubpackets(b []byte) bool {
	return b[0] == 5 && b[1]&0x7F == 2 && b[6] == 34 && b[7]&0x7F == 33 && b[8] == 6 &&
		binary.BigEndian.Uint32(b[hashedSize:]) == 0
}

// verify checks the signature itself.
func (d detached) verify(by *packet.PublicKey, text []byte) error {
	p, ok := decode(d.frame)
	sig, is := p.(*packet.Signature)
	if !ok || !is {
		return refuse("signature_framing")
	}
	h, err := sig.PrepareVerify()
	if err != nil {
		return refuse("signature_framing")
	}
	h.Write(text)
	if by.VerifySignature(h, sig) != nil {
		return refuse("signature_bad")
	}
	return nil
}

// sign makes a detached signature.
func sign(priv *packet.PrivateKey, text []byte, now time.Time) ([]byte, error) {
	sig := newSignature(packet.SigTypeBinary, second(now))
	h, err := sig.PrepareSign(nil)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	h.Write(text)
	if err := sig.Sign(h, priv, nil); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return encode(sig)
}

// Verify checks a detached v6 signature by one of the certificate's signing
// subkeys over text, with a clock tolerance of 2 minutes, and returns the
// signature's creation time. That time is the signer's claim. Errors are
// signature_* problems.
func (c *Certificate) Verify(text, sig []byte, now time.Time) (time.Time, error) {
	d, by, err := c.judge(sig)
	if err != nil {
		return time.Time{}, err
	}
	if d.created.After(now.Add(ClockTolerance)) {
		return time.Time{}, refuse("signature_future")
	}
	if now.After(by.Expires.Add(SigningOverlap)) {
		return time.Time{}, refuse("signature_key_expired")
	}
	return d.claim(by, text)
}

// VerifyAt checks a signature as of its own time, for proofs of the past.
func (c *Certificate) VerifyAt(text, sig []byte) (time.Time, error) {
	d, by, err := c.judge(sig)
	if err != nil {
		return time.Time{}, err
	}
	return d.claim(by, text)
}

// claim verifies and gives the creation time.
func (d detached) claim(by key, text []byte) (time.Time, error) {
	if err := d.verify(by.public, text); err != nil {
		return time.Time{}, err
	}
	return d.created, nil
}

// judge reads a signature and finds the signing subkey that could have made it then.
func (c *Certificate) judge(sig []byte) (detached, key, error) {
	d, err := readSignature(sig)
	if err != nil {
		return d, key{}, err
	}
	by, known := c.find(d.issuer)
	switch {
	case d.issuer == c.root, known && by.Purpose != ForSigning:
		return d, by, refuse("signature_wrong_purpose")
	case !known:
		return d, by, refuse("signature_unknown_key")
	case !by.Valid(d.created):
		return d, by, refuse("signature_outside_validity")
	}
	return d, by, nil
}
