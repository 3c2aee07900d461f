package program

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// HubConfig of a hub: it needs no node, only cards.
type HubConfig struct {
	Dir    string // holds hub.pem; cards stand in Dir/cards/*.card and are followed without restart
	Listen string
}

// Hub pairs everybody whose card stands in its directory. It sees sealed pouches only.
type Hub struct {
	host *broker.Host
	pin  pki.Pin
	stop context.CancelFunc
	done chan struct{}
}

const (
	hubKeyFile = "hub.pem"
	hubCards   = "cards"
	// hubEvery is how soon a card that was put into the directory is followed.
	hubEvery = 2 * time.Second
)

// InitHub makes the hub's directory and key, and gives the pin that its members put in their cards.
func InitHub(dir string) (pki.Pin, error) {
	if _, err := os.Stat(filepath.Join(dir, hubKeyFile)); err == nil {
		return pki.Pin{}, &schema.Problem{Kind: schema.Conflict, Code: "hub_exists", Detail: "There is a hub in " + dir + " already.", Fix: "Start it with comity hub --dir " + dir + "."}
	}
	if err := os.MkdirAll(filepath.Join(dir, hubCards), 0o700); err != nil {
		return pki.Pin{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pki.Pin{}, err
	}
	now := time.Now()
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(20, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return pki.Pin{}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pki.Pin{}, err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...)
	if err := os.WriteFile(filepath.Join(dir, hubKeyFile), text, 0o600); err != nil {
		return pki.Pin{}, err
	}
	_, pin, err := readHubKey(dir)
	return pin, err
}

func readHubKey(dir string) (tls.Certificate, pki.Pin, error) {
	path := filepath.Join(dir, hubKeyFile)
	id, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return id, pki.Pin{}, &schema.Problem{Kind: schema.NotFound, Code: "no_hub", Detail: "There is no usable " + hubKeyFile + " in " + dir + ".",
			Fix: "Make a hub with comity hub --init --dir " + dir + "."}
	}
	return id, sha256.Sum256(id.Leaf.RawSubjectPublicKeyInfo), nil
}

// OpenHub starts a hub and follows its cards until Close.
func OpenHub(ctx context.Context, c HubConfig, log zerolog.Logger) (*Hub, error) {
	id, pin, err := readHubKey(c.Dir)
	if err != nil {
		return nil, err
	}
	host, err := broker.Open(broker.Config{Name: "hub", Listen: c.Listen, TLS: id})
	if err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	h := &Hub{host: host, pin: pin, stop: stop, done: make(chan struct{})}
	doors := &guests{host: host, cards: func() []*pki.Card { return readCards(filepath.Join(c.Dir, hubCards), log) }, log: log}
	doors.follow()
	go func() {
		defer close(h.done)
		for tick := time.NewTicker(hubEvery); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				doors.follow()
			}
		}
	}()
	return h, nil
}

// readCards reads every card of a directory; a broken one is logged and left out.
func readCards(dir string, log zerolog.Logger) (cards []*pki.Card) {
	names, err := filepath.Glob(filepath.Join(dir, "*.card"))
	if err != nil {
		return nil
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		card, err := pki.ReadCard(text, time.Now())
		if err != nil {
			log.Warn().Err(err).Str("file", filepath.Base(name)).Msg("card left out")
			continue
		}
		cards = append(cards, card)
	}
	return cards
}

// Addr is where the hub listens.
func (h *Hub) Addr() string { return h.host.Addr() }

// Pin of the hub's TLS key.
func (h *Hub) Pin() pki.Pin { return h.pin }

// Close stops the hub and waits.
func (h *Hub) Close() {
	h.stop()
	<-h.done
	h.host.Close()
}
