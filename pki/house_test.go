package pki

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// epoch is the present of every test.
var epoch = time.Date(2026, 11, 23, 21, 5, 52, 0, time.UTC)

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// house is one jurisdiction with all its keys.
type house struct {
	root    *Root
	secrets *Secrets
	vault   Vault
	card    *Card
}

// Keys are made once for the whole test binary; nothing may change them.
var (
	alpha = sync.OnceValue(func() *house { return newHouse("AA") })
	beta  = sync.OnceValue(func() *house { return newHouse("BB") })
)

func newHouse(code schema.Jurisdiction) *house {
	root := must(NewRoot(epoch))
	secrets := must(root.NewOperational(epoch, year, 90*day))
	return &house{root, secrets, must(NewVault(secrets)), must(root.SignCard(cardOf(code), secrets, epoch))}
}

// cardOf is a card's content before it is signed.
func cardOf(code schema.Jurisdiction) Card {
	return Card{Jurisdiction: code, Name: "Central Authority", Serial: 3, Issued: epoch, Expires: epoch.Add(year),
		Endpoints: []Endpoint{{Addr: "node.example:4222"}, {Hub: true, Addr: "192.0.2.7:443", Pin: Pin{1}}},
		Accepts:   []string{"mla.*", "notice.wanted"}, Languages: []string{"nl", "pt-BR"}}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// codeOf gives the stable code of an error, "ok" for none.
func codeOf(err error) string {
	var p *schema.Problem
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &p):
		return p.Code
	}
	return "not a problem: " + err.Error()
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	if got := codeOf(err); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
