package pki

import (
	"bytes"
	"encoding/base64"
)

// Armor headers, RFC 9580 6.2.
const (
	blockPublic    = "PGP PUBLIC KEY BLOCK"
	blockPrivate   = "PGP PRIVATE KEY BLOCK"
	blockSignature = "PGP SIGNATURE"
)

const armorWidth = 64 // base64 digits to the line

// appendArmor writes data as an armored block: no armor headers, no checksum
// (RFC 9580 6.1 advises against it for v6), lines of 64 digits.
func appendArmor(b []byte, kind string, data []byte) []byte {
	b = append(b, "-----BEGIN "+kind+"-----\n\n"...)
	b = appendBase64(b, data)
	return append(b, "-----END "+kind+"-----\n"...)
}

// appendBase64 writes lines of 64 digits.
func appendBase64(b, data []byte) []byte {
	digits := []byte(base64.StdEncoding.EncodeToString(data))
	for len(digits) > armorWidth {
		b = append(append(b, digits[:armorWidth]...), '\n')
		digits = digits[armorWidth:]
	}
	return append(append(b, digits...), '\n')
}

// cutArmor takes the block of that kind off the front of b. It accepts only what
// appendArmor writes; ok is false otherwise.
func cutArmor(b []byte, kind string) (data, rest []byte, ok bool) {
	body, found := bytes.CutPrefix(b, []byte("-----BEGIN "+kind+"-----\n\n"))
	if !found {
		return nil, b, false
	}
	body, rest, found = bytes.Cut(body, []byte("-----END "+kind+"-----\n"))
	if !found {
		return nil, b, false
	}
	data, ok = readBase64(body)
	if !ok || !bytes.Equal(appendArmor(nil, kind, data), b[:len(b)-len(rest)]) {
		return nil, b, false
	}
	return data, rest, true
}

// readBase64 reads lines of digits; the caller compares what it would write.
func readBase64(lines []byte) ([]byte, bool) {
	data, err := base64.StdEncoding.Strict().DecodeString(string(bytes.ReplaceAll(lines, []byte("\n"), nil)))
	return data, err == nil
}
