package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// restart is what the operator typed.
type restart struct {
	epoch, from       int64
	card, fingerprint string
}

func (c *cli) peerRestartCommand() *cobra.Command {
	var r restart
	cmd := c.changes(c.verb("restart CODE", "Begin a new epoch with a peer, after a restored backup or under its new root.",
		"comity peer restart NL --dry-run\ncomity peer restart NL --epoch 2",
		func(ctx context.Context, args []string) error {
			code, err := schema.ParseJurisdiction(args[0])
			if err != nil {
				return err
			}
			return c.peerRestart(ctx, code, r)
		}))
	cmd.Long = "Begin a new epoch with a peer, after a restored backup or under its new root.\n\n" +
		"Speak with the peer's operator first: both sides begin the same epoch, each with this command, in any order.\n" +
		"What was in flight is packed again, and what the peer has lost is sent again; what it has it recognises.\n" +
		"Both histories are kept. An epoch never comes back."
	f := cmd.Flags()
	f.Int64Var(&r.epoch, "epoch", 0, "the `number` agreed with the peer; the node proposes one")
	f.Int64Var(&r.from, "resend-from", 0, "the first `pouch` that the peer lost; its refusal says it, if there was one")
	f.StringVar(&r.card, "card", "", "the peer's card under its new root, a `file`")
	f.StringVar(&r.fingerprint, "fingerprint", "", "the `fingerprint` of the new root that the peer told you")
	return cmd
}

// order checks what was typed.
func (c *cli) order(r restart) (web.Restart, error) {
	o := web.Restart{Epoch: r.epoch, ResendFrom: r.from, Fingerprint: r.fingerprint}
	if r.epoch < 0 || r.from < 0 {
		return o, &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "Numbers of epochs and pouches start at 1.", Fix: "Leave the option out, and the node chooses."}
	}
	if r.card == "" {
		return o, nil
	}
	if r.fingerprint == "" {
		return o, missing("fingerprint", "Ask the peer to read it to you; comity card show prints it on their side.")
	}
	card, err := c.readCard(r.card, c.now())
	if err != nil {
		return o, err
	}
	o.Card = card.Text
	return o, matchFingerprint(card, r.fingerprint)
}

// peerRestart shows what would happen, asks, and only then does it.
func (c *cli) peerRestart(ctx context.Context, code schema.Jurisdiction, r restart) error {
	o, err := c.order(r)
	if err != nil {
		return err
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		would, err := n.RestartPeer(ctx, code, o, true)
		if err != nil {
			return err
		}
		if c.dryRun {
			return c.print(would, func(w io.Writer) { printRestart(w, would) })
		}
		if !c.json && !c.yes {
			printRestart(c.out, would)
		}
		if err := c.confirm(fmt.Sprintf("Begin epoch %d with %s?", would.Epoch, code)); err != nil {
			return err
		}
		o.Epoch = would.Epoch // what was shown is what is done
		done, err := n.RestartPeer(ctx, code, o, false)
		if err != nil {
			return err
		}
		s, err := n.Status(ctx)
		if err != nil {
			return err
		}
		return c.print(done, func(w io.Writer) {
			fmt.Fprintf(w, "%s epoch %d has begun here", code, done.Epoch)
			fmt.Fprintf(w, "; tell its operator: comity peer restart %s --epoch %d\n", s.Card.Code, done.Epoch)
			if done.Again > 0 {
				fmt.Fprintf(w, "  %d messages that %s has lost are sent again\n", done.Again, code)
			}
		})
	})
}

func printRestart(w io.Writer, r *web.Restarted) {
	rows := [][]string{
		{"epoch", fmt.Sprintf("%d ends, %d begins", r.Was, r.Epoch)},
		{"sent to it", "up to pouch " + r.Sent.String()},
		{"received", "up to pouch " + r.Received.String()},
		{"sent again", fmt.Sprintf("%d messages that it has lost", r.Again)},
	}
	if r.Closed > 0 {
		rows = append(rows, []string{"in flight", fmt.Sprintf("pouch %d has no receipt; its messages are packed again", r.Closed)})
	}
	if r.Rekeyed {
		rows = append(rows, []string{"root", "the new one takes the place of the pinned one"})
	}
	fmt.Fprintln(w, r.Peer)
	table(w, "", rows)
}

// disputeLines say what happened between two ledgers, and what to do.
func disputeLines(peer schema.Jurisdiction, d *web.Dispute) []string {
	direction := "what is sent"
	if d.Box == node.In {
		direction = "what is received"
	}
	return []string{"! " + string(peer) + "  " + d.Code + " in " + direction + " since " + stamp(d.Since) + ": " + d.Detail, "  do: " + d.Fix}
}

func disputed(list []web.Dispute, code string) bool {
	return slices.ContainsFunc(list, func(d web.Dispute) bool { return d.Code == code })
}
