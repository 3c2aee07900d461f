package gateway

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// ids that never change, for texts that are compared octet by octet.
const (
	id1 = schema.ID("0198f3c2-0000-7000-8000-000000000001")
	id2 = schema.ID("0198f3c2-0000-7000-8000-000000000002")
)

func fill(c byte) (d [32]byte) {
	for i := range d {
		d[i] = c
	}
	return d
}

func sampleHead() Head {
	return Head{From: Party{"BE", fill(0xbe)}, To: Party{"NL", fill(0x31)}, Epoch: 1, Seq: 42,
		Date: time.Date(2026, 11, 23, 21, 5, 52, 0, time.UTC), Journal: fill(0x51)}
}

func sampleManifest() *Manifest {
	return &Manifest{Head: sampleHead(), Prev: fill(0x9b), Entries: []Entry{{fill(0x3f), id1}, {fill(0xa7), id2}, {SHA256: fill(0xc0)}}}
}

func TestManifestText(t *testing.T) {
	h := func(pair string) string { return strings.Repeat(pair, 32) }
	want := "# comity pouch 1\n# from: BE " + h("be") + "\n# to: NL " + h("31") + "\n# epoch: 1\n# seq: 42\n# prev: " + h("9b") +
		"\n# date: 2026-11-23T21:05:52Z\n# journal: " + h("51") + "\n" +
		h("3f") + "  " + string(id1) + ".json\n" + h("a7") + "  " + string(id2) + ".json\n" + h("c0") + "  att/" + h("c0") + "\n"
	if got := string(sampleManifest().Encode()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	m, err := ParseManifest([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v", *m); got != fmt.Sprintf("%+v", *sampleManifest()) {
		t.Errorf("parsed %s", got)
	}
	if got := len(m.Messages()); got != 2 {
		t.Errorf("%d messages, want 2", got)
	}
}

func TestManifestRefused(t *testing.T) {
	good := string(sampleManifest().Encode())
	lines := strings.SplitAfter(good, "\n")
	message, attachment := lines[8], lines[10]
	for _, c := range []struct{ name, from, to string }{
		{"other title", "# comity pouch 1\n", "# comity pouch 2\n"},
		{"receipt title", "# comity pouch 1\n", "# comity receipt 1\n"},
		{"header missing", lines[3], ""},
		{"header twice", lines[3], lines[3] + lines[3]},
		{"header more", lines[7], lines[7] + "# note: x\n"},
		{"headers swapped", lines[3] + lines[4], lines[4] + lines[3]},
		{"blank after seq", "# seq: 42\n", "# seq: 42 \n"},
		{"seq zero", "# seq: 42", "# seq: 0"},
		{"seq with leading zero", "# seq: 42", "# seq: 042"},
		{"seq signed", "# seq: 42", "# seq: +42"},
		{"seq too large", "# seq: 42", "# seq: 9223372036854775808"},
		{"epoch missing", "# epoch: 1", "# epoch: "},
		{"upper-case digest", "9b9b", "9B9b"},
		{"short digest", "# prev: 9b", "# prev: "},
		{"lower-case code", "# from: BE", "# from: be"},
		{"date with zone", "21:05:52Z", "21:05:52+00:00"},
		{"date with fraction", "21:05:52Z", "21:05:52.5Z"},
		{"date impossible", "2026-11-23", "2026-02-30"},
		{"carriage return", "# seq: 42\n", "# seq: 42\r\n"},
		{"one blank in a line", "  " + string(id1), " " + string(id1)},
		{"binary mark", "  " + string(id1), " *" + string(id1)},
		{"name not an id", string(id1), "../../../../etc/passwd"},
		{"id not version 7", "-7000-8000-000000000001", "-4000-8000-000000000001"},
		{"other suffix", string(id1) + ".json", string(id1) + ".JSON"},
		{"no suffix", string(id1) + ".json", string(id1)},
		{"attachment named otherwise", "att/c0", "att/c1"},
		{"message twice", message, message + message},
		{"attachment twice", attachment, attachment + attachment},
		{"attachment before message", lines[9] + attachment, attachment + lines[9]},
		{"no message", lines[8] + lines[9], ""},
		{"no end of line", attachment, strings.TrimSuffix(attachment, "\n")},
		{"empty line at the end", attachment, attachment + "\n"},
		{"empty", good, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.from) {
				t.Fatalf("the sample does not contain %q", c.from)
			}
			if m, err := ParseManifest([]byte(strings.Replace(good, c.from, c.to, 1))); err == nil {
				t.Errorf("accepted as %+v", m)
			}
		})
	}
}

func TestManifestLimits(t *testing.T) {
	full := func(messages, attachments int) *Manifest {
		m := &Manifest{Head: sampleHead()}
		for i := range messages {
			m.Entries = append(m.Entries, Entry{fill(1), schema.ID(fmt.Sprintf("0198f3c2-0000-7000-8000-%012d", i))})
		}
		for i := range attachments {
			e := Entry{}
			e.SHA256[0], e.SHA256[1] = byte(i), byte(i>>8)
			m.Entries = append(m.Entries, e)
		}
		return m
	}
	for _, c := range []struct {
		messages, attachments int
		want                  bool
	}{{1, 0, true}, {MaxMessages, MaxAttachments, true}, {MaxMessages + 1, 0, false}, {1, MaxAttachments + 1, false}} {
		text := full(c.messages, c.attachments).Encode()
		if _, err := ParseManifest(text); (err == nil) != c.want {
			t.Errorf("%d messages, %d attachments: %v", c.messages, c.attachments, err)
		}
	}
	if text := full(MaxMessages, MaxAttachments).Encode(); len(text) > MaxManifest {
		t.Errorf("the longest manifest has %d octets", len(text))
	}
	h := sampleHead()
	h.From.Code, h.To.Code, h.Epoch, h.Seq = "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP", 1<<63-1, 1<<63-1
	if got := len(h.append(nil, receiptForm, fill(1))); got > headLimit {
		t.Errorf("the longest head has %d octets, limit %d", got, headLimit)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(sampleManifest().Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := ParseManifest(text); err == nil && !bytes.Equal(m.Encode(), text) {
			t.Errorf("%q re-encodes to %q", text, m.Encode())
		}
	})
}
