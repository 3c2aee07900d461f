package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) messageEventCommand() *cobra.Command {
	var at string
	cmd := c.verb("event ID NAME", "Note an event that no message tells, such as an arrest.",
		"comity message event 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b final-discharge --at 2026-11-23",
		func(ctx context.Context, args []string) error { return c.messageEvent(ctx, args[0], args[1], at) })
	cmd.Long = "Note an event of a case that no message tells: an arrest, the end of a person's presence, a final discharge.\n\n" +
		"Some time limits run from one. It stays at this node, and the journal records who noted it. Noted again, it replaces\n" +
		"the earlier date. With a wrong name, the answer lists the events that can be noted."
	cmd.Flags().StringVar(&at, "at", "", "the `date` (2026-11-23) or instant on which it happened")
	return cmd
}

func (c *cli) messageEvent(ctx context.Context, id, event, at string) error {
	which, err := schema.ParseID(id)
	if err != nil {
		return err
	}
	if at == "" {
		return missing("at", "Say when it happened: --at 2026-11-23.")
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		m, err := n.NoteEvent(ctx, which, event, at)
		if err != nil {
			return err
		}
		return c.print(m, func(w io.Writer) { printStand(w, m) })
	})
}

// printStand tells how the thread of a message stands.
func printStand(w io.Writer, m *web.Message) {
	if m.Life == nil {
		return
	}
	fmt.Fprintf(w, "%s  %s  state %s\n", m.ID, safe(m.Type), safe(m.Life.State))
	var rows [][]string
	for _, e := range m.Life.Events {
		rows = append(rows, []string{"  " + stamp(e.At), e.Event})
	}
	for _, k := range m.Clocks {
		rows = append(rows, []string{"  " + stamp(k.Due), k.Clock + " due, " + string(k.State)})
	}
	table(w, "", rows)
}
