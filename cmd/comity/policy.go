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
	unknown, err := unknownNames(p)
	if err != nil {
		return err
	}
	if len(unknown) > 0 {
		return findings(placed(file, &schema.Problem{Kind: schema.Invalid, Errors: unknown}))
	}
	sum := p.SHA256()
	return c.print(map[string]string{"sha256": hex.EncodeToString(sum[:])}, func(w io.Writer) {
		fmt.Fprintf(w, "ok  %s  sha256 %x\n", safe(file), sum)
	})
}

// unknownNames finds names that the embedded catalogue does not have.
func unknownNames(p *policy.Policy) ([]schema.Problem, error) {
	catalogue, err := schema.Load()
	if err != nil {
		return nil, err
	}
	var types []string
	for _, t := range catalogue.Types() {
		types = append(types, t.Name)
	}
	return p.Check(types, catalogue.Categories(), catalogue.Instruments()), nil
}
