package pki

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// The seeds of all targets are the golden vectors, which fail when there are none.
// Run them with -fuzzminimizetime 1x: ciphertext has nothing to be made smaller.

// FuzzOpen: what opens is the plaintext of a golden message, because nobody but
// their maker had sealed anything to these keys; everything else is a known refusal.
func FuzzOpen(f *testing.F) {
	h := gold(f)
	var known []string
	for _, v := range vectors(f, "open") {
		if v.pad == 0 {
			f.Add(v.data)
		}
		if v.expect == "ok" {
			known = append(known, v.text)
		}
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		got, err := h.vault.Open(sealed)
		if err == nil && !slices.Contains(known, string(got)) {
			t.Fatalf("opens to %d octets that nobody sealed", len(got))
		}
		wantKnown(t, err)
	})
}

// FuzzVerify: a signature that verifies is one of the golden ones to the last octet.
func FuzzVerify(f *testing.F) {
	h := gold(f)
	var known [][]byte
	for _, v := range vectors(f, "verify") {
		f.Add(v.data)
		if v.expect == "ok" {
			known = append(known, v.data)
		}
	}
	f.Fuzz(func(t *testing.T, sig []byte) {
		_, err := h.card.Certificate.Verify([]byte(vectorText), sig, epoch)
		if err == nil && !slices.ContainsFunc(known, func(k []byte) bool { return bytes.Equal(k, sig) }) {
			t.Fatal("verifies, and nobody signed it")
		}
		wantKnown(t, err)
	})
}

// FuzzReadCard: an accepted card writes the same signed text again.
func FuzzReadCard(f *testing.F) {
	for _, v := range vectors(f, "card") {
		if v.pad == 0 {
			f.Add(v.data)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ReadCard(text, epoch)
		if err == nil && (!bytes.HasPrefix(text, c.signedText()) || !bytes.Equal(c.Text, text)) {
			t.Fatal("written again it differs")
		}
		wantKnown(t, err)
	})
}

// wantKnown demands that an error is a problem whose code is in a table.
func wantKnown(t *testing.T, err error) {
	t.Helper()
	var p *schema.Problem
	if err == nil || errors.As(err, &p) && (refusals[p.Code].fix != "" || p.Code == "bad_jurisdiction") {
		return
	}
	t.Fatalf("refused without a code of the table: %v", err)
}
