package pki

import (
	"crypto/rand"
	"fmt"
	"testing"
)

var sizes = []int{4 << 10, 64 << 10, 700 << 10} // octets of plaintext

func content(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("octets=%d", n), func(b *testing.B) {
			plaintext := content(n)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				must(alpha().card.Certificate.Seal(plaintext, epoch))
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("octets=%d", n), func(b *testing.B) {
			sealed := must(alpha().card.Certificate.Seal(content(n), epoch))
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				must(alpha().vault.Open(sealed))
			}
		})
	}
}

// BenchmarkFloor is AES-256-GCM over the same octets in one piece: what Seal cannot go below.
func BenchmarkFloor(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("octets=%d", n), func(b *testing.B) {
			plaintext := content(n)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				must(sealOnce(plaintext[:32], "", nil, plaintext))
			}
		})
	}
}

// manifest is as long as one of 180 messages.
var manifest = content(180 * 110)

func BenchmarkSign(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(alpha().vault.Sign(manifest, epoch))
	}
}

func BenchmarkVerify(b *testing.B) {
	sig := must(alpha().vault.Sign(manifest, epoch))
	b.ReportAllocs()
	for b.Loop() {
		must(alpha().card.Certificate.Verify(manifest, sig, epoch))
	}
}

func BenchmarkReadCard(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(ReadCard(alpha().card.Text, epoch))
	}
}

func BenchmarkEncryptContent(b *testing.B) {
	plaintext := content(4 << 10)
	b.SetBytes(int64(len(plaintext)))
	for b.Loop() {
		if _, _, err := alpha().vault.Encrypt("name", plaintext); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecryptContent(b *testing.B) {
	plaintext := content(4 << 10)
	sealed, wrapped, err := alpha().vault.Encrypt("name", plaintext)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(plaintext)))
	for b.Loop() {
		must(alpha().vault.Decrypt("name", sealed, wrapped))
	}
}
