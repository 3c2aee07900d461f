package pki

import (
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Root is a jurisdiction's certify-only primary key with its private part. It
// lives off the node: making operational keys and signing cards is all it does.
type Root struct {
	private *packet.PrivateKey
	self    []byte // its self-signature, one packet
}

// NewRoot makes a root, ML-DSA-65+Ed25519, without expiry.
func NewRoot(now time.Time) (*Root, error) {
	priv, err := newSigningKey(second(now))
	if err != nil {
		return nil, err
	}
	sig := newSignature(packet.SigTypeDirectSignature, second(now))
	sig.FlagsValid, sig.FlagCertify, sig.SEIPDv2 = true, true, true
	sig.PreferredHash = []uint8{hashSHA512}
	sig.PreferredCipherSuites = [][2]uint8{{cipherAES, modeGCM}}
	if err := sig.SignDirectKeyBinding(&priv.PublicKey, priv, nil); err != nil {
		return nil, fmt.Errorf("sign root: %w", err)
	}
	self, err := encode(sig)
	if err != nil {
		return nil, err
	}
	return &Root{private: priv, self: self}, nil
}

// ReadRoot reads what Armor wrote and nothing else. The error is the
// *schema.Problem root_form.
func ReadRoot(armored []byte) (*Root, error) {
	data, rest, ok := cutArmor(armored, blockPrivate)
	if !ok || len(rest) > 0 || len(armored) > MaxCard {
		return nil, refuse("root_form")
	}
	secret, after, fault := nextFrame(data)
	if fault != "" || secret.tag != tagSecretKey {
		return nil, refuse("root_form")
	}
	self, after, fault := nextFrame(after)
	if fault != "" || self.tag != tagSignature || len(after) > 0 {
		return nil, refuse("root_form")
	}
	priv, ok := decodePrivate(secret)
	if !ok {
		return nil, refuse("root_form")
	}
	r := &Root{private: priv, self: self.raw}
	return r, r.check()
}

// check reads the public side as a peer would.
func (r *Root) check() error {
	pub, err := encode(&r.private.PublicKey)
	if err != nil {
		return refuse("root_form")
	}
	primary, _, fault := nextFrame(pub)
	self, _, selfFault := nextFrame(r.self)
	if fault+selfFault != "" {
		return refuse("root_form")
	}
	if _, err := readPrimary(primary, self); err != nil {
		return refuse("root_form")
	}
	return nil
}

// decodePrivate reads a private key packet that is not encrypted.
func decodePrivate(f frame) (*packet.PrivateKey, bool) {
	p, ok := decode(f)
	priv, is := p.(*packet.PrivateKey)
	if !ok || !is || priv.Encrypted || priv.Version != 6 || priv.PrivateKey == nil {
		return nil, false
	}
	return priv, true
}

// Armor gives the private root as an armored OpenPGP key, not encrypted: the
// file must go offline.
func (r *Root) Armor() ([]byte, error) {
	secret, err := encode(r.private)
	if err != nil {
		return nil, err
	}
	return appendArmor(nil, blockPrivate, slices.Concat(secret, r.self)), nil
}

// Fingerprint that peers pin.
func (r *Root) Fingerprint() Fingerprint { return Fingerprint(r.private.Fingerprint) }

// head is the public start of every certificate of this root.
func (r *Root) head() ([]byte, error) {
	pub, err := encode(&r.private.PublicKey)
	return slices.Concat(pub, r.self), err
}

// subkey makes a key of one purpose and its public packets.
func (r *Root) subkey(p Purpose, from time.Time, life time.Duration) (*packet.PrivateKey, []byte, error) {
	if life < time.Second || life/time.Second > 1<<32-1 {
		return nil, nil, refuse("bad_lifetime")
	}
	generate := newSigningKey
	if p == ForEncryption {
		generate = newEncryptionKey
	}
	priv, err := generate(second(from))
	if err != nil {
		return nil, nil, err
	}
	priv.IsSubkey = true
	binding, err := bind(r.private, priv, p, life)
	if err != nil {
		return nil, nil, err
	}
	pub, err := encode(&priv.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	sig, err := encode(binding)
	return priv, slices.Concat(pub, sig), err
}
