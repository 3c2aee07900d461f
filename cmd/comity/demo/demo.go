// Package demo runs three jurisdictions in one process: real keys, real pouches
// over real NATS, real SQLite, real policy files. Only the agencies of two of
// them are robots.
package demo

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

//go:embed cases policy.yaml
var files embed.FS

// Node is one jurisdiction of the demo, as shown to its user.
type Node struct {
	Code   schema.Jurisdiction `json:"code"`
	Name   string              `json:"name"`
	Robot  string              `json:"robot,omitempty"` // what its agency does by itself
	URL    string              `json:"url"`
	Login  string              `json:"login"`            // one-time link to the inbox
	Second string              `json:"second,omitempty"` // the same for a second officer, who may release what the first wrote
	Socket string              `json:"socket"`
	Token  string              `json:"token"` // bearer token for URL/v1; the demo only
	Dir    string              `json:"dir"`
}

// Demo is a running demo.
type Demo struct {
	Nodes  []Node
	Ready  time.Duration // from Open to the moment everything answered
	Sample string        // path of a request to send
	Dir    string

	programs []*program.Program
	robots   sync.WaitGroup
	stop     context.CancelFunc
	temp     bool
}

// member is one jurisdiction to be.
type member struct {
	code    schema.Jurisdiction
	name    string
	address schema.Address
	robot   string
}

// members of the demo; the first is the user's.
var members = []member{
	{"BE", "FPS Justice", "BE/fps-justice", ""},
	{"FR", "BEPI", "FR/bepi", "acknowledges after 3 s, then answers"},
	{"NL", "IRC", "NL/irc", "asks for a clarification first; one answer is always late"},
}

