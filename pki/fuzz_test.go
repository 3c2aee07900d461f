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

// FuzzVault: a vault file opens if it is, octet by octet, the one that was sealed.
func FuzzVault(f *testing.F) {
	file, unlock := readFile(f, "testdata/gold/vault"), readFile(f, "testdata/gold/vault.key")
	f.Add(file, unlock)
	f.Add(redigit(file), unlock)
	f.Add(file, NewKeyFile())
	f.Add(file, slices.Insert(bytes.Clone(unlock), 30, '\n'))
	f.Add(file, []byte("a dozen octets and more"))
	f.Add(bytes.Replace(file, []byte("keyfile"), []byte("keyfile "), 1), unlock)
	f.Add(file[:len(file)/2], bytes.TrimSpace(unlock))
	f.Fuzz(func(t *testing.T, sealed, secret []byte) {
		if bytes.Contains(sealed, []byte(byPassphrase)) {
			return // stretching a passphrase takes longer than a thousand other inputs
		}
		s, err := OpenSecrets(sealed, secret)
		wantKnown(t, err)
		if err == nil && (!bytes.Equal(sealed, file) || !bytes.Equal(bytes.TrimSpace(secret), bytes.TrimSpace(unlock))) {
			t.Fatal("opens, and nobody sealed it so")
		}
		if err == nil && s.Certificate().Root() != gold(t).root.Fingerprint() {
			t.Fatal("opens to keys of another root")
		}
	})
}

// FuzzSecrets: what lies inside a vault file is read back to itself.
func FuzzSecrets(f *testing.F) {
	f.Add(must(gold(f).secrets.marshal()))
	f.Add([]byte(`{"certificate":"","private":[],"tls_key":"","tls_certificate":"","storage":[]}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		s, err := unmarshalSecrets(plain)
		wantKnown(t, err)
		if err != nil {
			return
		}
		written := must(s.marshal())
		if again := must(must(unmarshalSecrets(written)).marshal()); !bytes.Equal(again, written) {
			t.Fatal("written again it differs")
		}
	})
}

// FuzzReadRoot: an accepted root writes the same file again.
func FuzzReadRoot(f *testing.F) {
	file := readFile(f, "testdata/gold/root.asc")
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(bytes.Replace(file, []byte("PRIVATE"), []byte("PUBLIC"), 2))
	f.Add(append(bytes.Clone(file), '\n'))
	f.Fuzz(func(t *testing.T, armored []byte) {
		r, err := ReadRoot(armored)
		wantKnown(t, err)
		if err == nil && !bytes.Equal(must(r.Armor()), armored) {
			t.Fatal("written again it differs")
		}
	})
}
