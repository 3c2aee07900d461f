package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) releaseCommand() *cobra.Command {
	return c.group("release", "Messages that wait for a second person.",
		c.releaseListCommand(), c.releaseShowCommand(), c.releaseReleaseCommand(), c.releaseReturnCommand(), c.releaseDiscardCommand())
}

func (c *cli) releaseListCommand() *cobra.Command {
	var after string
	var limit int
	cmd := c.verb("list", "List what waits for release, the earliest deadline first.", "comity release list",
		func(ctx context.Context, _ []string) error { return c.releaseList(ctx, after, limit) })
	cmd.Flags().IntVar(&limit, "limit", 50, "how many, at most 100")
	cmd.Flags().StringVar(&after, "after", "", "go on after a page: its \"next\" `cursor`")
	return cmd
}

func (c *cli) releaseList(ctx context.Context, after string, limit int) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Releases(ctx, web.Cursor(after), limit)
		if err != nil {
			return err
		}
		if err := c.print(page, func(w io.Writer) { printReleases(w, page.Items) }); err != nil {
			return err
		}
		if page.Next != "" {
			c.note("more: --after %s", page.Next)
		}
		return nil
	})
}

func printReleases(w io.Writer, items []web.ReleaseItem) {
	if len(items) == 0 {
		fmt.Fprintln(w, "nothing waits")
		return
	}
	var rows [][]string
	for _, i := range items {
		rows = append(rows, []string{string(i.ID), string(i.State), string(i.Peer), i.Type, stamp(i.Deadline), authorText(&i), dash(waitsFor(i.Decision)), i.Subject})
	}
	table(w, "ID STATE PEER TYPE DECIDE_BY AUTHOR WAITS_FOR SUBJECT", rows)
}

// authorText marks the caller's own messages, which somebody else decides on.
func authorText(i *web.ReleaseItem) string {
	if i.Own {
		return i.Author + " (you)"
	}
	return i.Author
}

// waitsFor lists the categories that need the release, each once; a policy that has
// changed may deny the message, or let it cross without one.
func waitsFor(d policy.Decision) string {
	if d.Verdict != policy.Hold {
		return string(d.Verdict)
	}
	var list []string
	seen := map[string]bool{}
	for _, f := range d.Approve {
		if !seen[f.Category] {
			seen[f.Category] = true
			list = append(list, f.Category)
		}
	}
	return strings.Join(list, " ")
}

func (c *cli) releaseShowCommand() *cobra.Command {
	var box string
	cmd := c.verb("show ID", "Show exactly what a release lets cross. The journal records that you looked.", "comity release show 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b",
		c.message(&box, c.releaseShow))
	boxFlag(cmd, &box)
	return cmd
}

func (c *cli) releaseShow(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
	r, err := n.OpenRelease(ctx, id, box)
	if err != nil {
		return err
	}
	return c.print(r, func(w io.Writer) { printRelease(w, r) })
}

func printRelease(w io.Writer, r *web.Release) {
	printMessage(w, &web.Message{Message: r.Message, Item: r.Item, SHA256: r.SHA256, Attachments: r.Attachments})
	rows := [][]string{{"author", authorText(&r.ReleaseItem)}, {"decide by", stamp(r.Deadline)}, {"verdict", string(r.Decision.Verdict)}, {"rule", dash(r.Decision.Rule)}}
	for _, f := range r.Decision.Approve {
		rows = append(rows, []string{"waits", f.Category + space(f.Subject) + "  " + f.Pointer})
	}
	rows = append(rows, []string{"tag", r.Tag})
	fmt.Fprintln(w)
	table(w, "", rows)
	if r.Own {
		fmt.Fprintln(w, "this is your own message: a second person decides")
	}
}

// tagFlag names what the person has looked at.
func tagFlag(cmd *cobra.Command, tag *string) {
	cmd.Flags().StringVar(tag, "tag", "", "the `tag` that comity release show printed: what you have seen is what you decide on")
}

// seen is a verb that decides on what was looked at.
func (c *cli) seen(tag *string, do func(ctx context.Context, n *web.Client, id schema.ID) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		id, err := schema.ParseID(args[0])
		if err != nil {
			return err
		}
		if *tag == "" {
			return missing("tag", "Look first: comity release show "+string(id)+" prints it.")
		}
		return c.ask(ctx, func(ctx context.Context, n *web.Client) error { return do(ctx, n, id) })
	}
}

func (c *cli) releaseReleaseCommand() *cobra.Command {
	var box, tag string
	cmd := c.verb("release ID", "Let a message cross that waits, as you have seen it.",
		"comity release release 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b --tag 5d1c0e6f0a3b4c7d9e8f7a6b5c4d3e2f",
		c.seen(&tag, func(ctx context.Context, n *web.Client, id schema.ID) error {
			b, err := parseBox(box)
			if err != nil {
				return err
			}
			return c.release(ctx, n, id, b, tag)
		}))
	cmd.Long = "Let a message cross that waits, as you have seen it. One of this node's own takes its place in the peer's queue;\n" +
		"one in quarantine goes to the inbox. Nobody releases a message of their own."
	boxFlag(cmd, &box)
	tagFlag(cmd, &tag)
	return cmd
}

func (c *cli) release(ctx context.Context, n *web.Client, id schema.ID, box node.Box, tag string) error {
	done, decision, err := n.Release(ctx, id, box, tag)
	if decision != nil {
		return &denial{asProblem(err), *decision}
	}
	if err != nil {
		return err
	}
	return c.printDecided(done)
}

func (c *cli) printDecided(i *web.Item) error {
	return c.print(i, func(w io.Writer) { fmt.Fprintf(w, "%s  %s\n", i.ID, i.State) })
}

func (c *cli) releaseReturnCommand() *cobra.Command {
	return c.dismissal("return ID", "Return a held message to its author.",
		"comity release return 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b --tag 5d1c0e6f0a3b4c7d9e8f7a6b5c4d3e2f --reason \"Wrong case number.\"", (*web.Client).Return)
}

func (c *cli) releaseDiscardCommand() *cobra.Command {
	return c.dismissal("discard ID", "Discard a message that waits in quarantine.",
		"comity release discard 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b --tag 5d1c0e6f0a3b4c7d9e8f7a6b5c4d3e2f --reason \"Not for us.\"", (*web.Client).Discard)
}

// dismissal is a verb that does not let a message cross, and says why.
func (c *cli) dismissal(use, short, example string, do func(*web.Client, context.Context, schema.ID, string, string) (*web.Item, error)) *cobra.Command {
	var tag, reason string
	cmd := c.verb(use, short, example, c.seen(&tag, func(ctx context.Context, n *web.Client, id schema.ID) error {
		done, err := do(n, ctx, id, tag, reason)
		if err != nil {
			return err
		}
		return c.printDecided(done)
	}))
	cmd.Flags().StringVar(&reason, "reason", "", "`why`, 1 to 1,000 characters; it is kept encrypted")
	tagFlag(cmd, &tag)
	return cmd
}
