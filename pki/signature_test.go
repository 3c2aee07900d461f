package pki

import (
	"bytes"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

func TestSignatureVerifiesHereAndWithStockTools(t *testing.T) {
	text := []byte("# a manifest\n")
	at := epoch.Add(1234567 * time.Microsecond)
	sig := must(alpha().vault.Sign(text, at))
	if len(sig) != SignatureSize {
		t.Errorf("got %d octets, want %d", len(sig), SignatureSize)
	}
	got, err := alpha().card.Certificate.Verify(text, sig, at)
	if want := epoch.Add(time.Second); err != nil || !got.Equal(want) {
		t.Errorf("got %v and %v, want %v", got, err, want)
	}
	ring := openpgp.EntityList{stockEntity(t, alpha())}
	_, _, err = openpgp.VerifyDetachedSignature(ring, bytes.NewReader(text), bytes.NewReader(sig),
		&packet.Config{Time: func() time.Time { return at }})
	if err != nil {
		t.Errorf("a stock reader: %v", err)
	}
}

func TestSignatureTimes(t *testing.T) {
	text := []byte("text")
	c, expires := alpha().card.Certificate, epoch.Add(year)
	for _, row := range []struct {
		name         string
		signed, seen time.Time
		want         string
	}{
		{"at once", epoch, epoch, "ok"},
		{"the signer is two minutes ahead", epoch.Add(ClockTolerance), epoch, "ok"},
		{"the signer is more than two minutes ahead", epoch.Add(ClockTolerance + time.Second), epoch, "signature_future"},
		{"the signer is a day behind", epoch, epoch.Add(day), "ok"},
		{"before the key's life", epoch.Add(-time.Second), epoch, "signature_outside_validity"},
		{"in the key's last second", expires.Add(-time.Second), expires, "ok"},
		{"after the key's life", expires, expires, "signature_outside_validity"},
		{"late, within the overlap", epoch, expires.Add(SigningOverlap), "ok"},
		{"late, after the overlap", epoch, expires.Add(SigningOverlap + time.Second), "signature_key_expired"},
	} {
		t.Run(row.name, func(t *testing.T) {
			priv := alpha().secrets.private[0]
			sig := must(sign(priv, text, row.signed))
			_, err := c.Verify(text, sig, row.seen)
			wantCode(t, err, row.want)
		})
	}
}

func TestProofOfThePastNeedsNoPresent(t *testing.T) {
	text := []byte("text")
	sig := must(alpha().vault.Sign(text, epoch))
	got, err := alpha().card.Certificate.VerifyAt(text, sig)
	if err != nil || !got.Equal(epoch) {
		t.Errorf("got %v and %v, want %v", got, err, epoch)
	}
	_, err = alpha().card.Certificate.VerifyAt([]byte("Text"), sig)
	wantCode(t, err, "signature_bad")
}

func TestNoBitOfASignatureMayChange(t *testing.T) {
	text := []byte("text")
	sig := must(alpha().vault.Sign(text, epoch))
	c := alpha().card.Certificate
	for i := range sig {
		if _, err := c.Verify(text, sig[:i], epoch); err == nil {
			t.Fatalf("cut to %d octets it verifies", i)
		}
	}
	for i := range len(sig) * 8 {
		if i > 8*150 && i%61 != 0 { // every bit of the fields, a sample of the two raw signatures
			continue
		}
		flipped := bytes.Clone(sig)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := c.Verify(text, flipped, epoch); err == nil {
			t.Fatalf("with bit %d of octet %d flipped it verifies", i%8, i/8)
		}
	}
}

func TestSignAsksForAValidSubkey(t *testing.T) {
	for _, at := range []time.Time{epoch.Add(-time.Second), epoch.Add(year)} {
		_, err := alpha().vault.Sign([]byte("x"), at)
		wantCode(t, err, "no_signing_key")
	}
}
