package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// reading is what a verb does with one message.
type reading = func(context.Context, *web.Client, schema.ID, node.Box) error

func reasonFlag(cmd *cobra.Command, why *string) {
	cmd.Flags().StringVar(why, "reason", "", "why you read it, where the data asks for it: `assigned`, supervision, quality, or other: and a few words")
}

// because gives a reason for what do reads.
func because(why *string, do reading) reading {
	return func(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
		if *why != "" {
			ctx = web.Because(ctx, *why)
		}
		return do(ctx, n, id, box)
	}
}

func (c *cli) messageReadingsCommand() *cobra.Command {
	var box string
	cmd := c.verb("readings ID", "Tell who looked at a message, and why. The journal records that you did.", "comity message readings 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b",
		c.message(&box, c.messageReadings))
	boxFlag(cmd, &box)
	return cmd
}

func (c *cli) messageReadings(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
	list, err := n.Readings(ctx, id, box)
	if err != nil {
		return err
	}
	return c.print(list, func(w io.Writer) {
		var rows [][]string
		for _, r := range list {
			rows = append(rows, []string{stamp(r.At), r.Actor, r.Act, dash(r.Reason), r.Text})
		}
		table(w, "", rows)
	})
}
