package main

import (
	"context"
	"fmt"
	"io"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"

	"github.com/spf13/cobra"
)

func (c *cli) safetyCommand() *cobra.Command {
	two := c.verb("two-operators STATE", "Say whether weighty acts need two people.", "comity safety two-operators on\ncomity safety two-operators off --as maes.token",
		func(ctx context.Context, args []string) error { return c.twoOperators(ctx, args[0]) })
	two.Long = "Say whether weighty acts need two people.\n\nWhile it is on, these wait for a second operator: a policy that may allow more, a new peer, a peer's new root,\n" +
		"the role operator or approver for somebody, and turning it off. See comity pending.\n" +
		"It takes two enabled users who are operators. Whoever owns the node's socket is one more person."
	return c.group("safety", "What the node asks of its operators.",
		c.verb("show", "Show whether weighty acts need two people.", "comity safety show", func(ctx context.Context, _ []string) error { return c.safetyShow(ctx) }), two)
}

func (c *cli) safetyShow(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		s, err := n.Safety(ctx)
		if err != nil {
			return err
		}
		return c.printSafety(s)
	})
}

func (c *cli) printSafety(s *web.Safety) error {
	return c.print(s, func(w io.Writer) {
		state := "off: one operator suffices for everything"
		if s.TwoOperators {
			state = "on: weighty acts need two people"
		}
		fmt.Fprintf(w, "two-operators  %s\noperators      %d\n", state, s.Operators)
	})
}

func (c *cli) twoOperators(ctx context.Context, word string) error {
	if word != "on" && word != "off" {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "It is on or off.", Fix: "See comity safety two-operators --help."}
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		s, err := n.SetTwoOperators(ctx, word == "on")
		if err != nil {
			return err
		}
		return c.printSafety(s)
	})
}
