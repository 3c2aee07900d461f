package pki

import (
	"bytes"
	"crypto"
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

// certificateFrames splits b and holds it against the order of packets.
func certificateFrames(b []byte) ([]frame, error) {
	var frames []frame
	for len(b) > 0 {
		f, rest, fault := nextFrame(b)
		if fault != "" || len(frames) == 2+2*maxSubkeys || !inPlace(f, len(frames)) {
			return nil, refuse("certificate_framing")
		}
		frames, b = append(frames, f), rest
	}
	if len(frames) < 2 || len(frames)%2 != 0 {
		return nil, refuse("certificate_framing")
	}
	return frames, nil
}

// inPlace reports whether a packet may stand at position i.
func inPlace(f frame, i int) bool {
	switch {
	case i == 0:
		return f.tag == tagPublicKey
	case i%2 == 1:
		return f.tag == tagSignature
	}
	return f.tag == tagPublicSubkey
}

// readPrimary reads the root key and its self-signature: certify only, no expiry.
func readPrimary(pub, self frame) (*packet.PublicKey, error) {
	k, err := readPublic(pub)
	if err != nil {
		return nil, err
	}
	sig, err := readSelfSignature(self, packet.SigTypeDirectSignature, k)
	if err != nil {
		return nil, err
	}
	certifyOnly := sig.FlagsValid && sig.FlagCertify && !sig.FlagSign && !encrypts(sig) &&
		!sig.FlagAuthenticate && !sig.FlagSplitKey && !sig.FlagGroupKey
	if byte(k.PubKeyAlgo) != algoSign || !certifyOnly || sig.KeyLifetimeSecs != nil {
		return nil, refuse("certificate_flags")
	}
	if k.VerifyDirectKeySignature(sig) != nil {
		return nil, refuse("certificate_binding")
	}
	return k, nil
}

// readSubkey reads one subkey and the root's binding of it: one purpose, with an expiry.
func readSubkey(root *packet.PublicKey, pub, binding frame) (key, error) {
	k, err := readPublic(pub)
	if err != nil {
		return key{}, err
	}
	sig, err := readSelfSignature(binding, packet.SigTypeSubkeyBinding, root)
	if err != nil {
		return key{}, err
	}
	purpose, ok := purposeOf(k, sig)
	if !ok || sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 || !sig.CreationTime.Equal(k.CreationTime) {
		return key{}, refuse("certificate_flags")
	}
	if back := sig.EmbeddedSignature; back != nil && (purpose != ForSigning || !ofSuite(back) || back.SigLifetimeSecs != nil) {
		return key{}, refuse("certificate_binding")
	}
	if root.VerifyKeySignature(k, sig) != nil { // checks the signature back too
		return key{}, refuse("certificate_binding")
	}
	created := k.CreationTime.UTC()
	return key{KeyInfo{Fingerprint(k.Fingerprint), purpose, created,
		created.Add(time.Duration(*sig.KeyLifetimeSecs) * time.Second)}, k, slices.Concat(pub.raw, binding.raw)}, nil
}

// purposeOf demands that flags and algorithm say the same one thing.
func purposeOf(k *packet.PublicKey, sig *packet.Signature) (Purpose, bool) {
	other := !sig.FlagsValid || sig.FlagCertify || sig.FlagAuthenticate || sig.FlagSplitKey || sig.FlagGroupKey
	switch {
	case other:
		return "", false
	case byte(k.PubKeyAlgo) == algoSign && sig.FlagSign && !encrypts(sig):
		return ForSigning, true
	case byte(k.PubKeyAlgo) == algoEncrypt && encrypts(sig) && !sig.FlagSign:
		return ForEncryption, true
	}
	return "", false
}

func encrypts(sig *packet.Signature) bool {
	return sig.FlagEncryptCommunications || sig.FlagEncryptStorage
}

// readPublic reads a v6 key of the suite.
func readPublic(f frame) (*packet.PublicKey, error) {
	switch {
	case len(f.body) < 6:
		return nil, refuse("certificate_framing")
	case f.body[0] == 4:
		return nil, refuse("certificate_v4_key")
	case f.body[0] != 6:
		return nil, refuse("certificate_framing")
	case f.body[5] != algoSign && f.body[5] != algoEncrypt:
		return nil, refuse("certificate_wrong_algorithm")
	}
	p, ok := decode(f)
	k, is := p.(*packet.PublicKey)
	if !ok || !is {
		return nil, refuse("certificate_framing")
	}
	return k, nil
}

// readSelfSignature reads a signature of the suite that names root as its issuer.
func readSelfSignature(f frame, kind packet.SignatureType, root *packet.PublicKey) (*packet.Signature, error) {
	if len(f.body) < 4 || f.body[0] != 6 || f.body[1] != byte(kind) {
		return nil, refuse("certificate_framing")
	}
	if f.body[2] != algoSign || f.body[3] != hashSHA512 {
		return nil, refuse("certificate_wrong_algorithm")
	}
	p, ok := decode(f)
	sig, is := p.(*packet.Signature)
	if !ok || !is {
		return nil, refuse("certificate_framing")
	}
	if !ofSuite(sig) || sig.SigLifetimeSecs != nil || !bytes.Equal(sig.IssuerFingerprint, root.Fingerprint) {
		return nil, refuse("certificate_binding")
	}
	return sig, nil
}

// ofSuite reports whether a signature was made with the one suite.
func ofSuite(sig *packet.Signature) bool {
	return sig.Version == 6 && byte(sig.PubKeyAlgo) == algoSign && sig.Hash == crypto.SHA512
}
