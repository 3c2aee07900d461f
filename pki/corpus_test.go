package pki

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// specimen is one armored block that go-crypto's own tests hold.
type specimen struct {
	place string // file, relative to the module
	kind  string // "MESSAGE", "PUBLIC KEY BLOCK" …
	text  []byte // armored
	data  []byte // packets; nil if the armor is broken
}

var (
	armored = regexp.MustCompile(`(?s)-----BEGIN PGP ([A-Z ]+)-----\n.*?-----END PGP [A-Z ]+-----\n?`)
	escaped = regexp.MustCompile(`\\n`) // in JSON and in Go strings
)

// specimens finds every armored block in the files of go-crypto, sample files, test
// vectors and constants alike: RFC 9580, RFC 9980 and much that is older.
func specimens(t *testing.T) []specimen {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ProtonMail/go-crypto").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	var all []specimen
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(escaped.ReplaceAll(text, []byte("\n")), []byte("\r\n"), []byte("\n"))
		place, err := filepath.Rel(root, path)
		for _, found := range armored.FindAllSubmatch(text, -1) {
			s := specimen{place: filepath.ToSlash(place), kind: string(found[1]), text: found[0]}
			if block, err := armor.Decode(bytes.NewReader(s.text)); err == nil {
				s.data, _ = io.ReadAll(block.Body)
			}
			all = append(all, s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What the authors of a library and of the RFCs made to be read is refused here, as
// armor and as packets, by every reader and by a code of the table: it is OpenPGP, and
// it is not our grammar. F15.
func TestSpecimensAreRefused(t *testing.T) {
	h := gold(t)
	readers := map[string]func([]byte) error{
		"open":        func(b []byte) error { _, err := h.vault.Open(b); return err },
		"verify":      func(b []byte) error { _, err := h.card.Certificate.Verify([]byte(vectorText), b, epoch); return err },
		"certificate": func(b []byte) error { _, err := readCertificate(b); return err },
		"root":        func(b []byte) error { _, err := ReadRoot(b); return err },
		"card":        func(b []byte) error { _, err := ReadCard(b, epoch); return err },
	}
	kinds, cases := map[string]int{}, 0
	for _, s := range specimens(t) {
		kinds[s.kind]++
		for reader, read := range readers {
			for _, b := range [][]byte{s.text, s.data} {
				cases++
				if err := read(b); err == nil {
					t.Errorf("%s: %s takes a %s", s.place, reader, s.kind)
				} else {
					wantKnown(t, err)
				}
			}
		}
	}
	for kind, least := range map[string]int{"MESSAGE": 40, "PUBLIC KEY BLOCK": 50, "PRIVATE KEY BLOCK": 50, "SIGNATURE": 5} {
		if kinds[kind] < least {
			t.Errorf("got %d of kind %s, want at least %d", kinds[kind], kind, least)
		}
	}
	t.Logf("%d cases of %v", cases, kinds)
}

// The samples of RFC 9980, each refused for the first thing that is not ours.
func TestPostQuantumSamplesAreRefused(t *testing.T) {
	h := gold(t)
	want := map[string]string{
		"v4-eddsa-sample-message-v1.asc": "seal_pkesk_v3",   // PKESK v3 and SEIPD v1
		"v4-eddsa-sample-message-v2.asc": "seal_v4_key",     // PKESK v6 to a v4 key
		"v6-mldsa-65-sample-message.asc": "seal_wrong_mode", // our algorithms, OCB
		"v4-eddsa-sample-pk.asc":         "certificate_framing",
		"v4-eddsa-sample-sk.asc":         "certificate_framing",
		"v6-mldsa-65-sample-pk.asc":      "certificate_framing", // with user ids
		"v6-mldsa-65-sample-sk.asc":      "certificate_framing",
	}
	for _, s := range specimens(t) {
		dir, name := filepath.Split(s.place)
		if dir != "openpgp/test_data/pqc/" {
			continue
		}
		_, err := h.vault.Open(s.data)
		if s.kind != "MESSAGE" {
			_, err = readCertificate(s.data)
		}
		if got := codeOf(err); got != want[name] {
			t.Errorf("%s: got %s, want %q", name, got, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s: the sample is not there", name)
	}
}
