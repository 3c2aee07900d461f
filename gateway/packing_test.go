package gateway

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

func queued(size int, files ...int) Queued {
	q := Queued{ID: schema.NewID(), Raw: bytes.Repeat([]byte("m"), size)}
	for i, n := range files {
		data := bytes.Repeat([]byte{byte(i)}, n)
		q.Files = append(q.Files, schema.File{SHA256: sha256.Sum256(data), Data: data})
	}
	return q
}

// Whatever the packer takes fits, and what it leaves would not have.
func TestPackerStaysWithinTheLimits(t *testing.T) {
	for name, q := range map[string]Queued{
		"tiny": queued(1), "4 KiB": queued(4096), "uneven": queued(4097), "100 KiB": queued(100 << 10), "largest": queued(MaxMessage),
		"with a file": queued(300, 50<<10), "with many files": queued(300, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
	} {
		p := &packer{}
		var members []Queued
		for i := 0; ; i++ {
			q := q
			q.ID = schema.NewID()
			q.Raw = append(bytes.Clone(q.Raw[:len(q.Raw)-1]), byte(i))
			q.SHA256 = sha256.Sum256(q.Raw)
			if !p.add(&q) {
				break
			}
			members = append(members, q)
		}
		m := &Manifest{Head: sampleHead(), Entries: append(p.messages, p.attachments...)}
		text := m.Encode()
		if _, err := ParseManifest(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		files, err := contents(m, &Sent{Text: text, Signature: make([]byte, MaxSignature), Members: members})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := archiveSize(files)
		if got > MaxPouch || len(members) < MaxMessages && got+stored(len(q.Raw))+stored(300) < MaxPouch-(64<<10) {
			t.Errorf("%s: %d messages take %d octets of %d", name, len(members), got, MaxPouch)
		}
		if name == "4 KiB" && len(members) < 160 {
			t.Errorf("%d messages of 4 KiB in a pouch, want 160", len(members))
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		name string
		q    Queued
		want bool
	}{
		{"small", queued(500), true}, {"largest message", queued(MaxMessage), true}, {"too large", queued(MaxMessage + 1), false},
		{"with a large file", queued(500, 735<<10), true}, {"with too large a file", queued(500, 760<<10), false},
		{"largest with a large file", queued(MaxMessage, 480<<10), true},
		{"too many files", queued(500, make([]int, MaxAttachments+1)...), false},
	} {
		if got := Fits(c.q.Raw, c.q.Files); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if c.want && !(&packer{}).add(&c.q) {
			t.Errorf("%s: fits, but not into an empty pouch", c.name)
		}
	}
}

// What has changed in our own store since its number was spent does not leave.
func TestDamagedContentStays(t *testing.T) {
	l := &link{}
	q := queued(500, 20)
	m := &Manifest{Head: sampleHead(), Entries: []Entry{{sha256.Sum256(q.Raw), q.ID}, {SHA256: q.Files[0].SHA256}}}
	sent := func(q Queued) *Sent {
		text := m.Encode()
		return &Sent{Position: Position{Manifest: sha256.Sum256(text)}, Text: text, Members: []Queued{q}}
	}
	if _, err := l.again(sent(q)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Queued){
		"message": func(q *Queued) { q.Raw = append([]byte("n"), q.Raw[1:]...) },
		"file":    func(q *Queued) { q.Files = []schema.File{{SHA256: q.Files[0].SHA256, Data: []byte("other")}} },
		"absent":  func(q *Queued) { q.Files = nil },
	} {
		bad := q
		change(&bad)
		var f *fault
		if _, err := l.again(sent(bad)); !errors.As(err, &f) || f.code != damaged {
			t.Errorf("%s: got %v", name, err)
		}
	}
	other := sent(q)
	m.Date = m.Date.Add(time.Second)
	other.Text = m.Encode()
	var f *fault
	if _, err := l.again(other); !errors.As(err, &f) || f.code != damaged {
		t.Errorf("manifest: got %v", err)
	}
}

func TestEachCallsAll(t *testing.T) {
	for _, n := range []int{0, 1, few - 1, few, 2 * few, 1000} {
		calls := make([]int, n)
		each(n, func(i int) { calls[i]++ })
		for i, got := range calls {
			if got != 1 {
				t.Fatalf("%d of %d: called %d times", i, n, got)
			}
		}
	}
}
