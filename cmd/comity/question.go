package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// asked is a question to a policy as an operator types it.
type asked struct {
	To, From, Type, Instrument, Marking string
	Categories                          []string
	Minor                               bool
}

// question checks what was typed and makes the policy's own question of it.
func (a *asked) question(known *schema.Catalogue) (policy.Question, error) {
	q := policy.Question{Direction: policy.Send, Type: a.Type, Instrument: a.Instrument}
	peer := a.To
	if a.From != "" {
		q.Direction, peer = policy.Receive, a.From
	}
	if (a.To == "") == (a.From == "") {
		return q, missing("to", "Name the peer: --to for what leaves, or --from for what arrives.")
	}
	var err error
	if q.Peer, err = schema.ParseJurisdiction(peer); err != nil {
		return q, err
	}
	if a.Marking != "" {
		if q.Marking, err = schema.ParseMarking(a.Marking); err != nil {
			return q, err
		}
	}
	if err := a.exists(known); err != nil {
		return q, err
	}
	q.Findings = a.findings()
	return q, nil
}

// exists refuses names that no message can have: a misspelt question gives a
// misleading answer.
func (a *asked) exists(catalogue *schema.Catalogue) error {
	if _, err := catalogue.Type(a.Type); err != nil {
		return err
	}
	if err := oneOf(a.Instrument, "instrument", catalogue.Instruments()); err != nil {
		return err
	}
	for _, name := range a.Categories {
		if err := oneOf(name, "category", catalogue.Categories()); err != nil {
			return err
		}
	}
	return nil
}

// findings makes one finding of each category; with Minor all are about a child.
func (a *asked) findings() []schema.Finding {
	var list []schema.Finding
	for _, name := range a.Categories {
		list = append(list, schema.Finding{Category: name, Minor: a.Minor})
	}
	if a.Minor && len(list) == 0 {
		list = append(list, schema.Finding{Category: "person.minor", Minor: true})
	}
	return list
}

func (c *cli) policyExplainCommand() *cobra.Command {
	var a asked
	var file string
	cmd := c.verb("explain", "Say whether something may cross, and why.",
		"comity policy explain --to NL --type mla.request --category id.name,bio.fingerprint",
		func(ctx context.Context, _ []string) error { return c.policyExplain(ctx, a, file) })
	cmd.Long = "Say whether something may cross, and why.\n\nIt asks the policy in force at the node, or with --policy a file; then no node is needed.\n" +
		"The exit code is 0 for allow and 4 for deny."
	f := cmd.Flags()
	f.StringVar(&a.To, "to", "", "the `peer` it would go to")
	f.StringVar(&a.From, "from", "", "the `peer` it would come from")
	f.StringVar(&a.Type, "type", "", "the message `type`")
	f.StringSliceVar(&a.Categories, "category", nil, "data `categories` in it, separated by commas")
	f.StringVar(&a.Marking, "marking", "", "its `marking`: unclassified or restricted")
	f.StringVar(&a.Instrument, "instrument", "", "its legal `instrument`, such as EIO")
	f.BoolVar(&a.Minor, "minor", false, "it holds data on a person under 18")
	f.StringVar(&file, "policy", "", "ask this policy `file` instead of the node")
	return cmd
}

func (c *cli) policyExplain(ctx context.Context, a asked, file string) error {
	if a.Type == "" {
		return missing("type", "Name the message type; comity types list shows them.")
	}
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	q, err := a.question(catalogue)
	if err != nil {
		return err
	}
	d, err := c.answer(ctx, q, file)
	if err != nil {
		return err
	}
	if err := c.print(d, func(w io.Writer) { fmt.Fprint(w, safeLines(d.Text())) }); err != nil || d.Verdict != policy.Deny {
		return err
	}
	return &schema.Problem{Kind: schema.NotAllowed, Code: "policy_denied", Detail: "The policy does not allow this.", Fix: "Add a rule that covers it, or take out what is not covered."}
}

// answer asks a file, or the node.
func (c *cli) answer(ctx context.Context, q policy.Question, file string) (policy.Decision, error) {
	if file == "" {
		return c.askNode(ctx, q)
	}
	p, err := c.readPolicy(file)
	if err != nil {
		return policy.Decision{}, err
	}
	return p.Explain(q), nil
}
