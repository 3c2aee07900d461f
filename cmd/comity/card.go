package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) cardCommand() *cobra.Command {
	return c.group("card", "Your own card, and cards of others as files.",
		c.verb("show [FILE]", "Show this node's card, or the one in FILE.", "comity card show\ncomity card show fr.card",
			func(_ context.Context, args []string) error { return c.cardShow(args) }),
		c.cardExportCommand(), c.cardVerifyCommand(),
		c.verb("diff OLD NEW", "Show what changed between two cards of one jurisdiction.", "comity card diff fr.card fr-new.card",
			func(_ context.Context, args []string) error { return c.cardDiff(args[0], args[1]) }),
		c.cardRenewCommand())
}

// cardData is a card as data, in the form that the API has.
func cardData(card *pki.Card) *web.Card {
	endpoints := make([]web.Endpoint, len(card.Endpoints))
	for i, e := range card.Endpoints {
		endpoints[i] = web.Endpoint{Addr: e.Addr, Hub: e.Hub}
		if e.Hub {
			endpoints[i].Pin = e.Pin.Hex()
		}
	}
	return &web.Card{Code: card.Jurisdiction, Name: card.Name, Fingerprint: card.Certificate.Root().Hex(), Serial: card.Serial,
		Issued: card.Issued, Expires: card.Expires, Endpoints: endpoints, TLS: card.TLS.Hex(), Accepts: card.Accepts, Languages: card.Languages}
}

// cardLines shows a card to people, in a fixed order: name and value.
func cardLines(d *web.Card) [][]string {
	return [][]string{
		{"jurisdiction", string(d.Code)}, {"name", d.Name}, {"fingerprint", aloud(d.Fingerprint)},
		{"serial", strconv.FormatUint(d.Serial, 10)}, {"issued", stamp(d.Issued)}, {"expires", stamp(d.Expires)},
		{"endpoints", words(endpointTexts(d.Endpoints))}, {"tls key", d.TLS},
		{"accepts", words(d.Accepts)}, {"languages", words(d.Languages)},
	}
}

// aloud writes a fingerprint in the form in which it is read aloud.
func aloud(fingerprint string) string {
	f, err := pki.ParseFingerprint(fingerprint)
	if err != nil {
		return fingerprint
	}
	return f.String()
}

func endpointTexts(list []web.Endpoint) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		if texts[i] = "tls://" + e.Addr; e.Hub {
			texts[i] += "#" + e.Pin
		}
	}
	return texts
}

// words joins a list for people; a dash if it is empty.
func words(list []string) string { return dash(strings.Join(list, " ")) }

// readCard reads a card file and verifies its signature; its dates too, unless at is zero.
func (c *cli) readCard(name string, at time.Time) (*pki.Card, error) {
	text, err := c.readFile(name)
	if err != nil {
		return nil, err
	}
	return pki.ReadCard(text, at)
}

// ownCard reads the card of the node's directory; the node need not run.
func (c *cli) ownCard() (*pki.Card, error) {
	config, err := program.ReadConfig(c.node)
	if err != nil {
		return nil, err
	}
	return c.readCard(config.CardPath(), time.Time{})
}

func (c *cli) cardShow(args []string) error {
	read := c.ownCard
	if len(args) == 1 {
		read = func() (*pki.Card, error) { return c.readCard(args[0], time.Time{}) }
	}
	card, err := read()
	if err != nil {
		return err
	}
	return c.printCard(card)
}

func (c *cli) printCard(card *pki.Card) error {
	data := cardData(card)
	return c.print(data, func(w io.Writer) { table(w, "", cardLines(data)) })
}

