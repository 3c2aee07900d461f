// Package program wires the rooms of the house together: one node, or one hub.
package program

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// Program is one running node.
type Program struct {
	Config  Config
	Log     zerolog.Logger
	Card    *pki.Card
	Vault   pki.Vault
	Keyring *pki.Keyring
	Store   *store.Store
	Host    *broker.Host
	Gateway *gateway.Gateway
	Node    *node.Node
	Web     *web.Web

	servers []*http.Server
	beside  sync.WaitGroup // what works beside the exchange
	rest    context.CancelFunc
	url     string
}

// Parts of a node that do not come from its directory: they are shared or made in memory.
type Parts struct {
	Catalogue *schema.Catalogue
	Card      *pki.Card
	Vault     pki.Vault
	Host      *broker.Host // nil: made from Config.Listen
	Now       func() time.Time
	Version   string
	Fault     func(point string) // told of every passing of FaultPoints, from any goroutine; nil but in tests
}

// Open builds a node from its directory, bottom up, and starts it.
func Open(ctx context.Context, c Config, log zerolog.Logger) (*Program, error) {
	parts, err := Load(c, log)
	if err != nil {
		return nil, err
	}
	return OpenWith(ctx, c, parts, log)
}

// Load reads a node's parts from its directory.
func Load(c Config, log zerolog.Logger) (Parts, error) {
	catalogue, err := schema.Load()
	if err != nil {
		return Parts{}, err
	}
	vault, err := openVault(c)
	if err != nil {
		return Parts{}, err
	}
	text, err := os.ReadFile(c.CardPath())
	if err != nil {
		return Parts{}, &schema.Problem{Kind: schema.NotFound, Code: "no_card", Detail: "The node's own card is missing: " + c.CardPath() + ".",
			Fix: "Put it back, or write a new one with comity card renew."}
	}
	card, err := pki.ReadCard(text, time.Time{}) // expired or not, what is stored here must stay readable
	if err != nil {
		return Parts{}, fmt.Errorf("read own card: %w", err)
	}
	if now := time.Now(); now.After(card.Expires) {
		log.Warn().Time("expired", card.Expires).Msg("own card has expired, peers refuse it: comity card renew")
	}
	return Parts{Catalogue: catalogue, Card: card, Vault: vault, Now: time.Now, Version: c.Version}, nil
}

func openVault(c Config) (pki.Vault, error) {
	unlock, err := os.ReadFile(c.path(c.KeyFile))
	if err != nil {
		return nil, &schema.Problem{Kind: schema.NotFound, Code: "no_key_file", Detail: "The key file is missing: " + c.path(c.KeyFile) + ".",
			Fix: "Put it back, or name it in comity.yaml under key_file."}
	}
	sealed, err := os.ReadFile(c.path(vaultFile))
	if err != nil {
		return nil, &schema.Problem{Kind: schema.NotFound, Code: "no_vault", Detail: "The vault is missing: " + c.path(vaultFile) + ".",
			Fix: "Put it back from the backup; without it the stored messages cannot be read."}
	}
	return pki.OpenVault(sealed, unlock)
}

// OpenWith builds a node from given parts. The border is up, the socket and the
// web listener answer when it returns; on error everything is closed again.
func OpenWith(ctx context.Context, c Config, parts Parts, log zerolog.Logger) (p *Program, err error) {
	at := faults(parts.Fault)
	p = &Program{Config: c, Log: log, Card: parts.Card, Vault: parts.Vault, Keyring: pki.NewKeyring(), Host: parts.Host}
	defer func(begun *Program) {
		if err != nil {
			begun.Close(context.WithoutCancel(ctx))
		}
	}(p)
	if p.Store, err = store.Open(ctx, c.DatabasePath(), store.Options{}); err != nil {
		return nil, err
	}
	if p.Host == nil {
		if p.Host, err = openHost(c.Listen, string(p.Card.Jurisdiction), parts.Vault); err != nil {
			return nil, err
		}
	}
	if p.Node, err = node.Open(ctx, node.Config{Self: p.Card, Vault: p.Vault, Keyring: p.Keyring, Catalogue: parts.Catalogue,
		Store: at.store(p.Store), Fits: gateway.Fits, Log: log, Now: parts.Now}); err != nil {
		return nil, err
	}
	doors := &guests{host: p.Host, cards: active(p.Keyring), log: log}
	doors.follow()
	if p.Gateway, err = gateway.Open(ctx, gateway.Config{Self: p.Card, Vault: at.vault(p.Vault), Keyring: p.Keyring, Catalogue: parts.Catalogue,
		Policy: p.Node.Policy, Mailbox: at.mailbox(mailbox{p.Node}), Host: p.Host, Log: log, Now: parts.Now}); err != nil {
		return nil, err
	}
	edge := border{p.Gateway, doors}
	p.Node.Attach(at.border(edge))
	p.work(ctx)
	p.Web = web.Open(web.Config{Node: p.Node, Border: edge, Log: log, Now: parts.Now, Version: parts.Version})
	return p, p.listen()
}

