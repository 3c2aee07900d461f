package pki

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Sizes of a sealed message, octets. TRUST 5.1.
const (
	sessionKey  = 32
	kemX25519   = 32
	kemMLKEM    = 1088
	wrappedKey  = sessionKey + 8                                     // RFC 3394
	pkeskBody   = 3 + 32 + 1 + kemX25519 + kemMLKEM + 1 + wrappedKey // RFC 9580 5.1.2, RFC 9980
	pkeskSize   = 3 + pkeskBody                                      // with its header
	saltSize    = 32
	seipdHead   = 4 + saltSize // version, cipher, mode, chunk octet, salt
	tagSize     = 16           // of one chunk
	literalHead = 6            // 'b', no name, date 0
	smallChunk  = 6            // chunk octet of 4 KiB
	maxChunk    = 10           // chunk octet of 64 KiB, the largest that Open takes
)

// chunkOctet of a plaintext of n octets: large ones pay for fewer tags, small ones
// for a small buffer. A chunk holds 2^(octet+6) octets. RFC 9580 5.13.2.
func chunkOctet(n int) byte {
	if literalSize(n) > 1<<(maxChunk+6) {
		return maxChunk
	}
	return smallChunk
}

// SealedSize is the length of what Seal makes of n octets.
func SealedSize(n int) int {
	inner := literalSize(n)
	body := seipdHead + inner + tagSize*(chunks(inner, 1<<(chunkOctet(n)+6))+1)
	return pkeskSize + headerSize(body) + body
}

func literalSize(n int) int { return headerSize(literalHead+n) + literalHead + n }

func chunks(n, size int) int { return (n + size - 1) / size }

// Seal encrypts plaintext to the certificate's current encryption subkey: PKESK
// v6, SEIPD v2 AES-256-GCM, one binary literal. now chooses the subkey. Errors are
// the *schema.Problem no_encryption_key and seal_too_large.
func (c *Certificate) Seal(plaintext []byte, now time.Time) ([]byte, error) {
	size := SealedSize(len(plaintext))
	if size > MaxSealed {
		return nil, refuse("seal_too_large")
	}
	to, ok := c.current(ForEncryption, now)
	if !ok {
		return nil, refuse("no_encryption_key")
	}
	secret := make([]byte, sessionKey+saltSize)
	rand.Read(secret) // never fails: crypto/rand ends the process instead
	session, salt := secret[:sessionKey], secret[sessionKey:]
	out := bytes.NewBuffer(make([]byte, 0, size))
	if err := packet.SerializeEncryptedKeyAEAD(out, to.public, cipherAES, true, session, nil); err != nil {
		return nil, fmt.Errorf("seal session key: %w", err)
	}
	return appendSEIPD(out.Bytes(), session, salt, plaintext)
}

// appendSEIPD writes the SEIPD v2 packet with the literal inside. RFC 9580 5.13.2.
func appendSEIPD(out, session, salt, plaintext []byte) ([]byte, error) {
	inner, octet := literalSize(len(plaintext)), chunkOctet(len(plaintext))
	size := 1 << (octet + 6)
	out = appendHeader(out, tagSEIPD, seipdHead+inner+tagSize*(chunks(inner, size)+1))
	out = append(append(out, 2, cipherAES, modeGCM, octet), salt...)
	s, err := newStream(session, salt, octet)
	if err != nil {
		return nil, err
	}
	// The literal's header leads the first chunk; all later chunks lie in plaintext as they are.
	first := make([]byte, 0, min(size, inner))
	first = append(appendHeader(first, tagLiteral, literalHead+len(plaintext)), 'b', 0, 0, 0, 0, 0)
	n := min(size-len(first), len(plaintext))
	out = s.seal(out, append(first, plaintext[:n]...))
	for rest := plaintext[n:]; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		out = s.seal(out, rest[:min(size, len(rest))])
	}
	return s.finish(out), nil
}

// stream is the chunk cipher of one SEIPD v2 packet. RFC 9580 5.13.2.
type stream struct {
	aead  cipher.AEAD
	nonce [12]byte // 4 octets from the key derivation, then the chunk's number
	ad    [13]byte // the packet's first five octets, then the total for the last tag
	total uint64   // octets of plaintext so far
}

// newStream derives key and nonce from session key and salt.
func newStream(session, salt []byte, chunk byte) (*stream, error) {
	s := &stream{}
	copy(s.ad[:], []byte{0xC0 | tagSEIPD, 2, cipherAES, modeGCM, chunk})
	derived, err := hkdf.Key(sha256.New, session, salt, string(s.ad[:5]), 32+4)
	if err != nil {
		return nil, fmt.Errorf("derive message key: %w", err)
	}
	copy(s.nonce[:4], derived[32:])
	s.aead, err = newGCM(derived[:32])
	return s, err
}

// newGCM is AES-256-GCM.
func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return aead, nil
}

// seal appends one chunk and its tag.
func (s *stream) seal(out, chunk []byte) []byte {
	out = s.aead.Seal(out, s.nonce[:], chunk, s.ad[:5])
	s.next(len(chunk))
	return out
}

// open appends the plaintext of one chunk with its tag.
func (s *stream) open(out, chunk []byte) ([]byte, error) {
	out, err := s.aead.Open(out, s.nonce[:], chunk, s.ad[:5])
	s.next(len(chunk) - tagSize)
	return out, err
}

func (s *stream) next(n int) {
	s.total += uint64(n)
	binary.BigEndian.PutUint64(s.nonce[4:], binary.BigEndian.Uint64(s.nonce[4:])+1)
}

// finish appends the last tag, which covers how much there was.
func (s *stream) finish(out []byte) []byte {
	return s.aead.Seal(out, s.nonce[:], nil, s.end())
}

// finished checks the last tag.
func (s *stream) finished(tag []byte) error {
	_, err := s.aead.Open(nil, s.nonce[:], tag, s.end())
	return err
}

func (s *stream) end() []byte {
	binary.BigEndian.PutUint64(s.ad[5:], s.total)
	return s.ad[:]
}
