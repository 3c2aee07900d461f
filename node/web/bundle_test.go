package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

func sampleBundle() *Bundle {
	return &Bundle{ID: "01990000-0000-7000-8000-000000000001", Message: []byte(`{"a":1}`), Attachments: map[string][]byte{strings.Repeat("ab", 32): []byte("file")},
		Manifest: []byte("m"), ManifestSig: []byte("ms"), Receipt: []byte("r"), ReceiptSig: []byte("rs"), Sender: []byte("s"), Recipient: []byte("t")}
}

// A bundle of an erased message holds a file that says so in place of the message.
func TestBundleOfErasedMessage(t *testing.T) {
	want := sampleBundle()
	want.Message, want.Attachments = nil, map[string][]byte{}
	want.Erased = fmt.Appendf(nil, erasedForm, want.ID, [32]byte{7}, "2026-12-31T23:59:59Z", "period-expired")
	packed, err := want.Zip()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadBundle(packed)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for name, spoil := range map[string]func(b *Bundle){
		"of no message":  func(b *Bundle) { b.Erased = bytes.Replace(b.Erased, []byte(b.ID), []byte("1"), 1) },
		"with a file":    func(b *Bundle) { b.Attachments[strings.Repeat("ab", 32)] = []byte("file") },
		"in other words": func(b *Bundle) { b.Erased = append(slices.Clone(b.Erased), "more\n"...) },
	} {
		b := *got
		b.Attachments = map[string][]byte{}
		spoil(&b)
		packed, err := b.Zip()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ReadBundle(packed); err == nil {
			t.Errorf("%s: got %+v, want bad_bundle", name, again)
		}
	}
}

func TestBundleIsReadBackWhole(t *testing.T) {
	want := sampleBundle()
	packed, err := want.Zip()
	if err != nil {
		t.Fatal(err)
	}
	again, err := want.Zip()
	if err != nil || !bytes.Equal(packed, again) {
		t.Errorf("the same bundle gave other bytes, %v", err)
	}
	got, err := ReadBundle(packed)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != want.ID || !bytes.Equal(got.Message, want.Message) || !bytes.Equal(got.Recipient, want.Recipient) || !bytes.Equal(got.ReceiptSig, want.ReceiptSig) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !maps.EqualFunc(got.Attachments, want.Attachments, bytes.Equal) {
		t.Errorf("got attachments %v, want %v", got.Attachments, want.Attachments)
	}
}

func TestBundleRefusals(t *testing.T) {
	good, err := sampleBundle().Zip()
	if err != nil {
		t.Fatal(err)
	}
	entries := func(extra map[string]string, left ...string) []byte {
		return repack(t, good, extra, left...)
	}
	for _, row := range []struct {
		name   string
		packed []byte
		code   string
	}{
		{"not a zip", []byte("PK nothing"), "bad_bundle"},
		{"cut", good[:len(good)/2], "bad_bundle"},
		{"path traversal", entries(map[string]string{"../../etc/passwd": "x"}), "bad_bundle"},
		{"second message", entries(map[string]string{"01990000-0000-7000-8000-000000000002.json": "{}"}), "bad_bundle"},
		{"second manifest", entries(map[string]string{"manifest": "other"}), "bad_bundle"},
		{"odd attachment name", entries(map[string]string{"att/zz": "x"}), "bad_bundle"},
		{"no receipt", entries(nil, "receipt"), "bad_bundle"},
		{"no message", entries(nil, "01990000-0000-7000-8000-000000000001.json"), "bad_bundle"},
		{"zip bomb", entries(map[string]string{"att/" + strings.Repeat("cd", 32): strings.Repeat("0", maxBundleBytes)}), "bundle_too_large"},
		{"too large", make([]byte, maxBundle+1), "bundle_too_large"},
	} {
		_, err := ReadBundle(row.packed)
		p, ok := err.(*schema.Problem)
		if !ok || p.Code != row.code {
			t.Errorf("%s: got %v, want %s", row.name, err, row.code)
		}
	}
}

// repack adds files to a bundle and leaves others out.
func repack(t *testing.T, packed []byte, extra map[string]string, left ...string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		if !slices.Contains(left, f.Name) {
			if err := to.Copy(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, data := range extra {
		w, err := to.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
