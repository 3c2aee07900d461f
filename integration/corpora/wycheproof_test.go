// Package corpora holds the primitives that a pouch rests on against vectors made by
// others to break them. It is a package of its own because the vectors are compiled
// into the test binary, a hundred megabytes of them.
package corpora

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	stded25519 "crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"slices"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
	"github.com/cloudflare/circl/sign/ed25519"
	"github.com/cloudflare/circl/sign/mldsa/mldsa65"
)

// octets are written in hexadecimal.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

// vector has what any of the files used here gives a test.
type vector struct {
	ID      int      `json:"tcId"`
	Comment string   `json:"comment"`
	Result  string   `json:"result"` // valid, invalid or acceptable
	Flags   []string `json:"flags"`

	Msg, Ctx, Sig           octets
	Key, IV, AAD, CT, Tag   octets
	Public, Private, Shared octets
	Seed, M, EK, DK, C, K   octets
	Rnd                     octets
}

// group has what the tests below it share.
type group struct {
	KeySize, IVSize, TagSize int // bits
	PublicKey                json.RawMessage
	PrivateSeed              octets
	Tests                    []vector
}

// key of a group: octets, or an object that holds them under pk.
func (g *group) key(t *testing.T) octets {
	t.Helper()
	var plain octets
	if json.Unmarshal(g.PublicKey, &plain) == nil {
		return plain
	}
	var object struct{ PK octets }
	if err := json.Unmarshal(g.PublicKey, &object); err != nil {
		t.Fatal(err)
	}
	return object.PK
}

// each runs every test of a file: run says whether the primitive takes the input and
// gives the output that stands there.
func each(t *testing.T, name string, least int, run func(g *group, v *vector) bool) {
	t.Helper()
	text, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		NumberOfTests int
		TestGroups    []group
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range file.TestGroups {
		g := &file.TestGroups[i]
		for j := range g.Tests {
			v := &g.Tests[j]
			n++
			if got := run(g, v); v.Result != "acceptable" && got != (v.Result == "valid") {
				t.Errorf("%s %d, %s %v: got %v, want %s", name, v.ID, v.Comment, v.Flags, got, v.Result)
			}
		}
	}
	if n != file.NumberOfTests || n < least {
		t.Errorf("%s: ran %d tests of %d, want at least %d", name, n, file.NumberOfTests, least)
	}
}

// Ed25519 is half of every signature (go-crypto through circl) and the TLS key (the
// standard library).
func TestEd25519(t *testing.T) {
	each(t, "ed25519_test.json", 150, func(g *group, v *vector) bool {
		pk := g.key(t)
		got := ed25519.Verify(ed25519.PublicKey(pk), v.Msg, v.Sig)
		if std := stded25519.Verify(stded25519.PublicKey(pk), v.Msg, v.Sig); std != got {
			t.Errorf("%d, %s: the two implementations differ", v.ID, v.Comment)
		}
		return got
	})
}

// ML-DSA-65 is the other half. RFC 9980 signs with an empty context.
func TestMLDSA65(t *testing.T) {
	each(t, "mldsa_65_verify_test.json", 200, func(g *group, v *vector) bool {
		var pk mldsa65.PublicKey
		return pk.UnmarshalBinary(g.key(t)) == nil && mldsa65.Verify(&pk, v.Msg, v.Ctx, v.Sig)
	})
	each(t, "mldsa_65_sign_seed_test.json", 100, func(g *group, v *vector) bool {
		if len(g.PrivateSeed) != mldsa65.SeedSize {
			return false
		}
		if v.Msg == nil { // the message is given as its digest mu, which no caller of ours signs
			return v.Result == "valid"
		}
		pk, sk := mldsa65.NewKeyFromSeed((*[mldsa65.SeedSize]byte)(g.PrivateSeed))
		sig := make([]byte, mldsa65.SignatureSize)
		if mldsa65.SignTo(sk, v.Msg, v.Ctx, false, sig) != nil {
			return false
		}
		if v.Rnd != nil { // signed with these random octets, which circl takes from nobody
			sig = v.Sig
		}
		return bytes.Equal(sig, v.Sig) && mldsa65.Verify(pk, v.Msg, v.Ctx, sig) && bytes.Equal(pk.Bytes(), g.key(t))
	})
}

// ML-KEM-768 is half of every sealing.
func TestMLKEM768(t *testing.T) {
	scheme := mlkem768.Scheme()
	each(t, "mlkem_768_keygen_seed_test.json", 100, func(_ *group, v *vector) bool {
		pk, sk := mlkem768.NewKeyFromSeed(v.Seed)
		public, err := pk.MarshalBinary()
		private, err2 := sk.MarshalBinary()
		return err == nil && err2 == nil && bytes.Equal(public, v.EK) && bytes.Equal(private, v.DK)
	})
	each(t, "mlkem_768_test.json", 200, func(_ *group, v *vector) bool {
		if len(v.Seed) != mlkem768.KeySeedSize {
			return false
		}
		_, sk := mlkem768.NewKeyFromSeed(v.Seed)
		k, err := scheme.Decapsulate(sk, v.C)
		return err == nil && bytes.Equal(k, v.K)
	})
	each(t, "mlkem_768_encaps_test.json", 260, func(_ *group, v *vector) bool {
		pk, err := scheme.UnmarshalBinaryPublicKey(v.EK)
		if err != nil {
			return false
		}
		c, k, err := scheme.EncapsulateDeterministically(pk, v.M)
		return err == nil && bytes.Equal(c, v.C) && bytes.Equal(k, v.K)
	})
}

// X25519 is the other half. "Acceptable" are public values that no honest peer
// sends; those that give zeros must be refused, the rest must give what stands there.
func TestX25519(t *testing.T) {
	each(t, "x25519_test.json", 500, func(_ *group, v *vector) bool {
		var shared, private, public x25519.Key
		copy(private[:], v.Private)
		copy(public[:], v.Public)
		ok := x25519.Shared(&shared, &private, &public)
		zero := slices.Contains(v.Flags, "ZeroSharedSecret")
		if ok == zero || ok && !bytes.Equal(shared[:], v.Shared) {
			t.Errorf("%d, %s: got %v and %x, want %x", v.ID, v.Comment, ok, shared, v.Shared)
		}
		return ok
	})
}

// AES-GCM carries the content of pouches and of the store: always with 96 bits of
// nonce and 128 of tag.
func TestAESGCM(t *testing.T) {
	ours := 0
	each(t, "aes_gcm_test.json", 300, func(g *group, v *vector) bool {
		if g.IVSize != 96 || g.TagSize != 128 {
			return v.Result == "valid" // no nonce of ours
		}
		ours++
		block, err := aes.NewCipher(v.Key)
		if err != nil {
			return false
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return false
		}
		plain, err := aead.Open(nil, v.IV, slices.Concat(v.CT, v.Tag), v.AAD)
		return err == nil && bytes.Equal(plain, v.Msg) && bytes.Equal(aead.Seal(nil, v.IV, v.Msg, v.AAD), slices.Concat(v.CT, v.Tag))
	})
	if ours < 150 {
		t.Errorf("got %d vectors with our sizes, want at least 150", ours)
	}
}
