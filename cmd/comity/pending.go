package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) pendingCommand() *cobra.Command {
	var all bool
	list := c.verb("list", "List the acts that wait for a second person.", "comity pending list\ncomity pending list --all",
		func(ctx context.Context, _ []string) error { return c.pendingList(ctx, all) })
	list.Flags().BoolVar(&all, "all", false, "also those that were decided")
	return c.group("pending", "Acts of one operator that wait for another.", list,
		c.verb("show NUMBER", "Show an act and what it would do.", "comity pending show 3", c.pending(c.pendingShow)),
		c.verb("confirm NUMBER", "Do what another person ordered.", "comity pending confirm 3 --as maes.token", c.pending(c.pendingConfirm)),
		c.verb("reject NUMBER", "End an act without doing it.", "comity pending reject 3 --as maes.token", c.pending(c.pendingReject)))
}

// pending makes the action of a verb that takes the number of an act.
func (c *cli) pending(do func(context.Context, *web.Client, int64) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || id < 1 {
			return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: safe(args[0]) + " is not the number of an act.", Fix: "List them: comity pending list."}
		}
		return c.ask(ctx, func(ctx context.Context, n *web.Client) error { return do(ctx, n, id) })
	}
}

func (c *cli) pendingList(ctx context.Context, all bool) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.PendingActs(ctx)
		if err != nil {
			return err
		}
		if !all {
			page.Items = slices.DeleteFunc(page.Items, func(p web.Pending) bool { return p.State != node.Undecided })
		}
		var rows [][]string
		for _, p := range page.Items {
			rows = append(rows, []string{strconv.FormatInt(p.ID, 10), p.Act, p.Subject, p.By, stamp(p.Ends), string(p.State), dash(p.Decider)})
		}
		return c.print(page, func(w io.Writer) { table(w, "NUMBER ACT SUBJECT BY ENDS STATE DECIDED-BY", rows) })
	})
}

func (c *cli) pendingShow(ctx context.Context, n *web.Client, id int64) error {
	p, err := n.PendingAct(ctx, id)
	if err != nil {
		return err
	}
	return c.print(p, func(w io.Writer) { printPending(w, p) })
}

func printPending(w io.Writer, p *web.Pending) {
	table(w, "", [][]string{{"number", strconv.FormatInt(p.ID, 10)}, {"act", p.Act}, {"subject", p.Subject}, {"by", p.By}, {"at", stamp(p.At)},
		{"ends", stamp(p.Ends)}, {"state", string(p.State)}, {"decided by", dash(p.Decider)}, {"based on", p.Base}, {"sha256", p.Digest}})
	fmt.Fprintln(w, "order")
	fmt.Fprintln(w, indent(safeLines(orderText(p.Order))))
}

// orderText shows an order member by member; those of several lines as they stand.
func orderText(order []byte) string {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(order))
	d.UseNumber()
	if d.Decode(&members) != nil {
		return string(order)
	}
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		text := fmt.Sprint(members[name])
		if strings.Contains(text, "\n") {
			text = "\n" + indent(text)
		}
		fmt.Fprintf(&b, "%s: %s\n", name, text)
	}
	return b.String()
}

func (c *cli) pendingConfirm(ctx context.Context, n *web.Client, id int64) error {
	if terminal(c.in) && !c.yes {
		p, err := n.PendingAct(ctx, id)
		if err != nil {
			return err
		}
		printPending(c.err, p)
		if err := c.confirm("Do it?"); err != nil {
			return err
		}
	}
	p, err := n.ConfirmPending(ctx, id)
	if err != nil {
		return err
	}
	return c.print(p, func(w io.Writer) { fmt.Fprintf(w, "%d done  %s %s\n", p.ID, p.Act, safe(p.Subject)) })
}

func (c *cli) pendingReject(ctx context.Context, n *web.Client, id int64) error {
	p, err := n.RejectPending(ctx, id)
	if err != nil {
		return err
	}
	return c.print(p, func(w io.Writer) { fmt.Fprintf(w, "%d rejected  %s %s\n", p.ID, p.Act, safe(p.Subject)) })
}

// awaits tells that an act was kept for a second person.
func (c *cli) awaits(a *web.Awaiting) {
	c.print(map[string]*web.Pending{"pending": &a.Pending}, func(w io.Writer) {
		fmt.Fprintf(w, "pending %d  %s %s  waits for a second operator until %s\n", a.ID, a.Act, safe(a.Subject), stamp(a.Ends))
	})
	c.note("  next another operator: comity pending show %d, then comity pending confirm %d --as FILE", a.ID, a.ID)
}
