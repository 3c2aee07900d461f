package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) messageEraseCommand() *cobra.Command {
	var box, reason string
	cmd := c.verb("erase ID", "Delete the content of a message for good.", "comity message erase 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b --reason purpose-fulfilled",
		c.message(&box, func(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
			return c.messageErase(ctx, n, id, box, reason)
		}))
	cmd.Long = "Delete the content of a message and its files for good, here and nowhere else.\n\n" +
		"The record, the digest, the signatures and the journal stay: comity message export still proves that the message crossed.\n" +
		"A message that still waits in the queue does not leave any more. To have a peer erase it too, send it a data.erasure."
	boxFlag(cmd, &box)
	cmd.Flags().StringVar(&reason, "reason", "", "why, a `code`: inaccurate, incomplete, unlawfully-transmitted, period-expired, purpose-fulfilled, court-order or subject-request")
	return cmd
}

func (c *cli) messageErase(ctx context.Context, n *web.Client, id schema.ID, box node.Box, reason string) error {
	if reason == "" {
		return missing("reason", "Say why, for example --reason purpose-fulfilled; it stands in the journal.")
	}
	if err := c.confirm("Delete the content of message " + string(id) + " for good?"); err != nil {
		return err
	}
	m, err := n.Erase(ctx, id, box, reason)
	if err != nil {
		return err
	}
	return c.print(m, func(w io.Writer) { fmt.Fprintf(w, "%s  erased %s (%s)\n", m.ID, stamp(m.Erased), m.Reason) })
}
