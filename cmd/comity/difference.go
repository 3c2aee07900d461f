package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// maxChanges that apply tells in words, and that diff does unless asked for more.
const maxChanges = 20

func (c *cli) policyDiffCommand() *cobra.Command {
	var most int
	cmd := c.verb("diff [OLD] NEW", "Say what another policy makes possible or impossible.", "comity policy diff new.yaml\ncomity policy diff old.yaml new.yaml --most 100",
		func(ctx context.Context, args []string) error { return c.policyDiff(ctx, args, most) })
	cmd.Long = `Say in words what another policy makes possible (+) or impossible (-).

OLD is the policy in force, if only one file is named; then a node is needed.
Both policies are asked the same questions: for every peer whose rules changed,
each data category by itself in each message type that can hold it, under every
instrument, marking, subject, code, purpose, language and date that a rule names,
one of these at a time; and all that one rule covers together. Other combinations
are not asked. Whether the new policy widens the old one is read from the rules
and does not depend on the questions.`
	cmd.Flags().IntVar(&most, "most", maxChanges, "tell at most so `many` changes")
	return cmd
}

func (c *cli) policyDiff(ctx context.Context, args []string, most int) error {
	if len(args) == 1 {
		text, err := c.readFile(args[0])
		if err != nil {
			return err
		}
		return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
			d, err := differenceToForce(ctx, n, args[0], text)
			if err != nil {
				return err
			}
			return c.printDifference(d, most)
		})
	}
	old, err := c.readPolicy(args[0])
	if err != nil {
		return err
	}
	next, err := c.readPolicy(args[1])
	if err != nil {
		return err
	}
	d, err := differenceOf(old, next)
	if err != nil {
		return err
	}
	return c.printDifference(d, most)
}

func (c *cli) printDifference(d *policy.Difference, most int) error {
	return c.print(d, func(w io.Writer) { fmt.Fprint(w, safeLines(d.Text(max(most, 0)))) })
}

func differenceOf(old, next *policy.Policy) (*policy.Difference, error) {
	catalogue, err := schema.Load()
	if err != nil {
		return nil, err
	}
	return policy.Diff(old, next, catalogue, time.Now()), nil
}

// differenceToForce compares a policy's text with the policy in force at the node.
func differenceToForce(ctx context.Context, n *web.Client, file string, text []byte) (*policy.Difference, error) {
	next, err := policy.Parse(text)
	if err != nil {
		return nil, placed(file, err)
	}
	v, err := n.Policy(ctx)
	if err != nil {
		return nil, err
	}
	old, err := policy.Parse([]byte(v.Text))
	if err != nil {
		return nil, fmt.Errorf("read the policy in force: %w", err)
	}
	return differenceOf(old, next)
}
