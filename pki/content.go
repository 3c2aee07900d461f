package pki

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// Stored content is AES-256-GCM under a key of its own. That key is wrapped by
// AES-256-GCM under a key derived from storage key and a random salt. No key is
// used twice, so the nonces are zero and there is no number of items to count.
//
//	sealed   ciphertext and tag: plaintext + 16 octets
//	wrapped  salt (32), wrapped content key and tag (48)
const (
	contentInfo = "comity content 1\x00"
	wrapInfo    = "comity content key 1\x00"
	wrapSalt    = 32
	wrappedSize = wrapSalt + 32 + tagSize
)

func (v *memory) Encrypt(name string, plaintext []byte) (sealed, wrapped []byte, err error) {
	secret := make([]byte, 32+wrapSalt)
	rand.Read(secret) // never fails: crypto/rand ends the process instead
	content, salt := secret[:32], secret[32:]
	if sealed, err = sealOnce(content, contentInfo+name, nil, plaintext); err != nil {
		return nil, nil, err
	}
	wrapping, err := v.wrapping(salt)
	if err != nil {
		return nil, nil, err
	}
	wrapped, err = sealOnce(wrapping, wrapInfo+name, salt, content)
	return sealed, wrapped, err
}

func (v *memory) Decrypt(name string, sealed, wrapped []byte) ([]byte, error) {
	if len(wrapped) != wrappedSize {
		return nil, refuse("content_damaged")
	}
	wrapping, err := v.wrapping(wrapped[:wrapSalt])
	if err != nil {
		return nil, err
	}
	content, err := openOnce(wrapping, wrapInfo+name, wrapped[wrapSalt:])
	if err != nil {
		return nil, refuse("content_damaged")
	}
	plaintext, err := openOnce(content, contentInfo+name, sealed)
	if err != nil {
		return nil, refuse("content_damaged")
	}
	return plaintext, nil
}

// wrapping derives the key that wraps one content key.
func (v *memory) wrapping(salt []byte) ([]byte, error) {
	k, err := hkdf.Key(sha256.New, v.storage[:], salt, wrapInfo, 32)
	if err != nil {
		return nil, fmt.Errorf("derive wrapping key: %w", err)
	}
	return k, nil
}

// sealOnce appends to out what a key that is used only once makes of plaintext.
func sealOnce(key []byte, ad string, out, plaintext []byte) ([]byte, error) {
	aead, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	out = append(make([]byte, 0, len(out)+len(plaintext)+tagSize), out...)
	return aead.Seal(out, make([]byte, aead.NonceSize()), plaintext, []byte(ad)), nil
}

// openOnce is the reverse.
func openOnce(key []byte, ad string, sealed []byte) ([]byte, error) {
	aead, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, make([]byte, aead.NonceSize()), sealed, []byte(ad))
}
