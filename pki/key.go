package pki

import (
	"crypto"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/mldsa_eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Purpose is what a subkey may be used for; each has exactly one.
type Purpose string

const (
	ForSigning    Purpose = "sign"    // manifests, receipts and the like
	ForEncryption Purpose = "encrypt" // what peers seal
)

// KeyInfo is what an operator sees of a subkey.
type KeyInfo struct {
	Fingerprint Fingerprint
	Purpose     Purpose
	Created     time.Time // UTC; the first second of its life
	Expires     time.Time // UTC; the first second after its life
}

// Valid reports whether now lies in the subkey's life.
func (k KeyInfo) Valid(now time.Time) bool {
	return !now.Before(k.Created) && now.Before(k.Expires)
}

// key is one subkey of a certificate, checked; nothing writes to it afterwards.
type key struct {
	KeyInfo
	public *packet.PublicKey
	raw    []byte // its packets: public subkey and binding signature
}

// newSigningKey makes an ML-DSA-65+Ed25519 key, created at a time given.
func newSigningKey(created time.Time) (*packet.PrivateKey, error) {
	curve, err := packet.GetEdDSACurveFromAlgID(packet.PubKeyAlgoMldsa65Ed25519)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	lattice, err := packet.GetMldsaFromAlgID(packet.PubKeyAlgoMldsa65Ed25519)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	priv, err := mldsa_eddsa.GenerateKey(rand.Reader, algoSign, curve, lattice)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	return packet.NewSignerPrivateKey(created, priv), nil
}

// newEncryptionKey makes an ML-KEM-768+X25519 key, created at a time given.
func newEncryptionKey(created time.Time) (*packet.PrivateKey, error) {
	curve, err := packet.GetECDHCurveFromAlgID(packet.PubKeyAlgoMlkem768X25519)
	if err != nil {
		return nil, fmt.Errorf("make encryption key: %w", err)
	}
	lattice, err := packet.GetMlkemFromAlgID(packet.PubKeyAlgoMlkem768X25519)
	if err != nil {
		return nil, fmt.Errorf("make encryption key: %w", err)
	}
	priv, err := mlkem_ecdh.GenerateKey(rand.Reader, algoEncrypt, curve, lattice)
	if err != nil {
		return nil, fmt.Errorf("make encryption key: %w", err)
	}
	k := packet.NewDecrypterPrivateKey(created, priv)
	return k, k.UpgradeToV6()
}

// bind makes the root's signature that gives a subkey its purpose and life. A
// signing subkey signs back, so that nobody can claim another's. RFC 9580 10.1.5.
func bind(root, sub *packet.PrivateKey, p Purpose, life time.Duration) (*packet.Signature, error) {
	seconds := uint32(life / time.Second)
	sig := newSignature(packet.SigTypeSubkeyBinding, sub.CreationTime)
	sig.KeyLifetimeSecs, sig.FlagsValid = &seconds, true
	sig.FlagSign = p == ForSigning
	sig.FlagEncryptCommunications, sig.FlagEncryptStorage = p == ForEncryption, p == ForEncryption
	if p == ForSigning {
		back := newSignature(packet.SigTypePrimaryKeyBinding, sub.CreationTime)
		if err := back.CrossSignKey(&sub.PublicKey, &root.PublicKey, sub, nil); err != nil {
			return nil, fmt.Errorf("sign back from subkey: %w", err)
		}
		sig.EmbeddedSignature = back
	}
	if err := sig.SignKey(&sub.PublicKey, root, nil); err != nil {
		return nil, fmt.Errorf("bind subkey: %w", err)
	}
	return sig, nil
}

// newSignature is a v6 signature of the suite, not yet made.
func newSignature(kind packet.SignatureType, at time.Time) *packet.Signature {
	return &packet.Signature{Version: 6, SigType: kind, PubKeyAlgo: packet.PubKeyAlgoMldsa65Ed25519,
		Hash: crypto.SHA512, CreationTime: at}
}

// second is t as OpenPGP keeps it: UTC, second precision.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