// work starts what goes on beside the exchange until Close.
func (p *Program) work(ctx context.Context) {
	ctx, p.rest = context.WithCancel(context.WithoutCancel(ctx))
	p.beside.Go(func() { p.Node.KeepDesk(ctx) })
	p.beside.Go(func() { everyMinute(ctx, p.Log, p.Node.Expire) })
	p.beside.Go(func() { everyMinute(ctx, p.Log, p.Node.DoDuties) })
}

func openHost(listen, owner string, v pki.Vault) (*broker.Host, error) {
	h, err := broker.Open(broker.Config{Name: owner, Listen: listen, TLS: v.TLS(), Owner: owner})
	if err != nil {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "cannot_listen", Pointer: "listen", Detail: "The node cannot listen on " + listen + ".",
			Fix: "Choose a free address in comity.yaml; another node may be running there."}
	}
	return h, nil
}

// maxSocket is the longest path of a Unix socket that every system takes, octets.
const maxSocket = 103

// listen serves the Unix socket and, if configured, the web listener.
func (p *Program) listen() error {
	socket := p.Config.SocketPath()
	if len(socket) > maxSocket {
		return &schema.Problem{Kind: schema.Invalid, Code: "socket_path_too_long", Pointer: "socket", Detail: "The path of the node's socket is too long for this system.",
			Fix: "Name a short one in comity.yaml, for example socket: /run/comity/node.sock."}
	}
	if err := freeSocket(socket); err != nil {
		return err
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", socket, err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return err
	}
	if err := p.listenWeb(); err != nil {
		l.Close()
		return err
	}
	p.serve(l, p.Web.Admin())
	return nil
}

// listenWeb serves the web listener, if there is one. What it says of itself is known
// before anything is served.
func (p *Program) listenWeb() error {
	if p.Config.Web == "" {
		return nil
	}
	l, err := net.Listen("tcp", p.Config.Web)
	if err != nil {
		return &schema.Problem{Kind: schema.Conflict, Code: "cannot_listen", Pointer: "web", Detail: "The node cannot listen on " + p.Config.Web + ".",
			Fix: "Choose a free address in comity.yaml."}
	}
	origin := p.Config.WebOrigin
	if _, port, err := net.SplitHostPort(l.Addr().String()); err == nil && origin == "" {
		origin = "http://localhost:" + port
	}
	if err := p.setWays(origin); err != nil {
		l.Close()
		return err
	}
	p.url = "http://" + l.Addr().String()
	p.serve(l, p.Web.Public())
	return nil
}

// setWays opens the ways to sign in: passkeys, and the authority's single sign-on if
// there is one.
func (p *Program) setWays(origin string) error {
	c := p.Config
	if err := p.Web.SetOrigin(origin); err != nil || c.OIDCIssuer == "" {
		return err
	}
	s := web.SignOn{Issuer: c.OIDCIssuer, Client: c.OIDCClient, Claim: c.OIDCClaim}
	if c.OIDCSecretFile != "" {
		secret, err := os.ReadFile(c.path(c.OIDCSecretFile))
		if s.Secret = strings.TrimSpace(string(secret)); err != nil || s.Secret == "" {
			return &schema.Problem{Kind: schema.NotFound, Code: "no_oidc_secret", Pointer: "oidc_secret_file", Detail: "There is no secret in " + c.path(c.OIDCSecretFile) + ".",
				Fix: "Put the client's secret into it, mode 0600, or leave oidc_secret_file empty if the client has none."}
		}
	}
	return p.Web.SetSignOn(s)
}

// freeSocket removes a socket that a killed node left behind, but not one that is in use.
func freeSocket(path string) error {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return &schema.Problem{Kind: schema.Conflict, Code: "already_running", Detail: "A node is running on " + path + " already.",
			Fix: "Stop it first, or use its directory through the command line."}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (p *Program) serve(l net.Listener, h http.Handler) {
	s := web.Server(h)
	p.servers = append(p.servers, s)
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.Log.Error().Err(err).Str("listener", filepath.Base(l.Addr().String())).Msg("listener ended")
		}
	}()
}

// URL of the web listener, "" if there is none.
func (p *Program) URL() string { return p.url }

// Close goes back in reverse: it stops taking in, finishes what is under way, closes.
func (p *Program) Close(ctx context.Context) error {
	var errs []error
	for _, s := range p.servers {
		errs = append(errs, s.Shutdown(ctx))
	}
	if p.rest != nil {
		p.rest()
		p.beside.Wait()
	}
	if p.Gateway != nil {
		errs = append(errs, p.Gateway.Close(ctx))
	}
	if p.Host != nil {
		p.Host.Close()
	}
	if p.Store != nil {
		errs = append(errs, p.Store.Close())
	}
	return errors.Join(errs...)
}
