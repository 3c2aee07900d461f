package pki

import (
	"crypto/ed25519"
	"fmt"

	"github.com/go-json-experiment/json"
)

// secretsFile is what lies encrypted in a vault file.
type secretsFile struct {
	Certificate    []byte   `json:"certificate"` // OpenPGP packets, public
	Private        [][]byte `json:"private"`     // secret subkey packets
	TLSKey         []byte   `json:"tls_key"`     // Ed25519 seed, 32 octets
	TLSCertificate []byte   `json:"tls_certificate"`
	Storage        [32]byte `json:"storage"`
}

func (s *Secrets) marshal() ([]byte, error) {
	f := secretsFile{Certificate: s.certificate.bytes(), TLSCertificate: s.tls.Certificate[0],
		TLSKey: s.tls.PrivateKey.(ed25519.PrivateKey).Seed(), Storage: s.storage}
	for _, p := range s.private {
		b, err := encode(p)
		if err != nil {
			return nil, err
		}
		f.Private = append(f.Private, b)
	}
	b, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write secrets: %w", err)
	}
	return b, nil
}

func unmarshalSecrets(b []byte) (*Secrets, error) {
	var f secretsFile
	if err := json.Unmarshal(b, &f, json.RejectUnknownMembers(true)); err != nil || len(f.TLSKey) != ed25519.SeedSize {
		return nil, refuse("vault_form")
	}
	s := &Secrets{storage: f.Storage}
	var err error
	if s.certificate, err = readCertificate(f.Certificate); err != nil {
		return nil, refuse("vault_form")
	}
	if s.tls, err = joinTLS(f.TLSCertificate, ed25519.NewKeyFromSeed(f.TLSKey)); err != nil {
		return nil, refuse("vault_form")
	}
	for _, raw := range f.Private {
		secret, rest, fault := nextFrame(raw)
		private, ok := decodePrivate(secret)
		if fault != "" || len(rest) > 0 || !ok || secret.tag != tagSecretSubkey {
			return nil, refuse("vault_form")
		}
		s.private = append(s.private, private)
	}
	return s, nil
}