func (c *cli) cardExportCommand() *cobra.Command {
	var file string
	cmd := c.verb("export", "Write this node's card to a file, to give to peers.", "comity card export -o be.card",
		func(context.Context, []string) error { return c.cardExport(file) })
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

func (c *cli) cardExport(file string) error {
	card, err := c.ownCard()
	if err != nil {
		return err
	}
	return c.export(file, card.Text)
}

func (c *cli) cardVerifyCommand() *cobra.Command {
	var fingerprint string
	cmd := c.verb("verify FILE", "Check that a card is whole and signed by its own root.", "comity card verify fr.card --fingerprint \"4B0C 77E1 …\"",
		func(_ context.Context, args []string) error { return c.cardVerify(args[0], fingerprint) })
	cmd.Long = "Check that a card is whole and signed by its own root.\n\nOnly a fingerprint that you got from the peer by another way proves whose root it is: give it with --fingerprint."
	cmd.Flags().StringVar(&fingerprint, "fingerprint", "", "the root `fingerprint` that the peer told you")
	return cmd
}

func (c *cli) cardVerify(file, fingerprint string) error {
	text, err := c.readFile(file)
	if err != nil {
		return err
	}
	card, err := pki.ReadCard(text, c.now())
	if err != nil {
		return unverified(err)
	}
	told := "not compared: give --fingerprint"
	if fingerprint != "" {
		if err := matchFingerprint(card, fingerprint); err != nil {
			return err
		}
		told = "is the one you gave"
	}
	return c.print(cardData(card), func(w io.Writer) {
		table(w, "", [][]string{{"ok", string(card.Jurisdiction) + " " + card.Name, fmt.Sprintf("serial %d, valid to %s", card.Serial, stamp(card.Expires))},
			{"root", card.Certificate.Root().String(), told}})
	})
}

// unverified says of any fault of form that the thing could not be verified.
func unverified(err error) error {
	p := *asProblem(err)
	p.Kind = schema.Unverified
	return &p
}

// matchFingerprint compares a card's root with what the operator was told.
func matchFingerprint(card *pki.Card, told string) error {
	f, err := pki.ParseFingerprint(told)
	if err != nil {
		return err
	}
	return pki.NewKeyring().Pin(card, f)
}

// change is one line of a card that differs.
type change struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

func (c *cli) cardDiff(oldFile, newFile string) error {
	before, err := c.readCard(oldFile, time.Time{})
	if err != nil {
		return err
	}
	after, err := c.readCard(newFile, time.Time{})
	if err != nil {
		return err
	}
	if before.Certificate.Root() != after.Certificate.Root() {
		return &schema.Problem{Kind: schema.Unverified, Code: "other_root", Detail: "The two cards are signed by different roots.",
			Fix: "Ask the peer whether they changed their root, and compare the new fingerprint with them before you trust it."}
	}
	changes := changesBetween(cardLines(cardData(before)), cardLines(cardData(after)))
	return c.print(list(changes), func(w io.Writer) { printChanges(w, changes) })
}

func changesBetween(before, after [][]string) []change {
	var changes []change
	for i, line := range before {
		if !slices.Equal(line, after[i]) {
			changes = append(changes, change{line[0], line[1], after[i][1]})
		}
	}
	return changes
}

func printChanges(w io.Writer, changes []change) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "no difference")
	}
	var rows [][]string
	for _, ch := range changes {
		rows = append(rows, []string{ch.Field, "- " + ch.Old}, []string{"", "+ " + ch.New})
	}
	table(w, "", rows)
}

// renewFlags is what a new card may change.
type renewFlags struct {
	root, name string
	languages  []string
	routes
}

func (c *cli) cardRenewCommand() *cobra.Command {
	var f renewFlags
	cmd := c.verb("renew", "Sign a new card with the next serial.", "comity card renew --root /media/usb/be.root.asc --endpoint tls://relay.example:4222",
		func(context.Context, []string) error { return c.cardRenew(f) })
	cmd.Long = "Sign a new card with the next serial, when an endpoint or the name changed or the old card ends soon.\n\n" +
		"It needs the root's key for a moment. Give the new card to your peers: they take it in the place of the old one. Restart the node to use it."
	cmd.Flags().StringVar(&f.root, "root", "", "the root's secret key `file`")
	cmd.Flags().StringVar(&f.name, "name", "", "a new `name` that peers see")
	cmd.Flags().StringArrayVar(&f.languages, "language", nil, "a `language` you read; replaces all of the old card")
	f.routes.flags(cmd)
	return cmd
}

func (c *cli) cardRenew(f renewFlags) error {
	if f.root == "" {
		return missing("root", "Name the file of the root's secret key, which is kept offline.")
	}
	endpoints, err := f.endpoints()
	if err != nil {
		return err
	}
	config, err := program.ReadConfig(c.node)
	if err != nil {
		return err
	}
	root, err := os.ReadFile(f.root)
	if err != nil {
		return fileProblem(f.root, err)
	}
	defer clear(root)
	card, err := program.RenewCard(config, root, func(card *pki.Card) { f.change(card, endpoints) }, c.now())
	if err != nil {
		return err
	}
	c.note("new card with serial %d: give it to your peers and restart the node", card.Serial)
	return c.printCard(card)
}

func (f *renewFlags) change(card *pki.Card, endpoints []pki.Endpoint) {
	if len(endpoints) > 0 {
		card.Endpoints = endpoints
	}
	if f.name != "" {
		card.Name = f.name
	}
	if len(f.languages) > 0 {
		card.Languages = f.languages
	}
}
