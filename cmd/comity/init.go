package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// initFlags is what a new node is told about itself.
type initFlags struct {
	jurisdiction, name, dir, listen, web string
	languages                            []string
	routes
}

// routes are the options that say where a jurisdiction can be reached.
type routes struct{ direct, hubs []string }

func (r *routes) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&r.direct, "endpoint", nil, "where peers reach this node, `tls://host:port`; may be repeated")
	cmd.Flags().StringArrayVar(&r.hubs, "hub", nil, "a hub where peers reach this node, `tls://host:port#PIN`; may be repeated")
}

func (c *cli) initCommand() *cobra.Command {
	var f initFlags
	cmd := c.changes(c.verb("init", "Make a node: keys, card, an empty policy.",
		"comity init --jurisdiction BE --name \"FPS Justice\" --listen 127.0.0.1:4222",
		func(ctx context.Context, _ []string) error { return c.init(ctx, f) }))
	cmd.Long = "Make a node in an empty folder.\n\nIt makes the root key, the node's own keys, the card for your peers, and a policy that allows nothing.\n" +
		"Move the root's file offline afterwards: the node does not need it."
	cmd.Flags().StringVar(&f.jurisdiction, "jurisdiction", "", "the `code` of your jurisdiction, such as BE")
	cmd.Flags().StringVar(&f.name, "name", "", "the `name` that peers see")
	cmd.Flags().StringVar(&f.dir, "dir", "", "the `folder` to make (default: the code in lower case)")
	cmd.Flags().StringVar(&f.listen, "listen", "", "where peers dial in, `host:port`; leave it out if this node only dials out")
	cmd.Flags().StringVar(&f.web, "web", "", "where pages and agency API answer, `host:port` on this machine")
	cmd.Flags().StringArrayVar(&f.languages, "language", nil, "a `language` you read, such as fr; may be repeated")
	f.routes.flags(cmd)
	return cmd
}

func (c *cli) init(ctx context.Context, f initFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	o.Now = c.now()
	dir := f.dir
	if dir == "" {
		dir = strings.ToLower(f.jurisdiction)
	}
	if c.dryRun {
		return c.tryInit(dir)
	}
	made, err := program.Init(ctx, dir, o)
	if err != nil {
		return err
	}
	return c.printCreated(dir, o.Jurisdiction, made)
}

// options checks what was typed before anything is made.
func (f *initFlags) options() (program.InitOptions, error) {
	o := program.InitOptions{Name: f.name, Listen: f.listen, Web: f.web, Languages: f.languages}
	if f.jurisdiction == "" {
		return o, missing("jurisdiction", "Add your jurisdiction's code, for example --jurisdiction BE.")
	}
	if f.name == "" {
		return o, missing("name", "Add the name that peers see, for example --name \"FPS Justice\".")
	}
	var err error
	if o.Jurisdiction, err = schema.ParseJurisdiction(f.jurisdiction); err != nil {
		return o, err
	}
	for _, addr := range []string{f.listen, f.web} {
		if err := checkAddr(addr); err != nil {
			return o, err
		}
	}
	o.Endpoints, err = f.endpoints()
	return o, err
}

// tryInit says what init would do, and finds the most common obstacle.
func (c *cli) tryInit(dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return &schema.Problem{Kind: schema.Conflict, Code: "dir_not_empty", Pointer: dir, Detail: "This folder is not empty.", Fix: "Name another one with --dir."}
	}
	return c.print(map[string]any{"dir": dir, "made": false}, func(w io.Writer) { fmt.Fprintln(w, "would make a node in "+safe(dir)) })
}

// createdJSON is what init answers as JSON. Files are paths; no secret is inside.
type createdJSON struct {
	Dir         string   `json:"dir"`
	Files       []string `json:"files"`
	Root        string   `json:"root"`
	Card        string   `json:"card"`
	Fingerprint string   `json:"fingerprint"`
}

func (c *cli) printCreated(dir string, code schema.Jurisdiction, made *program.Created) error {
	data := createdJSON{dir, made.Files, made.Root, made.Card, made.Fingerprint.String()}
	return c.print(data, func(w io.Writer) {
		fmt.Fprintln(w, "created      "+safe(strings.Join(made.Files, ", ")))
		fmt.Fprintln(w, "root         "+safe(made.Root)+": move it offline now; the node does not need it")
		fmt.Fprintln(w, "card         "+safe(made.Card)+": give it to your peers")
		fmt.Fprintf(w, "fingerprint  %s  %s    read this aloud to your peers\n", code, made.Fingerprint)
		fmt.Fprintln(w, "next         comity serve --node "+safe(dir))
	})
}

// endpoints keeps the order of preference: direct ones first.
func (r *routes) endpoints() ([]pki.Endpoint, error) {
	var list []pki.Endpoint
	for _, s := range r.direct {
		addr, pin, err := splitEndpoint(s)
		if err == nil && pin != "" {
			err = badEndpoint(s, "Leave the part after # out: your card holds your own key.")
		}
		if err != nil {
			return nil, err
		}
		list = append(list, pki.Endpoint{Addr: addr})
	}
	for _, s := range r.hubs {
		e, err := hubEndpoint(s)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// hubEndpoint reads tls://host:port#PIN as comity hub prints it.
func hubEndpoint(s string) (pki.Endpoint, error) {
	addr, pin, err := splitEndpoint(s)
	if err != nil {
		return pki.Endpoint{}, err
	}
	e := pki.Endpoint{Hub: true, Addr: addr}
	if n, err := hex.Decode(e.Pin[:], []byte(pin)); err != nil || n != len(e.Pin) || len(pin) != 2*len(e.Pin) {
		return e, badEndpoint(s, "Write tls://host:port#PIN as the hub prints it when it starts.")
	}
	return e, nil
}

func splitEndpoint(s string) (addr, pin string, err error) {
	rest, ok := strings.CutPrefix(s, "tls://")
	addr, pin, _ = strings.Cut(rest, "#")
	if !ok || checkAddr(addr) != nil || addr == "" {
		return "", "", badEndpoint(s, "Write tls://host:port.")
	}
	return addr, pin, nil
}

func badEndpoint(s, fix string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Pointer: s, Detail: "This is not an endpoint.", Fix: fix}
}

// checkAddr accepts "" and "host:port".
func checkAddr(addr string) error {
	if addr == "" {
		return nil
	}
	if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Pointer: addr, Detail: "This is not an address to listen on.", Fix: "Write host:port, for example 127.0.0.1:4222."}
	}
	return nil
}
