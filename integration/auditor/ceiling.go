package auditor

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// checkClear holds I8: it searches every octet of the node's places.
func (a *audit) checkClear(b *books) {
	needles := a.needles(b)
	secret := map[string]bool{}
	for _, s := range b.Secrets {
		secret[filepath.Clean(s)] = true
	}
	places := append([]string{b.Database, b.Database + "-wal", b.Database + "-shm"}, b.Places...)
	seen := map[string]bool{}
	for _, place := range places {
		filepath.WalkDir(place, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || secret[filepath.Clean(name)] || seen[filepath.Clean(name)] {
				return nil // a place may be gone; what counts is what can be read
			}
			seen[filepath.Clean(name)] = true
			a.search(b, name, needles)
			return nil
		})
	}
}

// needle is something that must not be found.
type needle struct {
	what   string
	octets []byte
}

// needles are the canaries and the private keys, as they are and in the usual clothes.
func (a *audit) needles(b *books) (all []needle) {
	add := func(what string, octets []byte) {
		all = append(all, needle{what, octets}, needle{what + " in hexadecimal", []byte(hex.EncodeToString(octets))},
			needle{what + " in base64", []byte(base64.RawStdEncoding.EncodeToString(octets[:len(octets)/3*3]))})
	}
	for _, c := range a.Canaries {
		add("a canary", []byte(c))
	}
	add("the storage key", b.keys.Storage)
	add("the TLS key", b.keys.TLS)
	for _, k := range b.keys.Private {
		add("a private subkey", k[len(k)-32:]) // the packet ends with secret octets
	}
	return all
}

// search reads a file piece by piece; the pieces overlap by more than a needle.
func (a *audit) search(b *books, name string, needles []needle) {
	f, err := os.Open(name)
	if err != nil {
		a.find("I8", b.Code, filepath.Base(name), "cannot be searched: %v", err)
		return
	}
	defer f.Close()
	const overlap = 4 << 10
	piece, kept := make([]byte, 4<<20), 0
	for {
		n, err := io.ReadFull(f, piece[kept:])
		for _, x := range needles {
			if bytes.Contains(piece[:kept+n], x.octets) {
				a.find("I8", b.Code, filepath.Base(name), "holds %s in the clear", x.what)
				return
			}
		}
		if err != nil {
			return // the end
		}
		kept = copy(piece, piece[len(piece)-overlap:])
	}
}

// checkCanaries wants each canary in some message: what was never planted cannot be found.
func (a *audit) checkCanaries() {
	for _, c := range a.Canaries {
		met := false
		for _, b := range a.sorted() {
			met = met || b.canaries[c]
		}
		if !met {
			a.find("I8", "", "canary", "was planted in no message")
		}
	}
}

// checkCeilings holds I9.
func (a *audit) checkCeilings(b *books) {
	if a.MemoryCeiling > 0 && b.Memory > a.MemoryCeiling {
		a.find("I9", b.Code, "memory", "%d octets were used, the ceiling is %d", b.Memory, a.MemoryCeiling)
	}
	var disk int64
	for _, name := range []string{b.Database, b.Database + "-wal"} {
		if s, err := os.Stat(name); err == nil {
			disk += s.Size()
		}
	}
	if a.DiskCeiling > 0 && disk > a.DiskCeiling {
		a.find("I9", b.Code, "disk", "the database has %d octets, the ceiling is %d", disk, a.DiskCeiling)
	}
}

// checkQueues holds I10, and that the status counts what is there.
func (a *audit) checkQueues(b *books) {
	counted := map[string]int64{}
	for _, m := range b.messages {
		counted[m.box+" "+m.peer+" "+m.state]++
	}
	for key, n := range b.tally {
		if counted[key] != n {
			a.find("I10", b.Code, key, "the status counts %d, there are %d", n, counted[key])
		}
		delete(counted, key)
	}
	for key, n := range counted {
		a.find("I10", b.Code, key, "the status counts none, there are %d", n)
	}
	if !a.Quiet {
		return
	}
	for _, m := range b.messages {
		if m.state == "queued" {
			a.find("I10", b.Code, "message "+m.id, "is still queued for %s", m.peer)
		}
	}
	for _, p := range b.pouches {
		if p.receipt == nil {
			a.find("I10", b.Code, p.line(), "is still in flight")
		}
	}
}
