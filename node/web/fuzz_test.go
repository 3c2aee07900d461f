package web

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// FuzzBundle: what is read as a bundle is read again from what it is written as;
// everything else is refused by one of two codes.
func FuzzBundle(f *testing.F) {
	good, err := sampleBundle().Zip()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(bytes.ReplaceAll(good, []byte("manifest"), []byte("../ifest")))
	f.Add(bytes.ReplaceAll(good, []byte("sender.card"), []byte("manifest.si")))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18))) // an empty zip file
	f.Fuzz(func(t *testing.T, packed []byte) {
		b, err := ReadBundle(packed)
		if err != nil {
			var p *schema.Problem
			if !errors.As(err, &p) || p.Code != "bad_bundle" && p.Code != "bundle_too_large" {
				t.Fatalf("got %v, want bad_bundle or bundle_too_large", err)
			}
			return
		}
		written, err := b.Zip()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ReadBundle(written); err != nil || !reflect.DeepEqual(again, b) {
			t.Fatalf("got %v, %v, want %v", again, err, b)
		}
	})
}
