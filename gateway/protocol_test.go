package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/pki"
)

var protocol = func() string { return string(must(os.ReadFile("PROTOCOL.md"))) }

// fenced gives the text of the block that follows a caption in PROTOCOL.md.
func fenced(t *testing.T, caption string) string {
	t.Helper()
	_, rest, found := strings.Cut(protocol(), caption+"\n```\n")
	text, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatalf("PROTOCOL.md has no block under %q", caption)
	}
	return text
}

// examplePolicy lets the second message of the example not in.
const examplePolicy = `version: 1
rules:
  - name: in
    peers: [BE]
    direction: receive
    types: ["*"]
    categories: [case.meta, authority.*, crime.*]
    marking: unclassified
    instruments: [none]
`

func exampleLetters() []Queued {
	q, p := fixed(id1, 900, []byte("file")), fixed(id2, 700)
	q.Raw = bytes.Replace(q.Raw, []byte(`"restricted"`), []byte(`"unclassified"`), 1)
	q.Raw = bytes.Replace(q.Raw, []byte(`"sha256"`), []byte(`"category":"case.meta","sha256"`), 1)
	return []Queued{q, p}
}

// writeExample makes the files of the worked example.
func writeExample(t *testing.T, be *rogue, nl *house, write func(string, []byte)) {
	letters := exampleLetters()
	m := be.manifest(nl.party(), 1, [32]byte{}, letters...)
	sealed := be.pouch(nl, m, letters...)
	l, _ := border(nl, be.house, examplePolicy)
	write("example.sealed", sealed)
	write("example.answer.sealed", must(l.reply(t.Context(), sealed)))
}

// The worked example is true to the octet: texts, archives, digests.
func TestWorkedExample(t *testing.T) {
	be, nl := goldenHouses()["BE"], goldenHouses()["NL"]
	now := goldenTime.Add(pki.ClockTolerance)
	sealed := readGolden("example.sealed")
	archive := must(nl.vault.Open(sealed))
	p := must(openPouch(archive, be.vault.Certificate(), now))
	files := must(p.files())
	if got, want := string(p.text), fenced(t, "`manifest`:"); got != want {
		t.Errorf("manifest\n%swant\n%s", got, want)
	}
	for i, q := range exampleLetters() {
		if !bytes.Equal(files[i].data, q.Raw) {
			t.Errorf("message %d is another", i)
		}
	}
	again := writeArchive(nil, append([]file{{manifestName, p.text}, {manifestName + signatureExt, p.signature}}, files...))
	if !bytes.Equal(again, archive) {
		t.Error("the archive is not the one that is written today")
	}

	answerSealed := readGolden("example.answer.sealed")
	answerArchive := must(be.vault.Open(answerSealed))
	name, text, signature, err := openAnswer(answerArchive, nl.vault.Certificate(), now)
	if err != nil || name != receiptName {
		t.Fatalf("answer %s, %v", name, err)
	}
	if got, want := string(text), fenced(t, "`receipt`:"); got != want {
		t.Errorf("receipt\n%swant\n%s", got, want)
	}
	if !bytes.Equal(signedArchive(name, text, signature), answerArchive) {
		t.Error("the answer's archive is not the one that is written today")
	}
	rows := []struct {
		name string
		data []byte
	}{{"manifest", p.text}, {"manifest.sig", p.signature}, {"pouch, archive", archive}, {"pouch, sealed", sealed},
		{"receipt", text}, {"receipt.sig", signature}, {"receipt, archive", answerArchive}, {"receipt, sealed", answerSealed}}
	for _, r := range rows {
		row := fmt.Sprintf("| %s | %d | `%x` |", r.name, len(r.data), sha256.Sum256(r.data))
		if !strings.Contains(protocol(), row+"\n") {
			t.Errorf("PROTOCOL.md lacks %s", row)
		}
	}
	root := be.vault.Certificate().Root()
	if !strings.Contains(string(p.text), hex.EncodeToString(root[:])) {
		t.Error("the example does not name BE's root")
	}
}

// The limits table is the one of limits.go.
func TestLimitsTable(t *testing.T) {
	limits := map[string]any{
		"MaxSealed": MaxSealed, "MaxPouch": MaxPouch, "MaxMessages": MaxMessages, "MaxAttachments": MaxAttachments, "MaxMessage": MaxMessage,
		"MaxManifest": MaxManifest, "MaxSignature": MaxSignature, "PouchesPerSecond": PouchesPerSecond, "PouchBurst": PouchBurst,
		"BytesPerSecond": BytesPerSecond, "ByteBurst": ByteBurst, "PendingMessages": PendingMessages, "PendingBytes": PendingBytes,
		"PingsPerSecond": PingsPerSecond, "RequestTimeout": RequestTimeout, "CommitTimeout": CommitTimeout, "PingTimeout": PingTimeout,
		"PingEvery": PingEvery, "Quarantine": Quarantine, "ReportEvery": ReportEvery, "ClockTolerance": ClockTolerance,
		"retryFloor": retryFloor, "retryCeiling": retryCeiling,
	}
	for name, value := range limits {
		if row := fmt.Sprintf("| `%s` | %v |", name, value); !strings.Contains(protocol(), row) {
			t.Errorf("PROTOCOL.md lacks %s", row)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [0-9]").FindAllStringSubmatch(protocol(), -1)
	for _, row := range rows {
		if limits[row[1]] == nil {
			t.Errorf("PROTOCOL.md has a limit %s that is none", row[1])
		}
	}
	source := must(os.ReadFile("limits.go"))
	for _, c := range regexp.MustCompile(`(?m)^\t(\w+) += `).FindAllSubmatch(source, -1) {
		if limits[string(c[1])] == nil {
			t.Errorf("limits.go has %s, which is not in the table", c[1])
		}
	}
	if reflect.ValueOf(limits).Len() != len(rows) {
		t.Errorf("%d rows for %d limits", len(rows), len(limits))
	}
}

// Every public code stands in PROTOCOL.md with its meaning.
func TestCodeTables(t *testing.T) {
	for _, table := range [][]Explained{MessageCodes, PouchCodes} {
		for _, c := range table {
			if row := "| `" + c.Code + "` | " + c.Meaning + " |"; !strings.Contains(protocol(), row) {
				t.Errorf("PROTOCOL.md lacks %s", row)
			}
		}
	}
}

// What is packed always fits after sealing.
func TestSealedPouchFits(t *testing.T) {
	if got := pki.SealedSize(MaxPouch); got > MaxSealed {
		t.Errorf("a full pouch seals to %d octets, limit %d", got, MaxSealed)
	}
	if bucket(MaxPouch) != MaxPouch {
		t.Error("MaxPouch is not a bucket")
	}
}
