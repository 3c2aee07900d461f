package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) policyApplyCommand() *cobra.Command {
	var tests string
	cmd := c.changes(c.verb("apply [FILE]", "Put a policy in force.", "comity policy apply\ncomity policy apply --dry-run new.yaml\ncomity policy apply new.yaml --tests expectations.yaml",
		func(ctx context.Context, args []string) error { return c.policyApply(ctx, args, tests) }))
	cmd.Long = `Put a policy in force.

The tests of the policy go with it: those in policy_test.yaml beside policy.yaml,
or in the file that --tests names. The node runs them again, and refuses a policy
that does not pass. They are kept with the policy in its history.

First it says in words what becomes possible (+) and what no longer is (-). At a
terminal it then asks; with --dry-run it stops there.`
	cmd.Flags().StringVar(&tests, "tests", "", "the test `file` (default: the one beside FILE, if there is one)")
	return cmd
}

// applied is what apply answers as JSON.
type applied struct {
	*web.PolicyVersion
	Difference *policy.Difference `json:"difference"`
}

func (c *cli) policyApply(ctx context.Context, args []string, named string) error {
	file, err := c.policyPath(args)
	if err != nil {
		return err
	}
	text, err := c.readFile(file)
	if err != nil {
		return err
	}
	testFile, tests, err := c.testsOf(file, named)
	if err != nil {
		return err
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		would, err := n.ApplyPolicy(ctx, text, tests, true)
		if err != nil {
			return placedInEither(file, testFile, err)
		}
		d, err := differenceToForce(ctx, n, file, text)
		if err != nil {
			return err
		}
		if c.dryRun {
			return c.print(applied{would, d}, func(w io.Writer) {
				fmt.Fprintf(w, "%sok  would be in force  sha256 %s  %s\n", safeLines(d.Text(maxChanges)), would.SHA256, testsHeld(would.Tests))
			})
		}
		if !c.json {
			fmt.Fprint(c.out, safeLines(d.Text(maxChanges)))
		}
		if terminal(c.in) && !d.Same {
			if err := c.confirm("Put this policy in force?"); err != nil {
				return err
			}
		}
		v, err := n.ApplyPolicy(ctx, text, tests, false)
		if err != nil {
			return placedInEither(file, testFile, err)
		}
		return c.print(applied{v, d}, func(w io.Writer) {
			fmt.Fprintf(w, "version %d in force  sha256 %s  %s\n", v.Version, v.SHA256, testsHeld(v.Tests))
		})
	})
}

func testsHeld(n int) string {
	switch n {
	case 0:
		return "no tests"
	case 1:
		return "1 test held"
	}
	return fmt.Sprintf("%d tests held", n)
}

// placedInEither names the file in faults of the policy or of its tests, not in others.
func placedInEither(file, testFile string, err error) error {
	p := asProblem(err)
	switch {
	case p.Code == "policy_tests_failed", p.Code == "bad_expectation":
		return placed(testFile, err)
	case p.Kind == schema.Invalid:
		return placed(file, err)
	}
	return err
}
