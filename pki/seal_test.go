package pki

import (
	"bytes"
	"crypto/rand"
	"io"
	"runtime"
	"sync"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

func TestSealedOpensToTheSameBytes(t *testing.T) {
	for _, n := range []int{0, 1, 185, 186, 4079, 4080, 4081, 4084, 4085, 4086, 8177, 8178, 8376, 8377, 8378, 8379, 50_000, 700 << 10} {
		want := make([]byte, n)
		rand.Read(want)
		sealed, err := alpha().card.Certificate.Seal(want, epoch)
		if err != nil {
			t.Fatalf("%d octets: %v", n, err)
		}
		if got := len(sealed); got != SealedSize(n) {
			t.Errorf("%d octets: got %d sealed, want %d", n, got, SealedSize(n))
		}
		got, err := alpha().vault.Open(sealed)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d octets: got %d octets and %v", n, len(got), err)
		}
		if got := stockOpen(t, alpha(), sealed); !bytes.Equal(got, want) {
			t.Errorf("%d octets: a stock reader got %d octets", n, len(got))
		}
	}
}

// stockEntity gives the key ring that any OpenPGP tool would make of a house.
func stockEntity(t *testing.T, h *house) *openpgp.Entity {
	t.Helper()
	e, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(h.card.Certificate.bytes())))
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Subkeys {
		for _, p := range h.secrets.private {
			if bytes.Equal(p.Fingerprint, e.Subkeys[i].PublicKey.Fingerprint) {
				e.Subkeys[i].PrivateKey = p
			}
		}
	}
	return e
}

// stockOpen reads a sealed message with nothing of ours.
func stockOpen(t *testing.T, h *house, sealed []byte) []byte {
	t.Helper()
	m, err := openpgp.ReadMessage(bytes.NewReader(sealed), openpgp.EntityList{stockEntity(t, h)}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(m.UnverifiedBody)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSealAtTheLimit(t *testing.T) {
	most := MaxSealed - (SealedSize(MaxSealed) - MaxSealed)
	for SealedSize(most+1) <= MaxSealed {
		most++
	}
	if _, err := alpha().card.Certificate.Seal(make([]byte, most), epoch); err != nil {
		t.Errorf("the largest content: %v", err)
	}
	_, err := alpha().card.Certificate.Seal(make([]byte, most+1), epoch)
	wantCode(t, err, "seal_too_large")
}

func TestSealAsksForAValidSubkey(t *testing.T) {
	c := alpha().card.Certificate
	for _, row := range []struct {
		name string
		at   int
		want string
	}{
		{"one second before its life", -1, "no_encryption_key"}, {"its first second", 0, "ok"},
		{"its last second", 90*86400 - 1, "ok"}, {"one second after", 90 * 86400, "no_encryption_key"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := c.Seal([]byte("x"), epoch.Add(seconds(row.at)))
			wantCode(t, err, row.want)
		})
	}
}

func TestManyGoroutinesNeverMixContents(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := bytes.Repeat([]byte{byte(i)}, 5000)
			for range 5 {
				sealed := must(alpha().card.Certificate.Seal(want, epoch))
				got, err := alpha().vault.Open(sealed)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("goroutine %d: %v", i, err)
				}
				sig := must(alpha().vault.Sign(want, epoch))
				if _, err := alpha().card.Certificate.Verify(want, sig, epoch); err != nil {
					t.Errorf("goroutine %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoTruncationAndNoBitOpens(t *testing.T) {
	sealed := must(alpha().card.Certificate.Seal([]byte("the one true plaintext"), epoch))
	for i := range sealed {
		if _, err := alpha().vault.Open(sealed[:i]); err == nil {
			t.Fatalf("cut to %d octets it opens", i)
		}
	}
	for i := range len(sealed) * 8 {
		flipped := bytes.Clone(sealed)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := alpha().vault.Open(flipped); err == nil {
			t.Fatalf("with bit %d of octet %d flipped it opens", i%8, i/8)
		}
	}
	for i := range 256 {
		if _, err := alpha().vault.Open(append(bytes.Clone(sealed), byte(i))); err == nil {
			t.Fatalf("with the octet %d behind it opens", i)
		}
	}
}

func TestTheSenderChoosesNoAllocation(t *testing.T) {
	good := must(alpha().card.Certificate.Seal([]byte("x"), epoch))
	for name, m := range map[string][]byte{
		"long PKESK":   {0xC1, 255, 0, 11, 0, 0, 6},
		"longest":      {0xC1, 255, 255, 255, 255, 255, 6},
		"long SEIPD":   append(bytes.Clone(good[:pkeskSize]), 0xD2, 255, 0, 11, 0, 0, 2, cipherAES, modeGCM, 6),
		"large chunks": func() []byte { m := bytes.Clone(good); m[pkeskSize+5] = maxChunk; return m }(),
	} {
		var before, after runtime.MemStats
		const times = 16
		runtime.ReadMemStats(&before)
		for range times {
			if _, err := alpha().vault.Open(m); err == nil {
				t.Fatalf("%s: it opens", name)
			}
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / times; got > 16<<10 {
			t.Errorf("%s: %d octets of input allocate %d", name, len(m), got)
		}
	}
}
