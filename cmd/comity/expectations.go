package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// expectation is one entry of a policy test file: a question and the answer wanted.
type expectation struct {
	Send       string              `yaml:"send"`
	Receive    string              `yaml:"receive"`
	To         schema.Jurisdiction `yaml:"to"`
	From       schema.Jurisdiction `yaml:"from"`
	Categories []string            `yaml:"categories"`
	Instrument string              `yaml:"instrument"`
	Marking    string              `yaml:"marking"`
	Minor      bool                `yaml:"minor"`
	Expect     policy.Verdict      `yaml:"expect"`
	Rule       string              `yaml:"rule"`

	line  int
	asked policy.Question
}

func (c *cli) policyTestCommand() *cobra.Command {
	var file string
	cmd := c.verb("test FILE", "Check a policy against a list of expectations. No node is needed.", "comity policy test policy_test.yaml",
		func(_ context.Context, args []string) error { return c.policyTest(args[0], file) })
	cmd.Long = `Check a policy against a list of expectations, before you apply it.

FILE is a YAML list. Each entry asks one question and names the answer you expect:

  - send: mla.request            # or "receive:" for what arrives
    to: NL                       # with receive, "from:"
    categories: [id.name, fin.account]
    instrument: EIO              # may be left out
    marking: restricted          # may be left out: unclassified
    minor: true                  # data on a person under 18; may be left out
    expect: allow                # or deny
    rule: nl-mla                 # the rule that must allow it; may be left out

The exit code is 10 if any answer is not the expected one.`
	cmd.Flags().StringVar(&file, "policy", "", "the policy `file` (default: policy.yaml of the node)")
	return cmd
}

// policyTest asks every question and reports the answers that surprise.
func (c *cli) policyTest(file, policyFile string) error {
	if policyFile == "" {
		var err error
		if policyFile, err = c.policyPath(nil); err != nil {
			return err
		}
	}
	p, err := c.readPolicy(policyFile)
	if err != nil {
		return err
	}
	text, err := c.readFile(file)
	if err != nil {
		return err
	}
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	expected, err := readExpectations(text, catalogue)
	if err != nil {
		return placed(file, err)
	}
	return c.report(file, p, expected)
}

// readExpectations reads a test file strictly; an unknown key is a fault with its line.
func readExpectations(text []byte, known *schema.Catalogue) ([]expectation, error) {
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, badExpectation(0, sentence(firstLine(err)))
	}
	if len(doc.Docs) != 1 {
		return nil, badExpectation(0, "The file must hold one YAML list.")
	}
	items, ok := doc.Docs[0].Body.(*ast.SequenceNode)
	if !ok || len(items.Values) == 0 {
		return nil, badExpectation(1, "The file holds no list of expectations.")
	}
	var all []expectation
	for _, item := range items.Values {
		e := expectation{line: item.GetToken().Position.Line}
		if err := yaml.NodeToValue(item, &e, yaml.Strict()); err != nil {
			return nil, badExpectation(e.line, sentence(firstLine(err)))
		}
		if e.asked, err = e.question(known); err != nil {
			return nil, badExpectation(e.line, asProblem(err).Detail)
		}
		all = append(all, e)
	}
	return all, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	return line
}

func badExpectation(line int, detail string) error {
	p := &schema.Problem{Kind: schema.Invalid, Code: "bad_expectation", Detail: detail, Fix: "See comity policy test --help for what an entry holds."}
	if line > 0 {
		p.Pointer = fmt.Sprintf("line %d", line)
	}
	return p
}

func (e *expectation) question(known *schema.Catalogue) (policy.Question, error) {
	if (e.Send == "") == (e.Receive == "") || (e.Send != "" && e.From != "") || (e.Receive != "" && e.To != "") {
		return policy.Question{}, badExpectation(0, "An entry has either send and to, or receive and from.")
	}
	if e.Expect != policy.Allow && e.Expect != policy.Deny {
		return policy.Question{}, badExpectation(0, "An entry expects allow or deny.")
	}
	a := asked{To: string(e.To), From: string(e.From), Type: e.Send + e.Receive, Instrument: e.Instrument,
		Marking: e.Marking, Categories: e.Categories, Minor: e.Minor}
	return a.question(known)
}

// tally of a test run.
type tally struct {
	Allow int      `json:"allow"`
	Deny  int      `json:"deny"`
	Fails []string `json:"fails"`
}

func (c *cli) report(file string, p *policy.Policy, expected []expectation) error {
	t := tally{Fails: []string{}}
	var faults []schema.Problem
	for _, e := range expected {
		switch got, wrong := e.judge(p); {
		case wrong != "":
			faults = append(faults, schema.Problem{Pointer: fmt.Sprintf("line %d", e.line), Detail: wrong})
			t.Fails = append(t.Fails, fmt.Sprintf("line %d: %s", e.line, wrong))
		case got == policy.Allow:
			t.Allow++
		default:
			t.Deny++
		}
	}
	if err := c.print(t, t.text); err != nil || len(faults) == 0 {
		return err
	}
	return placed(file, &schema.Problem{Kind: schema.Invalid, Code: codeFindings, Detail: fmt.Sprintf("%d of %d expectations do not hold.", len(faults), len(expected)),
		Fix: "Change the policy, or the expectation if it is wrong. comity policy explain --policy FILE shows why.", Errors: faults})
}

func (t tally) text(w io.Writer) {
	fmt.Fprintf(w, "ok   %d allow, %d deny", t.Allow, t.Deny)
	if len(t.Fails) > 0 {
		fmt.Fprintf(w, "   FAIL %d", len(t.Fails))
	}
	fmt.Fprintln(w)
}

// judge gives the answer, and what is wrong with it, "" if it is as expected.
func (e *expectation) judge(p *policy.Policy) (policy.Verdict, string) {
	q := &e.asked
	d := p.Decide(*q)
	if d.Verdict == e.Expect && (e.Rule == "" || e.Rule == d.Rule) {
		return d.Verdict, ""
	}
	return d.Verdict, fmt.Sprintf("%s %s %s %s: expected %s, got %s.", q.Direction, q.Type, toOrFrom(q.Direction), q.Peer,
		withRule(e.Expect, e.Rule), withRule(d.Verdict, d.Rule))
}

func toOrFrom(d policy.Direction) string {
	if d == policy.Receive {
		return "from"
	}
	return "to"
}

func withRule(v policy.Verdict, rule string) string {
	if rule == "" {
		return string(v)
	}
	return string(v) + " (rule " + rule + ")"
}
