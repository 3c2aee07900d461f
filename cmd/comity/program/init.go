package program

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

//go:embed files
var files embed.FS

// InitOptions of a new node.
type InitOptions struct {
	Jurisdiction schema.Jurisdiction
	Name         string
	Listen       string         // for comity.yaml
	Web          string         // for comity.yaml
	Endpoints    []pki.Endpoint // for the card; when empty and Listen names a port, Listen itself
	Languages    []string       // "en" by default
	Accepts      []string       // "*" by default
	Now          time.Time
}

// Created says what Init made.
type Created struct {
	Files       []string // in the order to be shown
	Root        string   // path of the root's secret key: to be moved offline
	Card        string   // path of the card
	Fingerprint pki.Fingerprint
}

// Lives of what Init makes. Encryption keys are short-lived: destroying an expired
// one is what forward secrecy OpenPGP can give.
const (
	signLife    = 2 * 365 * 24 * time.Hour
	encryptLife = 365 * 24 * time.Hour
	cardLife    = 365 * 24 * time.Hour
)

// Init makes a node in dir, which must be empty or not exist.
func Init(ctx context.Context, dir string, o InitOptions) (*Created, error) {
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "dir_not_empty", Detail: "The directory " + dir + " is not empty.",
			Fix: "Choose another with --dir, or empty it if nothing in it is needed."}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	root, err := pki.NewRoot(o.Now)
	if err != nil {
		return nil, fmt.Errorf("make root: %w", err)
	}
	secrets, err := root.NewOperational(o.Now, signLife, encryptLife)
	if err != nil {
		return nil, fmt.Errorf("make operational keys: %w", err)
	}
	card, err := root.SignCard(o.card(), secrets, o.Now)
	if err != nil {
		return nil, err
	}
	return write(ctx, dir, o, root, secrets, card)
}

func (o *InitOptions) card() pki.Card {
	c := pki.Card{Jurisdiction: o.Jurisdiction, Name: o.Name, Serial: 1, Issued: o.Now, Expires: o.Now.Add(cardLife),
		Endpoints: o.Endpoints, Accepts: o.Accepts, Languages: o.Languages}
	if _, port, err := net.SplitHostPort(o.Listen); err == nil && port != "0" && len(c.Endpoints) == 0 {
		c.Endpoints = []pki.Endpoint{{Addr: o.Listen}}
	}
	if len(c.Accepts) == 0 {
		c.Accepts = []string{"*"}
	}
	if len(c.Languages) == 0 {
		c.Languages = []string{"en"}
	}
	return c
}

func write(ctx context.Context, dir string, o InitOptions, root *pki.Root, secrets *pki.Secrets, card *pki.Card) (*Created, error) {
	lower := strings.ToLower(string(o.Jurisdiction))
	config, err := render(configFile, map[string]string{"Listen": o.Listen, "Web": o.Web, "Card": lower + ".card", "Jurisdiction": string(o.Jurisdiction)})
	if err != nil {
		return nil, err
	}
	rules, err := files.ReadFile("files/" + policyFile)
	if err != nil {
		return nil, err
	}
	armored, err := root.Armor()
	if err != nil {
		return nil, err
	}
	key := pki.NewKeyFile()
	vault, err := pki.SealVault(secrets, key)
	if err != nil {
		return nil, fmt.Errorf("seal vault: %w", err)
	}
	out := &Created{Root: filepath.Join(dir, lower+".root.asc"), Card: filepath.Join(dir, lower+".card"), Fingerprint: root.Fingerprint()}
	for _, f := range []struct {
		name string
		text []byte
	}{{configFile, config}, {policyFile, rules}, {"vault.key", key}, {vaultFile, vault}, {lower + ".card", card.Text}, {lower + ".root.asc", armored}} {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.text, 0o600); err != nil {
			return nil, err
		}
		out.Files = append(out.Files, f.name)
	}
	db, err := store.Open(ctx, filepath.Join(dir, databaseFile), store.Options{Create: true})
	if err != nil {
		return nil, err
	}
	out.Files = append(out.Files, databaseFile)
	return out, db.Close()
}

func render(name string, data any) ([]byte, error) {
	t, err := template.ParseFS(files, "files/"+name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
}

// RenewCard signs the node's card anew, with a higher serial and what change
// changes; it needs the root's secret key, for this moment only. Peers take the
// new card in by comity peer add.
func RenewCard(c Config, root []byte, change func(*pki.Card), now time.Time) (*pki.Card, error) {
	text, err := os.ReadFile(c.CardPath())
	if err != nil {
		return nil, err
	}
	old, err := pki.ReadCard(text, time.Time{}) // its dates do not matter: it may have expired
	if err != nil {
		return nil, err
	}
	r, err := pki.ReadRoot(root)
	if err != nil {
		return nil, err
	}
	unlock, err := os.ReadFile(c.path(c.KeyFile))
	if err != nil {
		return nil, err
	}
	vault, err := os.ReadFile(c.path(vaultFile))
	if err != nil {
		return nil, err
	}
	secrets, err := pki.OpenSecrets(vault, unlock)
	if err != nil {
		return nil, err
	}
	next := pki.Card{Jurisdiction: old.Jurisdiction, Name: old.Name, Serial: old.Serial + 1, Issued: now, Expires: now.Add(cardLife),
		Endpoints: old.Endpoints, Accepts: old.Accepts, Languages: old.Languages}
	change(&next)
	card, err := r.SignCard(next, secrets, now)
	if err != nil {
		return nil, err
	}
	return card, os.WriteFile(c.CardPath(), card.Text, 0o600)
}
