package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) policyShow(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		v, err := n.Policy(ctx)
		if err != nil {
			return err
		}
		return c.print(v, func(w io.Writer) { fmt.Fprint(w, safeLines(v.Text)) })
	})
}

func (c *cli) policyHistoryCommand() *cobra.Command {
	var tests bool
	cmd := c.verb("history [VERSION]", "List the policies that were in force, or print one of them.", "comity policy history\ncomity policy history 3\ncomity policy history 3 --tests",
		func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				return c.policyOf(ctx, args[0], tests)
			}
			return c.policyHistory(ctx)
		})
	cmd.Flags().BoolVar(&tests, "tests", false, "print the tests of that version, not its rules")
	return cmd
}

func (c *cli) policyHistory(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Policies(ctx)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, v := range page.Items {
			rows = append(rows, []string{strconv.FormatInt(v.Version, 10), stamp(v.At), v.Actor, strconv.Itoa(v.Tests), v.SHA256})
		}
		return c.print(page, func(w io.Writer) { table(w, "VERSION AT ACTOR TESTS SHA256", rows) })
	})
}

// policyOf prints the exact text of a policy that was in force, or its tests.
func (c *cli) policyOf(ctx context.Context, number string, tests bool) error {
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: number + " is not the number of a version.", Fix: "Look for it with comity policy history."}
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		v, err := n.PolicyOf(ctx, version)
		if err != nil {
			return err
		}
		text := v.Text
		if tests {
			text = v.TestText
		}
		return c.print(v, func(w io.Writer) { fmt.Fprint(w, safeLines(text)) })
	})
}
