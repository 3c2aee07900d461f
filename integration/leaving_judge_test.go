package integration

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
)

// recorder is a node's vault that keeps what it opened.
type recorder struct {
	pki.Vault
	mu     sync.Mutex // guards opened
	opened [][]byte
}

func (v *recorder) Open(sealed []byte) ([]byte, error) {
	plain, err := v.Vault.Open(sealed)
	if err == nil {
		v.mu.Lock()
		v.opened = append(v.opened, bytes.Clone(plain))
		v.mu.Unlock()
	}
	return plain, err
}

// unpacked is a pouch as it lies behind the seal.
type unpacked struct {
	line, day string // "out/NL/1/42", "2026-12-31"
	files     map[string][]byte
}

var pouchHead = regexp.MustCompile(`\n# to: ([A-Z0-9]+) .*\n# epoch: (\d+)\n# seq: (\d+)\n(?:.*\n)?# date: (.{10})`)

// unpack reads what a vault opened; what is a receipt is none.
func unpack(t *testing.T, plain []byte) *unpacked {
	t.Helper()
	p := &unpacked{files: map[string][]byte{}}
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		check(t, err)
		data, err := io.ReadAll(r)
		check(t, err)
		p.files[h.Name] = data
	}
	manifest := p.files["manifest"]
	if manifest == nil {
		return nil
	}
	head := pouchHead.FindSubmatch(manifest)
	if head == nil {
		t.Fatalf("this is no manifest:\n%s", manifest)
	}
	p.line, p.day = "out/"+string(head[1])+"/"+string(head[2])+"/"+string(head[3]), string(head[4])
	return p
}

// ledge is what the journal says of one message up to a moment.
type ledge struct{ author, releaser, under string }

// lookInto judges every pouch that the journal says was committed, by the policy that
// the journal says was in force then.
func (l *leaving) lookInto(t *testing.T) {
	t.Helper()
	pouches := map[string][]*unpacked{}
	for _, plain := range l.vault.opened {
		if p := unpack(t, plain); p != nil {
			pouches[p.line] = append(pouches[p.line], p)
		}
	}
	said, inForce := map[string]ledge{}, ""
	for _, e := range l.journal {
		one := said[e.Subject]
		switch e.Act {
		case "policy.applied":
			inForce = e.Detail["sha256"]
		case "message.submitted":
			one.author = e.Actor
		case "message.held":
			one.releaser = ""
			if e.Actor != "node" {
				one.author = e.Actor
			}
		case "message.released":
			one.releaser, one.under = e.Actor, e.Detail["policy"]
		case "pouch.committed":
			if len(pouches[e.Subject]) == 0 {
				t.Errorf("pouch %s was committed, and nobody has seen it", e.Subject)
			}
			for _, p := range pouches[e.Subject] {
				l.judgeOne(t, p, inForce, said)
			}
			delete(pouches, e.Subject)
		}
		said[e.Subject] = one
	}
	for line := range pouches {
		t.Errorf("pouch %s was sealed, and the journal does not know it", line)
	}
}

// judgeOne wants of each message of a pouch that the policy lets it go as it is, or that
// a second person has released it under that policy; and that no file is with it that
// no message speaks of.
func (l *leaving) judgeOne(t *testing.T, p *unpacked, inForce string, said map[string]ledge) {
	t.Helper()
	described := map[string]bool{}
	for name, raw := range p.files {
		id, is := strings.CutSuffix(name, ".json")
		if !is {
			continue
		}
		var m struct{ Attachments []struct{ SHA256 string } }
		check(t, json.Unmarshal(raw, &m))
		for _, a := range m.Attachments {
			described["att/"+a.SHA256] = true
		}
		verdict, why, err := l.judge.Verdict(l.policies[inForce], raw, "send", "NL", p.day)
		check(t, err)
		one := said[id]
		released := one.releaser != "" && one.releaser != one.author && one.under == inForce
		if verdict == "deny" || verdict == "hold" && !released {
			if l.count("not let go"); l.counts["not let go"] > 3 {
				t.Fail()
				continue
			}
			t.Errorf("pouch %s holds %s, which policy %.8s does not let go on %s: %s, %s (by %s, released by %q under %.8s)\n%s\n%s",
				p.line, id, inForce, p.day, verdict, why, one.author, one.releaser, one.under, raw, l.policies[inForce])
		}
		l.count("judged: " + verdict)
	}
	for name, data := range p.files {
		if digest, is := strings.CutPrefix(name, "att/"); is {
			if sum := sha256.Sum256(data); !described[name] || hex.EncodeToString(sum[:]) != digest {
				t.Errorf("pouch %s holds the file %s, which no message in it speaks of", p.line, name)
			}
			l.count("files judged")
		}
	}
}

// entries reads a node's whole journal.
func entriesOf(t *testing.T, n *node.Node) (all []node.Entry) {
	t.Helper()
	for after := int64(0); ; {
		list, err := n.Entries(t.Context(), after, 500)
		check(t, err)
		if len(list) == 0 {
			return all
		}
		all = append(all, list...)
		after = list[len(list)-1].N
	}
}
