package pki

import (
	"crypto/rand"
	"crypto/tls"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Secrets are what the node keeps: the operational subkeys' private parts, the
// TLS key and the storage key. Only a Vault holds them for long.
type Secrets struct {
	certificate *Certificate
	private     []*packet.PrivateKey // parts of subkeys in certificate
	tls         tls.Certificate
	storage     [32]byte // wraps the keys of stored content
}

// NewOperational makes signing and encryption subkeys bound to the root, a TLS
// key and a storage key. Subkeys are valid from now for the given lives. The
// error is the *schema.Problem bad_lifetime if a life is under a second.
func (r *Root) NewOperational(now time.Time, signLife, encryptLife time.Duration) (*Secrets, error) {
	s := &Secrets{}
	rand.Read(s.storage[:]) // never fails: crypto/rand ends the process instead
	var err error
	if s.tls, err = newTLS(now); err != nil {
		return nil, err
	}
	return s, r.add(s, nil, now, signLife, encryptLife)
}

// Renew makes the next subkeys, valid from a time that may lie ahead, so that
// peers can have the card before the first use. Everything of old stays: the
// earlier subkeys still open what is under way and prove what was signed.
// TRUST 4. The error is the *schema.Problem root_mismatch if old is another root's.
func (r *Root) Renew(old *Secrets, from time.Time, signLife, encryptLife time.Duration) (*Secrets, error) {
	if err := r.owns(old); err != nil {
		return nil, err
	}
	s := &Secrets{private: slices.Clone(old.private), tls: old.tls, storage: old.storage}
	return s, r.add(s, old.kept(), from, signLife, encryptLife)
}

// Replace makes subkeys and a TLS key after a theft: the earlier ones are in the new
// certificate no longer, so nothing they sign is accepted by a peer that has the new
// card. The storage key stays, because what is stored is wrapped by it.
func (r *Root) Replace(old *Secrets, now time.Time, signLife, encryptLife time.Duration) (*Secrets, error) {
	if err := r.owns(old); err != nil {
		return nil, err
	}
	s := &Secrets{storage: old.storage}
	var err error
	if s.tls, err = newTLS(now); err != nil {
		return nil, err
	}
	return s, r.add(s, nil, now, signLife, encryptLife)
}

// TLSPin of the TLS key inside.
func (s *Secrets) TLSPin() Pin { return PinOf(s.tls.Leaf) }

// Certificate is the public side.
func (s *Secrets) Certificate() *Certificate { return s.certificate }

// Forget drops the private parts that are no longer needed and tells how many: of
// encryption subkeys EncryptionOverlap after they expired, of signing subkeys once
// they expired. Seal the vault again afterwards, or the file still holds them.
func (s *Secrets) Forget(now time.Time) int {
	before := len(s.private)
	s.private = slices.DeleteFunc(s.private, func(p *packet.PrivateKey) bool {
		k, _ := s.certificate.find(Fingerprint(p.Fingerprint))
		if k.Purpose == ForEncryption {
			return !now.Before(k.Expires.Add(EncryptionOverlap))
		}
		return !now.Before(k.Expires)
	})
	return before - len(s.private)
}

// owns refuses secrets of another root.
func (r *Root) owns(s *Secrets) error {
	if s.certificate.Root() != r.Fingerprint() {
		return refuse("root_mismatch")
	}
	return nil
}

// kept are the subkeys a renewed certificate carries on: encryption subkeys whose
// private part is held, and the latest signing subkeys, for proofs of the past.
func (s *Secrets) kept() []byte {
	signers := 0
	var raw [][]byte
	for _, k := range slices.Backward(s.certificate.keys) {
		switch {
		case k.Purpose == ForEncryption && s.holds(k.Fingerprint) && len(raw) < maxSubkeys-2:
			raw = append(raw, k.raw)
		case k.Purpose == ForSigning && signers < maxSigners-1 && len(raw) < maxSubkeys-2:
			raw, signers = append(raw, k.raw), signers+1
		}
	}
	slices.Reverse(raw)
	return slices.Concat(raw...)
}

func (s *Secrets) holds(f Fingerprint) bool {
	return slices.ContainsFunc(s.private, func(p *packet.PrivateKey) bool { return Fingerprint(p.Fingerprint) == f })
}

// add makes one subkey of either purpose, puts the certificate together and reads
// it as a peer would.
func (r *Root) add(s *Secrets, kept []byte, from time.Time, signLife, encryptLife time.Duration) error {
	certificate, err := r.head()
	if err != nil {
		return err
	}
	certificate = slices.Concat(certificate, kept)
	for _, next := range []struct {
		purpose Purpose
		life    time.Duration
	}{{ForSigning, signLife}, {ForEncryption, encryptLife}} {
		private, public, err := r.subkey(next.purpose, from, next.life)
		if err != nil {
			return err
		}
		s.private, certificate = append(s.private, private), slices.Concat(certificate, public)
	}
	if s.certificate, err = readCertificate(certificate); err != nil {
		return err
	}
	s.private = slices.DeleteFunc(s.private, func(p *packet.PrivateKey) bool {
		_, listed := s.certificate.find(Fingerprint(p.Fingerprint))
		return !listed
	})
	return nil
}
