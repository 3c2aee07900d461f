package pki

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A golden vector is a file under testdata: header lines "name: value", an empty
// line, then the exact bytes.
//
//	expect  ok, or the refusal code
//	spec    the section of TRUST.md it holds
//	at      the present, RFC 3339; not for sealed messages
//	text    the text that was signed; for signatures
//	pad     zeros are added up to this many octets, so that huge input needs no huge file
//
// -update makes the vectors that are missing. It never writes over one that is
// there: delete the file, and the difference is seen in review.
var update = flag.Bool("update", false, "make the golden vectors that are missing")

type vector struct {
	name, expect, spec, text string
	at                       time.Time
	pad                      int
	data                     []byte
}

const vectorText = "# comity pouch 1"

// gold is the jurisdiction whose keys the vectors were made with. Its private keys
// are public: they lie beside the vectors and protect nothing.
func gold(t testing.TB) *house {
	t.Helper()
	file := func(name string) []byte { return readFile(t, "testdata/gold/"+name) }
	root, err := ReadRoot(file("root.asc"))
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := OpenSecrets(file("vault"), file("vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	card, err := ReadCard(file("card"), epoch)
	if err != nil {
		t.Fatal(err)
	}
	return &house{root, secrets, must(NewVault(secrets)), card}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors reads all files of a folder; none at all is a failure.
func vectors(t testing.TB, folder string) []vector {
	t.Helper()
	names, err := filepath.Glob("testdata/" + folder + "/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no vectors in %s: %v", folder, err)
	}
	list := make([]vector, len(names))
	for i, name := range names {
		if list[i], err = parseVector(readFile(t, name)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list[i].name = strings.TrimSuffix(filepath.Base(name), ".txt")
	}
	return list
}

func parseVector(b []byte) (v vector, err error) {
	head, data, found := bytes.Cut(b, []byte("\n\n"))
	if !found {
		return v, errors.New("no header")
	}
	for _, line := range strings.Split(string(head), "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "expect":
			v.expect = value
		case "spec":
			v.spec = value
		case "text":
			v.text = value
		case "at":
			v.at, err = time.Parse(time.RFC3339, value)
		case "pad":
			v.pad, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("header %q", name)
		}
		if err != nil {
			return v, err
		}
	}
	if v.data = data; len(data) < v.pad {
		v.data = append(bytes.Clone(data), make([]byte, v.pad-len(data))...)
	}
	return v, nil
}

// file writes a vector; pad zeros are not written.
func (v vector) file() []byte {
	b := fmt.Appendf(nil, "expect: %s\nspec: %s\n", v.expect, v.spec)
	if !v.at.IsZero() {
		b = fmt.Appendf(b, "at: %s\n", v.at.Format(time.RFC3339))
	}
	if v.text != "" {
		b = fmt.Appendf(b, "text: %s\n", v.text)
	}
	if v.pad > 0 {
		b = fmt.Appendf(b, "pad: %d\n", v.pad)
	}
	return append(append(b, '\n'), v.data...)
}

// TestMakeMissingVectors does nothing without -update.
func TestMakeMissingVectors(t *testing.T) {
	if !*update {
		t.Skip("vectors are made only with -update")
	}
	makeGold(t)
	for folder, list := range map[string][]vector{
		"open": openVectors(t), "verify": verifyVectors(t), "card": cardVectors(t),
	} {
		for _, v := range list {
			writeMissing(t, folder+"/"+v.name+".txt", v.file)
		}
	}
}

func writeMissing(t *testing.T, name string, content func() []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if _, err := os.Stat(name); err == nil {
		return
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("made %s", name)
}

// makeGold makes the keys of the vectors, all of them or none.
func makeGold(t *testing.T) {
	if _, err := os.Stat("testdata/gold"); err == nil {
		return
	}
	h, key := newHouse("AA"), NewKeyFile()
	vault := must(SealVault(h.secrets, key))
	for name, content := range map[string][]byte{
		"root.asc": must(h.root.Armor()), "vault.key": key, "vault": vault, "card": h.card.Text,
	} {
		writeMissing(t, "gold/"+name, func() []byte { return content })
	}
}

func TestOpenVectors(t *testing.T) {
	h := gold(t)
	for _, v := range vectors(t, "open") {
		t.Run(v.name, func(t *testing.T) {
			got, err := h.vault.Open(v.data)
			wantCode(t, err, v.expect)
			if err == nil && string(got) != v.text {
				t.Errorf("got %q, want %q", got, v.text)
			}
			if err != nil && got != nil {
				t.Errorf("refused and yet gave %d octets", len(got))
			}
		})
	}
}

func TestVerifyVectors(t *testing.T) {
	h := gold(t)
	for _, v := range vectors(t, "verify") {
		t.Run(v.name, func(t *testing.T) {
			got, err := h.card.Certificate.Verify([]byte(v.text), v.data, v.at)
			wantCode(t, err, v.expect)
			if err != nil && !got.IsZero() {
				t.Errorf("refused and yet gave %v", got)
			}
		})
	}
}

func TestCardVectors(t *testing.T) {
	for _, v := range vectors(t, "card") {
		t.Run(v.name, func(t *testing.T) {
			got, err := ReadCard(v.data, v.at)
			wantCode(t, err, v.expect)
			if err == nil && !bytes.Equal(got.Text, v.data) {
				t.Error("the text is not the file")
			}
		})
	}
}

func TestEveryRefusalHasAVectorAndALineInTheSpecification(t *testing.T) {
	spec := string(readFile(t, "TRUST.md"))
	var seen []string
	for _, folder := range []string{"open", "verify", "card"} {
		for _, v := range vectors(t, folder) {
			if seen = append(seen, v.expect); v.spec == "" {
				t.Errorf("%s/%s cites no section", folder, v.name)
			}
		}
	}
	for code, r := range refusals {
		about, _, _ := strings.Cut(code, "_")
		if slices.Contains([]string{"seal", "signature", "certificate", "card"}, about) && !slices.Contains(seen, code) {
			t.Errorf("%s has no vector", code)
		}
		if !strings.Contains(spec, "`"+code+"`") {
			t.Errorf("%s is not in TRUST.md", code)
		}
		if r.detail == "" || r.fix == "" {
			t.Errorf("%s does not say what is wrong and what to do", code)
		}
	}
}
