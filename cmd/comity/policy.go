package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) policyCommand() *cobra.Command {
	return c.group("policy", "What may cross the border, and why.",
		c.verb("check [FILE]", "Check a policy file. No node is needed.", "comity policy check policy.yaml",
			func(_ context.Context, args []string) error { return c.policyCheck(args) }),
		c.policyTestCommand(), c.policyExplainCommand(),
		c.changes(c.verb("apply [FILE]", "Put a policy in force.", "comity policy apply\ncomity policy apply --dry-run new.yaml",
			func(ctx context.Context, args []string) error { return c.policyApply(ctx, args) })),
		c.verb("show", "Print the policy in force.", "comity policy show", func(ctx context.Context, _ []string) error { return c.policyShow(ctx) }),
		c.verb("history", "List the policies that were in force.", "comity policy history", func(ctx context.Context, _ []string) error { return c.policyHistory(ctx) }))
}

// policyPath is the file named, or the policy file of the node's directory.
func (c *cli) policyPath(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	config, err := program.ReadConfig(c.node)
	if err != nil {
		return "", err
	}
	return config.PolicyPath(), nil
}

// readPolicy parses a policy file and names the file in every fault.
func (c *cli) readPolicy(file string) (*policy.Policy, error) {
	text, err := c.readFile(file)
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(text)
	if err != nil {
		return nil, placed(file, err)
	}
	return p, nil
}

// placed adds the file's name to the places in a problem: "policy.yaml line 4".
func placed(file string, err error) error {
	p := *asProblem(err)
	if len(p.Errors) == 0 { // otherwise every part has its own place
		p.Pointer = filepath.Base(file) + space(p.Pointer)
	}
	p.Errors = append([]schema.Problem{}, p.Errors...)
	for i := range p.Errors {
		p.Errors[i].Pointer = filepath.Base(file) + space(p.Errors[i].Pointer)
	}
	return &p
}

func (c *cli) policyCheck(args []string) error {
	file, err := c.policyPath(args)
	if err != nil {
		return err
	}
	p, err := c.readPolicy(file)
	if err != nil {
		return findings(err)
	}
	unknown, advice, err := checkNames(p)
	if err != nil {
		return err
	}
	if len(unknown) > 0 {
		return findings(placed(file, &schema.Problem{Kind: schema.Invalid, Errors: unknown}))
	}
	sum := p.SHA256()
	return c.print(checked(sum, advice), func(w io.Writer) {
		fmt.Fprintf(w, "ok  %s  sha256 %x\n", safe(file), sum)
		for _, a := range advice {
			fmt.Fprintf(w, "!   %s  %s %s\n", a.Pointer, safe(a.Detail), safe(a.Fix))
		}
	})
}

// checkedJSON is what check answers as JSON.
type checkedJSON struct {
	SHA256 string   `json:"sha256"`
	Advice []advice `json:"advice,omitempty"`
}

// advice is what is no fault and deserves a second look.
type advice struct {
	Code   string `json:"code"`
	Line   string `json:"pointer"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
}

func checked(sum [32]byte, list []schema.Problem) checkedJSON {
	out := checkedJSON{SHA256: hex.EncodeToString(sum[:])}
	for _, p := range list {
		out.Advice = append(out.Advice, advice{p.Code, p.Pointer, p.Detail, p.Fix})
	}
	return out
}

// checkNames finds names that the embedded catalogue does not have, and what the
// writer should look at twice.
func checkNames(p *policy.Policy) (unknown, advice []schema.Problem, err error) {
	catalogue, err := schema.Load()
	if err != nil {
		return nil, nil, err
	}
	names := policy.NamesOf(catalogue)
	return p.Check(names), p.Advise(names), nil
}

func (c *cli) policyApply(ctx context.Context, args []string) error {
	file, err := c.policyPath(args)
	if err != nil {
		return err
	}
	text, err := c.readFile(file)
	if err != nil {
		return err
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		v, err := n.ApplyPolicy(ctx, text, c.dryRun)
		if err != nil {
			return placedIfInText(file, err)
		}
		return c.print(v, func(w io.Writer) {
			if c.dryRun {
				fmt.Fprintf(w, "ok  would be in force  sha256 %s\n", v.SHA256)
				return
			}
			fmt.Fprintf(w, "version %d in force  sha256 %s\n", v.Version, v.SHA256)
		})
	})
}

// placedIfInText names the file in faults of its text, not in others.
func placedIfInText(file string, err error) error {
	if asProblem(err).Kind == schema.Invalid {
		return placed(file, err)
	}
	return err
}

func (c *cli) policyShow(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		v, err := n.Policy(ctx)
		if err != nil {
			return err
		}
		return c.print(v, func(w io.Writer) { fmt.Fprint(w, safeLines(v.Text)) })
	})
}

func (c *cli) policyHistory(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Policies(ctx)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, v := range page.Items {
			rows = append(rows, []string{strconv.FormatInt(v.Version, 10), stamp(v.At), v.Actor, v.SHA256})
		}
		return c.print(page, func(w io.Writer) { table(w, "VERSION AT ACTOR SHA256", rows) })
	})
}
