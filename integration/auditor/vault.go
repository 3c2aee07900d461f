package auditor

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// keys are the secrets inside a vault file. TRUST 5.4.
type keys struct {
	Storage []byte   `json:"storage"`
	TLS     []byte   `json:"tls_key"`
	Private [][]byte `json:"private"` // secret subkey packets
}

// openVault reads a vault file with its key file or passphrase.
func openVault(file, unlock []byte) (k keys, err error) {
	lines := strings.SplitN(string(file), "\n", 4)
	if len(lines) != 4 || lines[0] != "# comity vault 1" {
		return k, errors.New("not a vault file")
	}
	kind := strings.TrimPrefix(lines[1], "# unlock: ")
	salt, err := hex.DecodeString(strings.TrimPrefix(lines[2], "# salt: "))
	if err != nil {
		return k, fmt.Errorf("vault salt: %w", err)
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(lines[3], "\n", ""))
	if err != nil {
		return k, fmt.Errorf("vault: %w", err)
	}
	secret, err := unlocking(kind, unlock, salt)
	if err != nil {
		return k, err
	}
	derived, err := hkdf.Key(sha256.New, secret, salt, "# comity vault 1\n"+kind, 32)
	if err != nil {
		return k, err
	}
	plain, err := unseal(derived, strings.Join(lines[:3], "\n")+"\n", sealed)
	if err != nil {
		return k, fmt.Errorf("vault: %w", err)
	}
	return k, json.Unmarshal(plain, &k)
}

// StorageKey of a node, so that a test can plant it where it must be found.
func (n Node) StorageKey() ([]byte, error) {
	k, err := openVault(n.Vault, n.Unlock)
	return k.Storage, err
}

// unlocking gives the octets of a key file, or those that Argon2id makes of a passphrase.
func unlocking(kind string, unlock, salt []byte) ([]byte, error) {
	if kind == "argon2id" {
		return argon2.IDKey(unlock, salt, 3, 64<<10, 4, 32), nil
	}
	digits, found := bytes.CutPrefix(bytes.TrimSpace(unlock), []byte("comity-key-1 "))
	if !found {
		return nil, errors.New("not a key file")
	}
	return base64.RawURLEncoding.DecodeString(string(digits))
}

// decrypt opens one stored content by its name. TRUST 5.3.
func (k keys) decrypt(name string, sealed, wrapped []byte) ([]byte, error) {
	if len(wrapped) != 80 {
		return nil, fmt.Errorf("the wrapped key has %d octets", len(wrapped))
	}
	wrapping, err := hkdf.Key(sha256.New, k.Storage, wrapped[:32], "comity content key 1\x00", 32)
	if err != nil {
		return nil, err
	}
	key, err := unseal(wrapping, "comity content key 1\x00"+name, wrapped[32:])
	if err != nil {
		return nil, errors.New("the wrapped key does not open")
	}
	plain, err := unseal(key, "comity content 1\x00"+name, sealed)
	if err != nil {
		return nil, errors.New("the content does not open")
	}
	return plain, nil
}

// unseal is AES-256-GCM with a nonce of zeros: each key seals once.
func unseal(key []byte, data string, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, make([]byte, 12), sealed, []byte(data))
}
