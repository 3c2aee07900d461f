package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) journalCommand() *cobra.Command {
	return c.group("journal", "The node's own record of every decision, reading and change.",
		c.journalTailCommand(),
		c.verb("verify", "Recompute the journal and find the first entry that was tampered with.", "comity journal verify",
			func(ctx context.Context, _ []string) error { return c.journalVerify(ctx) }),
		c.journalExportCommand())
}

func (c *cli) journalTailCommand() *cobra.Command {
	var n int
	cmd := c.verb("tail", "Show the newest entries.", "comity journal tail -n 50",
		func(ctx context.Context, _ []string) error { return c.journalTail(ctx, n) })
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many, at most 1000")
	return cmd
}

func (c *cli) journalTail(ctx context.Context, n int) error {
	if n < 1 || n > 1000 {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "-n must be 1 to 1000.", Fix: "For more, use comity journal export."}
	}
	return c.ask(ctx, func(ctx context.Context, client *web.Client) error {
		s, err := client.Status(ctx)
		if err != nil {
			return err
		}
		page, err := client.Journal(ctx, max(0, s.Journal.Size-int64(n)), n)
		if err != nil {
			return err
		}
		return c.print(list(page.Items), func(w io.Writer) { printEntries(w, page.Items) })
	})
}

func printEntries(w io.Writer, entries []node.Entry) {
	var rows [][]string
	for _, e := range entries {
		rows = append(rows, []string{strconv.FormatInt(e.N, 10), stamp(e.At), e.Actor, e.Act, dash(e.Subject), details(e.Detail)})
	}
	table(w, "N AT ACTOR ACT SUBJECT DETAIL", rows)
}

// details as "name=value", by name; digests are cut short for people.
func details(d map[string]string) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(d)) {
		value := d[name]
		if len(value) == 64 {
			value = value[:12] + "…"
		}
		text += space(name + "=" + value)
	}
	if text == "" {
		return ""
	}
	return text[1:]
}

func (c *cli) journalVerify(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, client *web.Client) error {
		head, err := client.VerifyJournal(ctx)
		if err != nil {
			return unverifiedJournal(err)
		}
		return c.print(head, func(w io.Writer) { fmt.Fprintf(w, "ok  %d entries  root %s\n", head.Size, head.Root) })
	})
}

// unverifiedJournal makes sure that a broken journal ends with the exit code of a
// failed verification.
func unverifiedJournal(err error) error {
	if asProblem(err).Code == "journal_broken" {
		return unverified(err)
	}
	return err
}

func (c *cli) journalExportCommand() *cobra.Command {
	var file string
	cmd := c.verb("export", "Write all entries, one JSON object a line.", "comity journal export -o journal.jsonl",
		func(ctx context.Context, _ []string) error { return c.journalExport(ctx, file) })
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

func (c *cli) journalExport(ctx context.Context, file string) error {
	return c.ask(ctx, func(ctx context.Context, client *web.Client) error {
		return c.exportTo(file, func(w io.Writer) error { return writeEntries(ctx, client, w) })
	})
}

func writeEntries(ctx context.Context, client *web.Client, w io.Writer) error {
	for after := int64(0); ; {
		page, err := client.Journal(ctx, after, 1000)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		for _, e := range page.Items {
			line, err := json.Marshal(e)
			if err != nil {
				return fmt.Errorf("write entry %d: %w", e.N, err)
			}
			if _, err := fmt.Fprintf(w, "%s\n", safeJSON(line)); err != nil {
				return err
			}
			after = e.N
		}
	}
}
