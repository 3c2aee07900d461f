package pki

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// A vault file is three header lines and base64:
//
//	# comity vault 1
//	# unlock: keyfile            or: argon2id
//	# salt: 64 lower-case digits
//	…
//
// What is inside is AES-256-GCM under a key made from the unlocking secret and the
// salt, with the header as associated data. The salt is fresh at every sealing, so
// the key is used once. Argon2id: 3 passes, 64 MiB, 4 lanes (RFC 9106 4, second
// recommended option); the file cannot ask for other costs.
const (
	vaultTitle    = "# comity vault 1\n"
	keyFileTitle  = "comity-key-1 "
	byKeyFile     = "keyfile"
	byPassphrase  = "argon2id"
	vaultSalt     = 32
	minPassphrase = 12 // octets
)

// NewKeyFile makes the content of a key file: 32 random octets, encoded, one line.
func NewKeyFile() []byte {
	octets := make([]byte, 32)
	rand.Read(octets) // never fails: crypto/rand ends the process instead
	return []byte(keyFileTitle + base64.RawURLEncoding.EncodeToString(octets) + "\n")
}

// SealVault encrypts secrets for a file, under the content of a key file or a
// passphrase of at least 12 octets. Errors: vault_weak_unlock, vault_key_file.
func SealVault(s *Secrets, unlock []byte) ([]byte, error) {
	kind, secret, err := readUnlock(unlock)
	if err != nil {
		return nil, err
	}
	plain, err := s.marshal()
	if err != nil {
		return nil, err
	}
	salt := make([]byte, vaultSalt)
	rand.Read(salt) // never fails: crypto/rand ends the process instead
	head := vaultHead(kind, salt)
	k, err := vaultKey(kind, secret, salt)
	if err != nil {
		return nil, err
	}
	sealed, err := sealOnce(k, head, nil, plain)
	return appendBase64([]byte(head), sealed), err
}

// OpenVault opens what SealVault wrote. Errors: vault_form, vault_unlock_kind,
// vault_wrong_unlock, vault_weak_unlock, vault_key_file.
func OpenVault(file, unlock []byte) (Vault, error) {
	s, err := OpenSecrets(file, unlock)
	if err != nil {
		return nil, err
	}
	return NewVault(s)
}

// OpenSecrets opens a vault file for the root's own acts, Renew, Replace and
// SignCard, away from the running node. The errors are those of OpenVault.
func OpenSecrets(file, unlock []byte) (*Secrets, error) {
	kind, secret, err := readUnlock(unlock)
	if err != nil {
		return nil, err
	}
	head, made, salt, sealed, err := splitVault(file)
	if err != nil {
		return nil, err
	}
	if made != kind {
		return nil, refuse("vault_unlock_kind")
	}
	k, err := vaultKey(kind, secret, salt)
	if err != nil {
		return nil, err
	}
	plain, err := openOnce(k, head, sealed)
	if err != nil {
		return nil, refuse("vault_wrong_unlock")
	}
	return unmarshalSecrets(plain)
}

// readUnlock tells a key file from a passphrase. A line that starts like a key file is one.
func readUnlock(unlock []byte) (kind string, secret []byte, err error) {
	digits, isFile := bytes.CutPrefix(unlock, []byte(keyFileTitle))
	if !isFile {
		if len(unlock) < minPassphrase {
			return "", nil, refuse("vault_weak_unlock")
		}
		return byPassphrase, unlock, nil
	}
	digits = bytes.TrimSpace(digits)
	secret, err = base64.RawURLEncoding.Strict().DecodeString(string(digits))
	if err != nil || len(secret) != 32 || bytes.ContainsAny(digits, "\r\n") { // which the decoder passes over
		return "", nil, refuse("vault_key_file")
	}
	return byKeyFile, secret, nil
}

// vaultKey stretches a passphrase; a key file's octets need only derivation.
func vaultKey(kind string, secret, salt []byte) ([]byte, error) {
	if kind == byPassphrase {
		secret = argon2.IDKey(secret, salt, 3, 64<<10, 4, 32)
	}
	k, err := hkdf.Key(sha256.New, secret, salt, vaultTitle+kind, 32)
	if err != nil {
		return nil, fmt.Errorf("derive vault key: %w", err)
	}
	return k, nil
}

func vaultHead(kind string, salt []byte) string {
	return vaultTitle + "# unlock: " + kind + "\n# salt: " + hex.EncodeToString(salt) + "\n"
}

// splitVault reads a vault file; what it accepts is what SealVault writes.
func splitVault(file []byte) (head, kind string, salt, sealed []byte, err error) {
	var digits string
	lines := bytes.SplitN(file, []byte("\n"), 4)
	if len(file) > maxVault || len(lines) != 4 {
		return "", "", nil, nil, refuse("vault_form")
	}
	fmt.Sscanf(string(lines[1]), "# unlock: %s", &kind)
	fmt.Sscanf(string(lines[2]), "# salt: %s", &digits)
	salt, _ = hex.DecodeString(digits)
	head = vaultHead(kind, salt)
	sealed, ok := readBase64(lines[3])
	known := kind == byKeyFile || kind == byPassphrase
	if !ok || !known || len(salt) != vaultSalt || !bytes.Equal(appendBase64([]byte(head), sealed), file) {
		return "", "", nil, nil, refuse("vault_form")
	}
	return head, kind, salt, sealed, nil
}
