package gateway

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
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
