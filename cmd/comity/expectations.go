package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) policyTestCommand() *cobra.Command {
	var file string
	cmd := c.verb("test [FILE]", "Check a policy against a list of expectations. No node is needed.",
		"comity policy test\ncomity policy test draft_test.yaml\ncomity policy test expectations.yaml --policy draft.yaml",
		func(_ context.Context, args []string) error { return c.policyTest(args, file) })
	cmd.Long = `Check a policy against a list of expectations, before you apply it.

FILE is a YAML list. Each entry asks one question and names the answer you expect:

  - send: mla.request            # or "receive:" for what arrives
    to: NL                       # with receive, "from:"
    categories: [id.name, fin.account]
    expect: allow                # or hold, or deny
    rule: nl-mla                 # the rule that must decide

What may be left out of the question: example: true (ask about the message that
comity types example prints), subject: victim, minor: true, instrument: EIO,
marking: restricted, codes: [H1], purposes: [cross-checking], languages: [nl],
day: 2026-11-23 (left out: today).
What may be left out of the answer: rule, approve: [health] (what waits for
release), redact: [health] (what is taken out; left out: nothing),
fails: [marking] (the conditions of the closest rule that fail).

The tests of policy.yaml stand beside it in policy_test.yaml, and FILE says which
policy is meant: draft_test.yaml tests draft.yaml. --policy names another.
Without FILE the node's own policy is tested. The exit code is 10 if any answer
is not the expected one.`
	cmd.Flags().StringVar(&file, "policy", "", "the policy `file` (default: the one beside FILE)")
	return cmd
}

// testsBeside is where the tests of a policy file stand: policy_test.yaml for policy.yaml.
func testsBeside(file string) string {
	ext := filepath.Ext(file)
	return strings.TrimSuffix(file, ext) + "_test" + ext
}

// policyBeside is the policy file whose tests stand in a file, "" if its name does not say.
func policyBeside(tests string) string {
	ext := filepath.Ext(tests)
	if stem, named := strings.CutSuffix(strings.TrimSuffix(tests, ext), "_test"); named {
		if _, err := os.Stat(stem + ext); err == nil {
			return stem + ext
		}
	}
	return ""
}

// policyTest asks every question and reports the answers that surprise.
func (c *cli) policyTest(args []string, policyFile string) error {
	var err error
	if policyFile == "" && len(args) == 1 {
		policyFile = policyBeside(args[0])
	}
	if policyFile == "" {
		if policyFile, err = c.policyPath(nil); err != nil {
			return err
		}
	}
	file := testsBeside(policyFile)
	if len(args) == 1 {
		file = args[0]
	}
	p, err := c.readPolicy(policyFile)
	if err != nil {
		return err
	}
	text, err := c.readFile(file)
	if err != nil {
		return err
	}
	return c.runTests(file, text, p)
}

// tally of a test run, as JSON.
type tally struct {
	Allow int      `json:"allow"`
	Hold  int      `json:"hold"`
	Deny  int      `json:"deny"`
	Fails []string `json:"fails"`
}

func (c *cli) runTests(file string, text []byte, p *policy.Policy) error {
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	expected, err := policy.ReadExpectations(text, catalogue)
	if err != nil {
		return placed(file, err)
	}
	report := expected.Run(p, time.Now())
	t := tally{report.Allow, report.Hold, report.Deny, []string{}}
	for _, f := range report.Failed {
		t.Fails = append(t.Fails, f.Pointer+": "+f.Detail)
	}
	if err := c.print(t, t.text); err != nil || len(report.Failed) == 0 {
		return err
	}
	failed := *asProblem(placed(file, report.Err()))
	failed.Code = codeFindings
	return &failed
}

func (t tally) text(w io.Writer) {
	fmt.Fprintf(w, "ok   %d allow, %d hold, %d deny", t.Allow, t.Hold, t.Deny)
	if len(t.Fails) > 0 {
		fmt.Fprintf(w, "   FAIL %d", len(t.Fails))
	}
	fmt.Fprintln(w)
}

// testsOf reads the tests of a policy: the file named, or the one beside the
// policy if there is one.
func (c *cli) testsOf(policyFile, named string) (file string, text []byte, err error) {
	if named != "" {
		text, err = c.readFile(named)
		return named, text, err
	}
	file = testsBeside(policyFile)
	if _, err := os.Stat(file); policyFile == "-" || errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	text, err = c.readFile(file)
	return file, text, err
}
