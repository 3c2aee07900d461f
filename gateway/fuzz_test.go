package gateway

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/comity-exchange/comity/schema"
)

// Any archive under a true seal: opened or refused, never a panic; and what opens
// is, octet by octet, what a sender would write.
func FuzzOpenPouch(f *testing.F) {
	be, nl := goldenHouses()["BE"], goldenHouses()["NL"]
	now := goldenTime.Add(time.Minute)
	for _, name := range []string{"example.sealed", "example.answer.sealed"} {
		vault := nl.vault
		if name == "example.answer.sealed" {
			vault = be.vault
		}
		f.Add(must(vault.Open(readGolden(name))))
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		if name, text, signature, err := openAnswer(archive, nl.vault.Certificate(), now); err == nil {
			if !bytes.Equal(signedArchive(name, text, signature), archive) {
				t.Error("an answer does not re-encode to itself")
			}
		}
		p, err := openPouch(archive, be.vault.Certificate(), now)
		if err != nil {
			return
		}
		files, err := p.files()
		if err != nil {
			return
		}
		again := writeArchive(nil, append([]file{{manifestName, p.text}, {manifestName + signatureExt, p.signature}}, files...))
		if !bytes.Equal(again, archive) {
			t.Error("a pouch does not re-encode to itself")
		}
	})
}

// Every fuzz target has committed seeds: a folder that matches nothing would go unnoticed.
func TestFuzzSeeds(t *testing.T) {
	for _, target := range []string{"FuzzManifest", "FuzzReceipt", "FuzzArchive", "FuzzOpenPouch"} {
		seeds, err := os.ReadDir(filepath.Join("testdata/fuzz", target))
		if err != nil || len(seeds) == 0 {
			t.Errorf("%s: %d seeds, %v", target, len(seeds), err)
		}
	}
}

// FuzzSubject: the subjects of whatever passes for a jurisdiction are three tokens,
// the middle one gives the code back, and nothing in them is a wildcard.
func FuzzSubject(f *testing.F) {
	for _, code := range []string{"BE", "EUROPOL", "A1", "", "be", "B", "B*", "B>", "*", ">", "B.E", "B E", "B\nE", "BE\n", "\u212aE", "B\x00", "ABCDEFGHIJKLMNOPQ", "1A", "_INBOX", "$SYS"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		j, err := schema.ParseJurisdiction(code)
		if err != nil {
			return
		}
		for _, subject := range []string{pouchTo(j), pouchFrom(j), pingTo(j), pingFrom(j)} {
			tokens := strings.Split(subject, ".")
			if len(tokens) != 3 || tokens[1] != code || strings.ContainsAny(subject, "*> \t\r\n\x00") || !utf8.ValidString(subject) {
				t.Fatalf("%q makes the subject %q", code, subject)
			}
		}
	})
}

// FuzzProof: only the proof of what truly crossed holds.
func FuzzProof(f *testing.F) {
	var crossed []*Proof
	for message := range exampleLetters() {
		p := exampleProof(message)
		crossed = append(crossed, p)
		f.Add(p.Message, p.Manifest, p.Signature, p.Receipt, p.ReceiptSig)
		f.Add(p.Message[1:], p.Manifest, p.Signature, p.Receipt, p.ReceiptSig)
		f.Add(p.Message, p.Manifest, p.ReceiptSig, p.Manifest, p.Signature)
	}
	f.Fuzz(func(t *testing.T, message, manifest, signature, receipt, receiptSig []byte) {
		p := *crossed[0]
		p.Message, p.Manifest, p.Signature, p.Receipt, p.ReceiptSig = message, manifest, signature, receipt, receiptSig
		if !Holds(p.Verify()) {
			return
		}
		for _, known := range crossed {
			if reflect.DeepEqual(&p, known) {
				return
			}
		}
		t.Error("a proof holds of what nobody sent")
	})
}
