package pki

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

func TestCardReadsBackAsItWasWritten(t *testing.T) {
	want := cardOf("AA")
	want.Certificate, want.TLS, want.Text = alpha().card.Certificate, alpha().secrets.TLSPin(), alpha().card.Text
	got, err := ReadCard(alpha().card.Text, epoch.Add(day))
	if err != nil {
		t.Fatal(err)
	}
	if got.Certificate.Root() != alpha().root.Fingerprint() {
		t.Errorf("got root %s, want %s", got.Certificate.Root().Hex(), alpha().root.Fingerprint().Hex())
	}
	got.Certificate = want.Certificate
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}

func TestCardShowsItsFormat(t *testing.T) {
	want := "# comity card 1\n# jurisdiction: AA\n# name: Central Authority\n# serial: 3\n" +
		"# issued: 2026-11-23T21:05:52Z\n# expires: 2027-11-23T21:05:52Z\n# tls: " + alpha().card.TLS.Hex() +
		"\n# accepts: mla.* notice.wanted\n# languages: nl pt-BR\n# endpoint: direct node.example:4222\n" +
		"# endpoint: hub 192.0.2.7:443 01" + strings.Repeat("00", 31) + "\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
	if got := string(alpha().card.Text); !strings.HasPrefix(got, want) {
		t.Errorf("got %.600s, want %s", got, want)
	}
}

func TestCardCarriesACertificateForStockTools(t *testing.T) {
	_, block, _ := bytes.Cut(alpha().card.Text, []byte("-----BEGIN PGP PUBLIC"))
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(append([]byte("-----BEGIN PGP PUBLIC"), block...)))
	if err != nil || len(ring) != 1 {
		t.Fatalf("got %d keys and %v", len(ring), err)
	}
	if got := Fingerprint(ring[0].PrimaryKey.Fingerprint); got != alpha().root.Fingerprint() {
		t.Errorf("got %s, want %s", got, alpha().root.Fingerprint())
	}
	if _, err := ring[0].VerifyPrimaryKey(epoch, nil); err != nil {
		t.Error(err)
	}
	k, ok := ring[0].EncryptionKey(epoch, nil)
	if !ok || Fingerprint(k.PublicKey.Fingerprint) != alpha().card.Certificate.Keys()[1].Fingerprint {
		t.Error("a stock tool chooses another encryption key")
	}
	if _, ok := ring[0].SigningKey(epoch, nil); !ok {
		t.Error("a stock tool finds no signing key")
	}
}

func TestCardValues(t *testing.T) {
	for _, row := range []struct {
		name string
		edit func(*Card)
		want string
	}{
		{"no endpoints, types, languages", func(c *Card) { c.Endpoints, c.Accepts, c.Languages = nil, nil, nil }, "ok"},
		{"a body's code", func(c *Card) { c.Jurisdiction = "EUROPOL" }, "ok"},
		{"name in another script", func(c *Card) { c.Name = "می\u200cنویسم" }, "ok"},
		{"IPv6", func(c *Card) { c.Endpoints[0].Addr = "[2001:db8::1]:4222" }, "ok"},
		{"bad code", func(c *Card) { c.Jurisdiction = "aa" }, "bad_jurisdiction"},
		{"no name", func(c *Card) { c.Name = "" }, "card_form"},
		{"long name", func(c *Card) { c.Name = strings.Repeat("a", maxName+1) }, "card_form"},
		{"space before", func(c *Card) { c.Name = " a" }, "card_form"},
		{"second line", func(c *Card) { c.Name = "a\n# serial: 9" }, "card_form"},
		{"carriage return", func(c *Card) { c.Name = "a\r" }, "card_characters"},
		{"escape", func(c *Card) { c.Name = "\x1b[31ma" }, "card_characters"},
		{"override", func(c *Card) { c.Name = "a\u202eb" }, "card_characters"},
		{"bad UTF-8", func(c *Card) { c.Name = "a\xff" }, "card_characters"},
		{"serial 0", func(c *Card) { c.Serial = 0 }, "card_form"},
		{"expired when issued", func(c *Card) { c.Expires = c.Issued }, "card_form"},
		{"issued tomorrow", func(c *Card) { c.Issued = epoch.Add(day) }, "card_not_yet_valid"},
		{"port 0", func(c *Card) { c.Endpoints[0].Addr = "node.example:0" }, "card_form"},
		{"no port", func(c *Card) { c.Endpoints[0].Addr = "node.example" }, "card_form"},
		{"port with a sign", func(c *Card) { c.Endpoints[0].Addr = "node.example:+42" }, "card_form"},
		{"a path", func(c *Card) { c.Endpoints[0].Addr = "node.example/x:42" }, "card_form"},
		{"a zone", func(c *Card) { c.Endpoints[0].Addr = "[fe80::1%eth0]:42" }, "card_form"},
		{"hub without pin", func(c *Card) { c.Endpoints[1].Pin = Pin{} }, "card_form"},
		{"many endpoints", func(c *Card) { c.Endpoints = slices.Repeat(c.Endpoints, maxEndpoints) }, "card_form"},
		{"a type twice", func(c *Card) { c.Accepts = []string{"a.b", "a.b"} }, "card_form"},
		{"a pattern in the middle", func(c *Card) { c.Accepts = []string{"a.*.b"} }, "card_form"},
		{"an empty type", func(c *Card) { c.Accepts = []string{"a.b", ""} }, "card_form"},
		{"no language", func(c *Card) { c.Languages = []string{"Dutch"} }, "card_form"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := cardOf("AA")
			row.edit(&c)
			_, err := alpha().root.SignCard(c, alpha().secrets, epoch)
			wantCode(t, err, row.want)
		})
	}
}

func TestCardDefaults(t *testing.T) {
	c := cardOf("AA")
	c.Issued, c.Expires = time.Time{}, time.Time{}
	got, err := alpha().root.SignCard(c, alpha().secrets, epoch)
	if err != nil || !got.Issued.Equal(epoch) || !got.Expires.Equal(epoch.Add(year)) {
		t.Errorf("got %v and %v", got, err)
	}
}

func TestHistoricalCardNeedsNoPresent(t *testing.T) {
	_, err := ReadCard(alpha().card.Text, epoch.Add(2*year))
	wantCode(t, err, "card_expired")
	_, err = ReadCard(alpha().card.Text, epoch.Add(-day))
	wantCode(t, err, "card_signature")
	_, err = ReadCard(alpha().card.Text, time.Time{})
	wantCode(t, err, "ok")
}

func TestNoOctetOfACardMayChange(t *testing.T) {
	text := alpha().card.Text
	for i := 0; i < len(text); i += 1 + i/40 { // closely at the head, then a sample
		if _, err := ReadCard(flip(text, i), epoch); err == nil {
			t.Fatalf("with octet %d changed it is accepted", i)
		}
		if _, err := ReadCard(text[:i], epoch); err == nil {
			t.Fatalf("cut to %d octets it is accepted", i)
		}
	}
}
