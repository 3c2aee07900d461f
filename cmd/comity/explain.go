package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// asking is where a question comes from and whom it is put to.
type asking struct {
	asked
	message string // a message file, instead of what is typed
	policy  string // a policy file, instead of the node
}

func (c *cli) policyExplainCommand() *cobra.Command {
	var a asking
	cmd := c.verb("explain", "Say whether something may cross, and why.",
		"comity policy explain --to NL --type mla.request --category id.name,bio.fingerprint\ncomity policy explain --file request.json",
		func(ctx context.Context, _ []string) error { return c.policyExplain(ctx, a) })
	cmd.Long = "Say whether something may cross, and why.\n\nIt asks the policy in force at the node, or with --policy a file; then no node is needed.\n" +
		"With --file the question is a whole message; --to, --from and --day then stand above what the file says.\n" +
		"The exit code is 0 for ALLOW, 0 for HOLD, which may cross after a release, and 4 for DENY."
	f := cmd.Flags()
	f.StringVar(&a.To, "to", "", "the `peer` it would go to")
	f.StringVar(&a.From, "from", "", "the `peer` it would come from")
	f.StringVar(&a.message, "file", "", "a `message` to ask about, as JSON; - reads it from stdin")
	f.StringVar(&a.Type, "type", "", "the message `type`")
	f.StringSliceVar(&a.Categories, "category", nil, "data `categories` in it, separated by commas")
	f.StringVar(&a.Subject, "subject", "", "the data is about a person of this `category`, such as victim")
	f.BoolVar(&a.Minor, "minor", false, "the data is about a person under 18")
	f.StringVar(&a.Marking, "marking", "", "its `marking`: unclassified or restricted")
	f.StringSliceVar(&a.Codes, "code", nil, "handling `codes` that stand on it")
	f.StringVar(&a.Instrument, "instrument", "", "its legal `instrument`, such as EIO")
	f.StringSliceVar(&a.Purposes, "purpose", nil, "`purposes` that it states")
	f.StringSliceVar(&a.Languages, "language", nil, "`languages` that it states, such as nl")
	f.StringVar(&a.Day, "day", "", "the `date` on which it would cross (default: today)")
	f.StringVar(&a.policy, "policy", "", "ask this policy `file` instead of the node")
	return cmd
}

func (c *cli) policyExplain(ctx context.Context, a asking) error {
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	q, err := c.asks(a, catalogue)
	if err != nil {
		return err
	}
	d, err := c.answer(ctx, q, a.policy)
	if err != nil {
		return err
	}
	if err := c.print(d, func(w io.Writer) { fmt.Fprint(w, safeLines(d.Text())) }); err != nil || d.Verdict != policy.Deny {
		return err
	}
	return &schema.Problem{Kind: schema.NotAllowed, Code: "policy_denied", Detail: "The policy does not allow this.", Fix: "Add a rule that covers it, or take out what is not covered."}
}

// asks makes the question of what was typed, or of a message file.
func (c *cli) asks(a asking, catalogue *schema.Catalogue) (policy.Question, error) {
	if a.message != "" {
		return c.askAbout(a, catalogue)
	}
	if a.Type == "" {
		return policy.Question{}, missing("type", "Name the message type, which comity types list shows, or a message with --file.")
	}
	return a.question(catalogue)
}

// askAbout makes the question of a message. It may lack what the node adds when it
// is sent.
func (c *cli) askAbout(a asking, catalogue *schema.Catalogue) (q policy.Question, err error) {
	if a.Type+a.Subject+a.Marking+a.Instrument != "" || a.Minor || len(a.Categories)+len(a.Codes)+len(a.Purposes)+len(a.Languages) > 0 {
		return q, &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "With --file the message itself says what it holds.", Fix: "Give --file with --to, --from, --day and --policy only, or leave it out."}
	}
	if a.To != "" && a.From != "" {
		return q, &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "A message either leaves or arrives.", Fix: "Give --to or --from, not both."}
	}
	day, err := parseDay(a.Day)
	if err != nil {
		return q, err
	}
	m, err := c.readMessage(a, catalogue)
	if err != nil {
		return q, err
	}
	q = policy.Ask(m, m.To.Jurisdiction(), policy.Send, day)
	if peer := a.To + a.From; peer != "" {
		if q.Peer, err = schema.ParseJurisdiction(peer); err != nil {
			return q, err
		}
	}
	if a.From != "" {
		q.Direction = policy.Receive
	}
	return q, nil
}

// readMessage reads a message file and adds what may be left out of it: an id, the
// time, and addresses that no policy looks at.
func (c *cli) readMessage(a asking, catalogue *schema.Catalogue) (*schema.Message, error) {
	text, err := c.readFile(a.message)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	draft := schema.Draft{ID: schema.ID(id.String()), Created: time.Now()}
	if peer := a.To + a.From; peer != "" {
		draft.To, draft.From = schema.Address(peer+"/office"), schema.Address(peer+"/office")
	}
	raw, _, err := catalogue.Complete(text, draft)
	if err != nil {
		return nil, placed(a.message, err)
	}
	m, err := catalogue.Read(raw)
	if err != nil {
		return nil, placed(a.message, err)
	}
	return m, nil
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
	if q.Day.IsZero() {
		q.Day = time.Now()
	}
	return p.Explain(q), nil
}
