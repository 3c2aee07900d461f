package pki

import (
	"encoding/hex"
	"strings"
)

// Fingerprint is the SHA-256 fingerprint of a v6 key, for a jurisdiction that of
// its root's primary key. RFC 9580 5.5.4.3; 32 octets.
type Fingerprint [32]byte

// Pin is the SHA-256 of a TLS key's SubjectPublicKeyInfo, 32 octets.
type Pin [32]byte

// Hex gives 64 lower-case digits, as in manifests.
func (f Fingerprint) Hex() string { return hex.EncodeToString(f[:]) }

// Hex gives 64 lower-case digits, as in cards.
func (p Pin) Hex() string { return hex.EncodeToString(p[:]) }

// String gives groups of four upper-case digits, "4F1A 9C22 …", to be read aloud.
func (f Fingerprint) String() string {
	digits := strings.ToUpper(f.Hex())
	groups := make([]string, 0, len(digits)/4)
	for ; len(digits) > 0; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(groups, " ")
}

// ParseFingerprint reads either form; spaces and case do not matter.
// The error is the *schema.Problem bad_fingerprint.
func ParseFingerprint(s string) (Fingerprint, error) {
	var f Fingerprint
	digits, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil || len(digits) != len(f) {
		return f, refuse("bad_fingerprint")
	}
	copy(f[:], digits)
	return f, nil
}
