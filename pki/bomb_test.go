package pki

import (
	"bytes"
	"compress/zlib"
	"crypto/rand"
	"runtime"
	"slices"
	"testing"
	"time"
)

// compressed is a compressed packet around others.
func compressed(packets []byte) []byte {
	var b bytes.Buffer
	b.WriteByte(2) // ZLIB
	z := must(zlib.NewWriterLevel(&b, zlib.BestCompression))
	must(z.Write(packets))
	if err := z.Close(); err != nil {
		panic(err)
	}
	return part(tagCompressed, b.String())
}

// F17: nothing is unpacked, so a packet that would grow a thousandfold, and again at
// each of ten layers, costs what its own octets cost.
func TestCompressionBombsAreCheap(t *testing.T) {
	h := gold(t)
	to, _ := h.card.Certificate.current(ForEncryption, epoch)
	session := make([]byte, sessionKey)
	rand.Read(session)
	sealed := func(inner []byte) []byte {
		return slices.Concat(pkeskFor(to.public, session, true, false), seipdOver(session, inner, 10))
	}
	big := compressed(literal(string(make([]byte, 16<<20))))
	nested := big
	for range 10 {
		nested = compressed(nested)
	}
	many := bytes.Repeat(nested, MaxSealed/2/len(nested))
	for _, row := range []struct {
		name, code string
		data       []byte
	}{
		{"16 MiB in one layer, sealed", "seal_compressed", sealed(big)},
		{"eleven layers, sealed", "seal_compressed", sealed(nested)},
		{"as many as fit, sealed", "seal_compressed", sealed(many)},
		{"a bomb that ends with content, sealed", "seal_compressed", sealed(slices.Concat(nested, literal("x")))},
		{"eleven layers in the clear", "seal_cleartext", nested},
		{"a bomb before the message", "seal_cleartext", slices.Concat(nested, sealed(literal("x")))},
		{"a bomb behind the message", "seal_trailing", slices.Concat(sealed(literal("x")), nested)},
		{"a gigabyte", "seal_too_large", make([]byte, 1<<30)},
	} {
		t.Run(row.name, func(t *testing.T) {
			least, most := time.Hour, uint64(0)
			for range 5 { // the machine may be busy: the best of five counts
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err := h.vault.Open(row.data)
				least = min(least, time.Since(start))
				runtime.ReadMemStats(&after)
				most = max(most, after.TotalAlloc-before.TotalAlloc)
				wantCode(t, err, row.code)
			}
			t.Logf("%d octets refused in %v, %d KiB allocated", len(row.data), least, most>>10)
			if least > 10*time.Millisecond {
				t.Errorf("refused after %v, want at most 10 ms", least)
			}
			if most > 2*MaxSealed {
				t.Errorf("allocated %d octets, want at most twice the limit of %d", most, MaxSealed)
			}
		})
	}
}