// Open starts the demo in dir; "" makes a temporary folder that Close deletes.
func Open(ctx context.Context, dir, version string, log zerolog.Logger) (d *Demo, err error) {
	began := time.Now()
	d = &Demo{Dir: dir, temp: dir == ""}
	defer func() {
		if err != nil {
			d.Close(context.WithoutCancel(ctx))
		}
	}()
	if d.temp {
		if d.Dir, err = os.MkdirTemp("", "comity-demo-"); err != nil {
			return nil, err
		}
	}
	catalogue, err := schema.Load()
	if err != nil {
		return nil, err
	}
	d.programs = make([]*program.Program, len(members))
	err = together(len(members), func(i int) (err error) {
		m := members[i]
		d.programs[i], err = open(ctx, filepath.Join(d.Dir, strings.ToLower(string(m.code))), m, catalogue, version, log)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := d.introduce(ctx); err != nil {
		return nil, err
	}
	if err := d.describe(ctx, catalogue); err != nil {
		return nil, err
	}
	d.Ready = time.Since(began)
	ctx, d.stop = context.WithCancel(ctx)
	d.startRobots(ctx, log)
	return d, nil
}

// together runs f for 0 to n-1 at once and joins the errors.
func together(n int, f func(int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// open makes one jurisdiction: keys in memory, state on disk.
func open(ctx context.Context, dir string, m member, c *schema.Catalogue, version string, log zerolog.Logger) (*program.Program, error) {
	now := time.Now()
	root, err := pki.NewRoot(now)
	if err != nil {
		return nil, err
	}
	secrets, err := root.NewOperational(now, 48*time.Hour, 48*time.Hour)
	if err != nil {
		return nil, err
	}
	vault, err := pki.NewVault(secrets)
	if err != nil {
		return nil, err
	}
	host, err := broker.Open(broker.Config{Name: string(m.code), Listen: "127.0.0.1:0", TLS: vault.TLS(), Owner: string(m.code)})
	if err != nil {
		return nil, err
	}
	card, err := root.SignCard(pki.Card{Jurisdiction: m.code, Name: m.name, Serial: 1, Issued: now, Expires: now.Add(48 * time.Hour),
		Endpoints: []pki.Endpoint{{Addr: host.Addr()}}, Accepts: []string{"*"}, Languages: []string{"en", "fr"}}, secrets, now)
	if err != nil {
		host.Close()
		return nil, err
	}
	config, err := writeDir(ctx, dir, m, card)
	if err != nil {
		host.Close()
		return nil, err
	}
	return program.OpenWith(ctx, config, program.Parts{Catalogue: c, Card: card, Vault: vault, Host: host, Now: time.Now, Version: version},
		log.With().Str("node", string(m.code)).Logger())
}

// writeDir makes the directory that the command line can use with --node.
func writeDir(ctx context.Context, dir string, m member, card *pki.Card) (program.Config, error) {
	c := program.Defaults(dir)
	c.Card, c.Web = strings.ToLower(string(m.code))+".card", "127.0.0.1:0"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, err
	}
	rules, err := files.ReadFile("policy.yaml")
	if err != nil {
		return c, err
	}
	config := "# Demo node of " + string(m.code) + ". Throw-away keys, in memory only.\nsocket: " + c.Socket + "\ncard: " + c.Card + "\n"
	for name, text := range map[string][]byte{"policy.yaml": rules, c.Card: card.Text, "comity.yaml": []byte(config)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return c, err
		}
	}
	db, err := store.Open(ctx, c.DatabasePath(), store.Options{Create: true})
	if err != nil {
		return c, err
	}
	return c, db.Close()
}

// introduce makes every node a peer of every other, and puts the policies in force.
func (d *Demo) introduce(ctx context.Context) error {
	return together(len(d.programs), func(i int) error {
		p := d.programs[i]
		text, err := os.ReadFile(p.Config.PolicyPath())
		if err != nil {
			return err
		}
		if _, err := p.Node.ApplyPolicy(ctx, "operator:demo", text, nil); err != nil {
			return fmt.Errorf("apply policy of %s: %w", p.Card.Jurisdiction, err)
		}
		for _, other := range d.programs {
			if other == p {
				continue
			}
			if _, err := p.Node.AddPeer(ctx, "operator:demo", other.Card.Text, other.Card.Certificate.Root()); err != nil {
				return fmt.Errorf("add %s to %s: %w", other.Card.Jurisdiction, p.Card.Jurisdiction, err)
			}
		}
		return nil
	})
}

// describe gives each node its links and token, and writes the sample.
func (d *Demo) describe(ctx context.Context, c *schema.Catalogue) error {
	for i, p := range d.programs {
		secret := make([]byte, 32)
		rand.Read(secret)
		token := base64.RawURLEncoding.EncodeToString(secret)
		p.Web.AddToken("demo", token)
		if _, err := p.Node.AddUser(ctx, "operator:demo", node.User{Name: "demo", Roles: []node.Role{node.Officer, node.Approver, node.Operator}}); err != nil {
			return err
		}
		d.Nodes = append(d.Nodes, Node{Code: members[i].code, Name: members[i].name, Robot: members[i].robot, URL: p.URL(),
			Login: p.URL() + p.Web.LoginLink("demo"), Socket: p.Config.SocketPath(), Token: token, Dir: p.Config.Dir})
	}
	if _, err := d.First().AddUser(ctx, "operator:demo", node.User{Name: "second", Roles: []node.Role{node.Officer, node.Approver}}); err != nil {
		return err
	}
	d.Nodes[0].Second = d.Nodes[0].URL + d.programs[0].Web.LoginLink("second")
	sample, err := fill("bank-records.json", time.Now(), nil)
	if err != nil {
		return err
	}
	d.Sample = filepath.Join(d.Dir, "bank-records.json")
	return os.WriteFile(d.Sample, sample, 0o600)
}

// First is the user's own node.
func (d *Demo) First() *node.Node { return d.programs[0].Node }

// Close stops the robots and the nodes, and deletes a temporary folder.
func (d *Demo) Close(ctx context.Context) error {
	if d.stop != nil {
		d.stop()
		d.robots.Wait()
	}
	var errs []error
	for _, p := range d.programs {
		if p != nil {
			errs = append(errs, p.Close(ctx))
		}
	}
	if d.temp && d.Dir != "" {
		errs = append(errs, os.RemoveAll(d.Dir))
	}
	return errors.Join(errs...)
}
