package main

import (
	"testing"
	"time"

	"github.com/comity-exchange/comity/pki"
)

// TestAProofDoesNotAge reads a card of a bundle long after it expired.
func TestAProofDoesNotAge(t *testing.T) {
	day := time.Now().UTC().Truncate(time.Second).AddDate(-5, 0, 0)
	root, err := pki.NewRoot(day)
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := root.NewOperational(day, 48*time.Hour, 48*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	card, err := root.SignCard(pki.Card{Jurisdiction: "BE", Name: "FPS Justice", Serial: 1, Issued: day, Expires: day.Add(24 * time.Hour),
		Accepts: []string{"*"}, Languages: []string{"fr"}}, secrets, day)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.ReadCard(card.Text, time.Now()); err == nil {
		t.Fatal("the card should have expired by now")
	}
	got, err := bundleCard(card.Text, "sender.card")
	if err != nil {
		t.Fatal(err)
	}
	if got.Certificate.Root() != root.Fingerprint() {
		t.Errorf("got root %s, want %s", got.Certificate.Root(), root.Fingerprint())
	}
	_, err = bundleCard(card.Text[:len(card.Text)/2], "sender.card")
	if err == nil {
		t.Fatal("half a card was read")
	}
	if p := asProblem(err); p.Pointer[:11] != "sender.card" {
		t.Errorf("got place %q, want one in sender.card", p.Pointer)
	}
}
