package pki

import (
	"crypto/tls"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Vault is the only holder of private keys. It does whole acts and never hands
// keys out. Safe for concurrent use.
type Vault interface {
	// Sign makes a detached v6 signature over text with the current signing subkey.
	// The error is the *schema.Problem no_signing_key when none is valid now.
	Sign(text []byte, now time.Time) ([]byte, error)
	// Open decrypts exactly the grammar that Seal writes and nothing else. Errors
	// are seal_* problems.
	Open(sealed []byte) ([]byte, error)
	// Encrypt and Decrypt protect stored content: a fresh key per call, wrapped by the
	// storage key; name is bound as associated data. Erasing wrapped erases the content.
	// The error of Decrypt is the *schema.Problem content_damaged.
	Encrypt(name string, plaintext []byte) (sealed, wrapped []byte, err error)
	Decrypt(name string, sealed, wrapped []byte) ([]byte, error)
	// TLS is the node's transport identity, for client and server side.
	TLS() tls.Certificate
	// Certificate is the node's own public side.
	Certificate() *Certificate
}

// memory is a Vault whose keys lie in this process. Nothing writes to it once made.
type memory struct {
	certificate *Certificate
	signing     map[Fingerprint]*packet.PrivateKey
	encryption  encryptionKeys
	tls         tls.Certificate
	storage     [32]byte
}

// NewVault keeps secrets in memory only (demo, tests).
func NewVault(s *Secrets) (Vault, error) {
	v := &memory{certificate: s.certificate, tls: s.tls, storage: s.storage,
		signing: map[Fingerprint]*packet.PrivateKey{}, encryption: encryptionKeys{}}
	for _, p := range s.private {
		f := Fingerprint(p.Fingerprint)
		k, bound := s.certificate.find(f)
		if !bound {
			return nil, fmt.Errorf("open vault: a private part without its public one")
		}
		if k.Purpose == ForSigning {
			v.signing[f] = p
			continue
		}
		part, ok := p.PrivateKey.(*mlkem_ecdh.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("open vault: an encryption subkey of another algorithm")
		}
		v.encryption[f] = part
	}
	return v, nil
}

func (v *memory) Sign(text []byte, now time.Time) ([]byte, error) {
	k, ok := v.certificate.current(ForSigning, now)
	if !ok || v.signing[k.Fingerprint] == nil {
		return nil, refuse("no_signing_key")
	}
	return sign(v.signing[k.Fingerprint], text, now)
}

func (v *memory) Open(sealed []byte) ([]byte, error) { return v.encryption.open(sealed) }

func (v *memory) TLS() tls.Certificate { return v.tls }

func (v *memory) Certificate() *Certificate { return v.certificate }
