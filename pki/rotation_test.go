package pki

import (
	"bytes"
	"testing"
	"time"
)

// renewed is alpha a month on, with the next subkeys announced a day ahead.
func renewed(t *testing.T) (next *house, from time.Time) {
	t.Helper()
	from = epoch.Add(30 * day)
	s, err := alpha().root.Renew(alpha().secrets, from, year, 90*day)
	if err != nil {
		t.Fatal(err)
	}
	c := cardOf("AA")
	c.Serial++
	card, err := alpha().root.SignCard(c, s, from.Add(-day))
	if err != nil {
		t.Fatal(err)
	}
	return &house{alpha().root, s, must(NewVault(s)), card}, from
}

func TestRotationBreaksNothingUnderWay(t *testing.T) {
	next, from := renewed(t)
	old, text := alpha(), []byte("text")

	before := must(next.vault.Sign(text, from.Add(-time.Second)))
	_, err := old.card.Certificate.Verify(text, before, from)
	wantCode(t, err, "ok") // the old card still does, until the new keys begin

	after := must(next.vault.Sign(text, from))
	_, err = old.card.Certificate.Verify(text, after, from)
	wantCode(t, err, "signature_unknown_key")
	_, err = next.card.Certificate.Verify(text, after, from)
	wantCode(t, err, "ok")
	_, err = next.card.Certificate.Verify(text, before, from)
	wantCode(t, err, "ok")

	sealed := must(old.card.Certificate.Seal(text, from.Add(day)))
	if got, err := next.vault.Open(sealed); err != nil || !bytes.Equal(got, text) {
		t.Errorf("sealed by the old card: got %q and %v", got, err)
	}
	_, err = old.vault.Open(must(next.card.Certificate.Seal(text, from)))
	wantCode(t, err, "seal_wrong_recipient")
	_, err = old.vault.Open(must(next.card.Certificate.Seal(text, from.Add(-time.Second))))
	wantCode(t, err, "ok")
}

func TestForgottenKeysOpenNothingAndOldProofsStand(t *testing.T) {
	next, _ := renewed(t)
	text := []byte("text")
	sealed := must(alpha().card.Certificate.Seal(text, epoch))
	sig := must(alpha().vault.Sign(text, epoch))

	end := epoch.Add(90 * day).Add(EncryptionOverlap)
	if got := next.secrets.Forget(end.Add(-time.Second)); got != 0 {
		t.Errorf("within the overlap: got %d forgotten, want 0", got)
	}
	if got := next.secrets.Forget(end); got != 1 {
		t.Errorf("after the overlap: got %d forgotten, want 1", got)
	}
	v := must(NewVault(next.secrets))
	_, err := v.Open(sealed)
	wantCode(t, err, "seal_wrong_recipient")

	late := epoch.Add(3 * year)
	_, err = next.card.Certificate.Verify(text, sig, late)
	wantCode(t, err, "signature_key_expired")
	_, err = next.card.Certificate.VerifyAt(text, sig)
	wantCode(t, err, "ok")
	if got := next.secrets.Forget(late); got != 3 {
		t.Errorf("when all expired: got %d forgotten, want 3", got)
	}
}

func TestAfterATheftTheOldKeysAreWorthNothing(t *testing.T) {
	at, text := epoch.Add(10*day), []byte("text")
	s := must(alpha().root.Replace(alpha().secrets, at, year, 90*day))
	v := must(NewVault(s))
	if s.TLSPin() == alpha().secrets.TLSPin() {
		t.Error("the TLS key is still the stolen one")
	}
	_, err := s.Certificate().Verify(text, must(alpha().vault.Sign(text, at)), at)
	wantCode(t, err, "signature_unknown_key")
	_, err = v.Open(must(alpha().card.Certificate.Seal(text, at)))
	wantCode(t, err, "seal_wrong_recipient")

	sealed, wrapped, err := alpha().vault.Encrypt("m", text)
	wantCode(t, err, "ok")
	if got, err := v.Decrypt("m", sealed, wrapped); err != nil || !bytes.Equal(got, text) {
		t.Errorf("stored content: got %q and %v", got, err)
	}
}

func TestManyRotationsStayWithinTheLimits(t *testing.T) {
	s, at := alpha().secrets, epoch
	for range 2 * maxSubkeys {
		at = at.Add(30 * day)
		s = must(alpha().root.Renew(s, at, 60*day, 40*day))
		if at.Sub(epoch) > 500*day {
			s.Forget(at)
		}
	}
	if got := len(s.Certificate().Keys()); got > maxSubkeys {
		t.Errorf("got %d subkeys, want at most %d", got, maxSubkeys)
	}
	card := must(alpha().root.SignCard(cardOf("AA"), s, at.Add(-at.Sub(epoch))))
	if len(card.Text) > MaxCard/2 {
		t.Errorf("got a card of %d octets", len(card.Text))
	}
	v := must(NewVault(s))
	if _, err := v.Open(must(card.Certificate.Seal([]byte("x"), at))); err != nil {
		t.Error(err)
	}
	if _, err := v.Sign([]byte("x"), at); err != nil {
		t.Error(err)
	}
}

func TestKeysTellTheirPurposeAndLife(t *testing.T) {
	got := alpha().card.Certificate.Keys()
	want := []KeyInfo{
		{got[0].Fingerprint, ForSigning, epoch, epoch.Add(year)},
		{got[1].Fingerprint, ForEncryption, epoch, epoch.Add(90 * day)},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRootDoesOnlyItsOwnActs(t *testing.T) {
	_, err := beta().root.Renew(alpha().secrets, epoch, year, year)
	wantCode(t, err, "root_mismatch")
	_, err = beta().root.Replace(alpha().secrets, epoch, year, year)
	wantCode(t, err, "root_mismatch")
	_, err = beta().root.SignCard(cardOf("AA"), alpha().secrets, epoch)
	wantCode(t, err, "root_mismatch")
	for _, life := range []time.Duration{0, -day, time.Millisecond, 200 * year} {
		_, err = alpha().root.NewOperational(epoch, life, day)
		wantCode(t, err, "bad_lifetime")
	}
}

func TestRootFileReadsBack(t *testing.T) {
	file := must(alpha().root.Armor())
	r, err := ReadRoot(file)
	if err != nil || r.Fingerprint() != alpha().root.Fingerprint() {
		t.Fatalf("got %v and %v", r, err)
	}
	if _, err := r.SignCard(cardOf("AA"), alpha().secrets, epoch); err != nil {
		t.Error(err)
	}
	if got := must(r.Armor()); !bytes.Equal(got, file) {
		t.Error("written again it differs")
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": file[:len(file)/2], "trailing": append(bytes.Clone(file), '\n'),
		"a card": alpha().card.Text, "flipped": flip(file, len(file)/2),
	} {
		_, err := ReadRoot(bad)
		if codeOf(err) != "root_form" {
			t.Errorf("%s: got %s, want root_form", name, codeOf(err))
		}
	}
}

// flip changes the lowest bit of one octet.
func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 1
	return b
}
