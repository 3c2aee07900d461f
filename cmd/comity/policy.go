package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) policyCommand() *cobra.Command {
	return c.group("policy", "What may cross the border, and why.",
		c.verb("check [FILE]", "Check a policy file. No node is needed.", "comity policy check policy.yaml",
			func(_ context.Context, args []string) error { return c.policyCheck(args) }),
		c.policyTestCommand(), c.policyExplainCommand(), c.policyDiffCommand(), c.policyApplyCommand(),
		c.verb("show", "Print the policy in force.", "comity policy show", func(ctx context.Context, _ []string) error { return c.policyShow(ctx) }),
		c.policyHistoryCommand())
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
