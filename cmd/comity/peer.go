package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) peerCommand() *cobra.Command {
	return c.group("peer", "Other jurisdictions, known by their cards.",
		c.peerAddCommand(),
		c.verb("list", "List the peers and their links.", "comity peer list", func(ctx context.Context, _ []string) error { return c.peerList(ctx) }),
		c.verb("show CODE", "Show a peer's card and link.", "comity peer show NL", c.peer(c.peerShow)),
		c.verb("ping CODE", "Ask a peer's gateway whether it is there.", "comity peer ping NL", c.peer(c.peerPing)),
		c.changes(c.verb("suspend CODE", "Cut a peer off at once; what is queued for it waits.", "comity peer suspend NL",
			c.peer(c.peerChange("suspended", "", (*web.Client).SuspendPeer)))),
		c.changes(c.verb("resume CODE", "Let a suspended peer back.", "comity peer resume NL",
			c.peer(c.peerChange("resumed", "", (*web.Client).ResumePeer)))),
		c.peerRestartCommand(),
		c.changes(c.verb("remove CODE", "Forget a peer. Its messages and its ledger stay.", "comity peer remove NL --yes",
			c.peer(c.peerChange("removed", "Forget", (*web.Client).RemovePeer)))))
}

// peer makes the action of a verb that takes one peer's code.
func (c *cli) peer(do func(context.Context, *web.Client, schema.Jurisdiction) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		code, err := schema.ParseJurisdiction(args[0])
		if err != nil {
			return err
		}
		return c.ask(ctx, func(ctx context.Context, n *web.Client) error { return do(ctx, n, code) })
	}
}

func (c *cli) peerAddCommand() *cobra.Command {
	var fingerprint string
	cmd := c.changes(c.verb("add CARD", "Add a peer by its card and fingerprint, or take its new card.",
		"comity peer add nl.card --fingerprint \"77C0 4F1A …\"",
		func(ctx context.Context, args []string) error { return c.peerAdd(ctx, args[0], fingerprint) }))
	cmd.Long = "Add a peer by its card and the fingerprint of its root, or take its new card.\n\n" +
		"Get the fingerprint from the peer by another way than the card: by telephone, or in person. Compare all of it.\n" +
		"On a terminal the program asks before it adds; --yes answers."
	cmd.Flags().StringVar(&fingerprint, "fingerprint", "", "the root `fingerprint` that the peer told you")
	return cmd
}

// peerAdd checks here, shows what would be added, asks a person if there is one,
// and only then adds.
func (c *cli) peerAdd(ctx context.Context, file, fingerprint string) error {
	if fingerprint == "" {
		return missing("fingerprint", "Ask the peer to read it to you; comity card show prints it on their side.")
	}
	card, err := c.readCard(file, c.now())
	if err != nil {
		return err
	}
	if err := matchFingerprint(card, fingerprint); err != nil {
		return err
	}
	var check *web.PeerCheck
	err = c.ask(ctx, func(ctx context.Context, n *web.Client) (err error) {
		check, err = n.CheckPeer(ctx, card.Text)
		return err
	})
	if err != nil {
		return err
	}
	if c.dryRun {
		return c.print(check, func(w io.Writer) { printCheck(w, card, check) })
	}
	return c.peerAddAfterAsking(ctx, card, check)
}

func (c *cli) peerAddAfterAsking(ctx context.Context, card *pki.Card, check *web.PeerCheck) error {
	if !c.json {
		printCheck(c.out, card, check)
	}
	if terminal(c.in) { // elsewhere the fingerprint that was given is the consent
		if err := c.confirm("Add peer " + string(card.Jurisdiction) + "?"); err != nil {
			return err
		}
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		done, err := n.AddPeer(ctx, card.Text, card.Certificate.Root().Hex(), false)
		if err != nil {
			return err
		}
		return c.print(done, func(w io.Writer) { fmt.Fprintln(w, "added "+string(card.Jurisdiction)) })
	})
}

func printCheck(w io.Writer, card *pki.Card, check *web.PeerCheck) {
	d := cardData(card)
	code := string(card.Jurisdiction)
	fmt.Fprintf(w, "%s  %s    card %d, valid to %s, signed by its own root ✓ fingerprint ✓\n", code, safe(d.Name), d.Serial, d.Expires.Format(time.DateOnly))
	table(w, "", [][]string{{"  accepts", words(d.Accepts)}, {"  languages", words(d.Languages)}, {"  endpoints", words(endpointTexts(d.Endpoints))}})
	if check.Replaces > 0 {
		fmt.Fprintf(w, "  replaces card %d\n", check.Replaces)
	}
	if !check.Mentioned {
		fmt.Fprintf(w, "  policy  no rule mentions %s: nothing will cross until you add one\n", code)
	}
}

func (c *cli) peerList(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Peers(ctx)
		if err != nil {
			return err
		}
		return c.print(page, func(w io.Writer) { printPeers(w, page.Items) })
	})
}

func (c *cli) peerShow(ctx context.Context, n *web.Client, code schema.Jurisdiction) error {
	p, err := n.Peer(ctx, code)
	if err != nil {
		return err
	}
	return c.print(p, func(w io.Writer) {
		table(w, "", cardLines(&p.Card))
		printPeers(w, []web.Peer{*p})
	})
}

// pingJSON is the answer to a ping.
type pingJSON struct {
	Peer schema.Jurisdiction `json:"peer"`
	MS   float64             `json:"ms"`
}

func (c *cli) peerPing(ctx context.Context, n *web.Client, code schema.Jurisdiction) error {
	took, err := n.PingPeer(ctx, code)
	if err != nil {
		return err
	}
	ms := float64(took.Microseconds()) / 1000
	return c.print(pingJSON{code, ms}, func(w io.Writer) { fmt.Fprintf(w, "%s answers in %.1f ms\n", code, ms) })
}

// peerChange makes the action of suspend, resume or remove. What cannot be
// undone asks first.
func (c *cli) peerChange(done, question string, change func(*web.Client, context.Context, schema.Jurisdiction, bool) (*web.Peer, error)) func(context.Context, *web.Client, schema.Jurisdiction) error {
	return func(ctx context.Context, n *web.Client, code schema.Jurisdiction) error {
		if question != "" && !c.dryRun {
			if err := c.confirm(question + " " + string(code) + "?"); err != nil {
				return err
			}
		}
		p, err := change(n, ctx, code, c.dryRun)
		if err != nil {
			return err
		}
		would := ""
		if c.dryRun {
			would = "would be "
		}
		return c.print(p, func(w io.Writer) { fmt.Fprintf(w, "%s %s%s\n", code, would, done) })
	}
}
