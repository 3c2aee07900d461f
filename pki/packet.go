package pki

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Packet types, RFC 9580 5.
const (
	tagPKESK        = 1
	tagSignature    = 2
	tagSKESK        = 3
	tagOnePass      = 4
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagCompressed   = 8
	tagSED          = 9
	tagLiteral      = 11
	tagPublicSubkey = 14
	tagSEIPD        = 18
)

// Algorithm numbers, RFC 9580 9 and RFC 9980. There is one suite and no other.
const (
	algoSign    = byte(packet.PubKeyAlgoMldsa65Ed25519)
	algoEncrypt = byte(packet.PubKeyAlgoMlkem768X25519)
	hashSHA512  = 10
	cipherAES   = 9 // AES-256
	modeGCM     = 3
)

// frame is one packet as it lies in its input.
type frame struct {
	tag  byte
	body []byte
	raw  []byte // header and body
}

// nextFrame cuts the first packet off b. It takes only new-format headers with a
// definite length in its shortest form, so a packet has exactly one encoding.
// fault is "" or the last word of a refusal code: framing, partial, truncated; with
// a fault f has the tag if there was one, and of a partial packet what follows.
func nextFrame(b []byte) (f frame, rest []byte, fault string) {
	if len(b) == 0 {
		return f, nil, "truncated"
	}
	if b[0]&0xC0 != 0xC0 {
		return f, nil, "framing"
	}
	f.tag = b[0] & 0x3F
	size, head, fault := bodyLength(b[1:])
	if fault == "partial" {
		f.body = b[2:]
	}
	if fault != "" {
		return f, nil, fault
	}
	end := 1 + head + size
	if end > len(b) {
		return f, nil, "truncated"
	}
	f.body, f.raw = b[1+head:end], b[:end]
	return f, b[end:], ""
}

// bodyLength reads a new-format length and tells how many octets it took. RFC 9580 4.2.1.
func bodyLength(b []byte) (size, head int, fault string) {
	switch {
	case len(b) < 1:
		return 0, 0, "truncated"
	case b[0] < 192:
		return int(b[0]), 1, ""
	case b[0] >= 224 && b[0] < 255:
		return 0, 0, "partial"
	case b[0] == 255:
		return longLength(b[1:])
	case len(b) < 2:
		return 0, 0, "truncated"
	}
	return int(b[0]-192)<<8 + int(b[1]) + 192, 2, ""
}

// longLength reads the four octets of a five-octet length.
func longLength(b []byte) (size, head int, fault string) {
	if len(b) < 4 {
		return 0, 0, "truncated"
	}
	n := binary.BigEndian.Uint32(b)
	if n < 8384 { // a shorter form exists
		return 0, 0, "framing"
	}
	if n > MaxSealed { // nothing we read is that long
		return 0, 0, "truncated"
	}
	return int(n), 5, ""
}

// appendHeader writes the header nextFrame accepts.
func appendHeader(b []byte, tag byte, size int) []byte {
	b = append(b, 0xC0|tag)
	switch {
	case size < 192:
		return append(b, byte(size))
	case size < 8384:
		return append(b, byte((size-192)>>8)+192, byte(size-192))
	}
	return binary.BigEndian.AppendUint32(append(b, 255), uint32(size))
}

// headerSize is the length of what appendHeader writes.
func headerSize(size int) int {
	switch {
	case size < 192:
		return 2
	case size < 8384:
		return 3
	}
	return 6
}

// decode hands one framed packet to go-crypto and demands that it writes the
// same bytes again, so that nothing it overlooks is carried along.
func decode(f frame) (p packet.Packet, ok bool) {
	defer func() {
		if recover() != nil { // a fault of the library is a fault of the input
			p, ok = nil, false
		}
	}()
	p, err := packet.Read(bytes.NewReader(f.raw))
	s, can := p.(interface{ Serialize(io.Writer) error })
	if err != nil || !can {
		return nil, false
	}
	var again bytes.Buffer
	if s.Serialize(&again) != nil || !bytes.Equal(again.Bytes(), f.raw) {
		return nil, false
	}
	return p, true
}

// encode writes one packet.
func encode(p interface{ Serialize(io.Writer) error }) ([]byte, error) {
	var b bytes.Buffer
	if err := p.Serialize(&b); err != nil {
		return nil, fmt.Errorf("write openpgp packet: %w", err)
	}
	return b.Bytes(), nil
}
