package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// sendFlags go with a message on its way out.
type sendFlags struct {
	to, key string
	attach  []string
	wait    bool
}

func (f *sendFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.attach, "attach", nil, "attach a `FILE[:category]`; may be repeated")
	cmd.Flags().StringVar(&f.key, "key", "", "an idempotency `key`: the same key sends a message once only (default: a new one)")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for the peer's receipt, as long as --timeout allows")
}

func (c *cli) messageSendCommand() *cobra.Command {
	var f sendFlags
	cmd := c.changes(c.verb("send FILE", "Send a message; - reads it from stdin.",
		"comity message send request.json --to NL\ncomity message send request.json --to NL --attach statement.pdf:fin.transaction --wait",
		func(ctx context.Context, args []string) error { return c.messageSend(ctx, args[0], f) }))
	cmd.Long = "Send a message: a JSON file. id, version, from, to and created may be left out of it.\n\n" +
		"When this succeeds, the message is stored and queued. It is accepted when the peer's signed receipt is here:\n" +
		"see comity message trace, or use --wait. With --dry-run nothing is stored; it says whether the policy would let it go."
	cmd.Flags().StringVar(&f.to, "to", "", "the peer's `code`; may be left out if the file says it")
	f.flags(cmd)
	return cmd
}

func (c *cli) messageSend(ctx context.Context, file string, f sendFlags) error {
	o, err := c.readDraft(file, f.attach)
	if err != nil {
		return err
	}
	var to schema.Jurisdiction
	if f.to != "" {
		if to, err = schema.ParseJurisdiction(f.to); err != nil {
			return err
		}
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error { return c.send(ctx, n, o, to, f) })
}

// readDraft reads a message file and adds what is to be attached.
func (c *cli) readDraft(file string, attach []string) (*outgoing, error) {
	raw, err := c.readFile(file)
	if err != nil {
		return nil, err
	}
	o, err := readOutgoing(raw)
	if err != nil {
		return nil, placed(file, err)
	}
	return o, o.attach(attach)
}

func (c *cli) messageReplyCommand() *cobra.Command {
	var f sendFlags
	cmd := c.changes(c.verb("reply ID FILE", "Answer a message.", "comity message reply 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b answer.json",
		func(ctx context.Context, args []string) error { return c.messageReply(ctx, args[0], args[1], f) }))
	cmd.Long = "Answer a message: it is sent to the peer that the first one came from, and refers to it.\n\ncomity types show TYPE says which types may answer."
	f.flags(cmd)
	return cmd
}

func (c *cli) messageReply(ctx context.Context, to, file string, f sendFlags) error {
	id, err := schema.ParseID(to)
	if err != nil {
		return err
	}
	o, err := c.readDraft(file, f.attach)
	if err != nil {
		return err
	}
	if err := o.reply(to); err != nil {
		return err
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		asked, err := n.Trace(ctx, id, "")
		if err != nil {
			return err
		}
		return c.send(ctx, n, o, asked.Peer, f)
	})
}

// sentJSON is what send answers as JSON.
type sentJSON struct {
	ID    schema.ID  `json:"id"`
	State node.State `json:"state"`
	Code  string     `json:"code,omitempty"` // after --wait, why it was refused
}

func (c *cli) send(ctx context.Context, n *web.Client, o *outgoing, to schema.Jurisdiction, f sendFlags) error {
	if f.key == "" {
		f.key = uuid.NewString()
	}
	sent, err := n.Send(ctx, web.SendRequest{Body: o.bytes(), To: to, Key: f.key, DryRun: c.dryRun})
	if err != nil {
		if sent != nil {
			return &denial{asProblem(err), sent.Decision}
		}
		return err
	}
	if c.dryRun {
		return c.print(sent, func(w io.Writer) { fmt.Fprint(w, wouldBe(sent.Decision.Verdict)+"\n"+safeLines(sent.Decision.Text())) })
	}
	if f.wait {
		return c.sendAndWait(ctx, n, sent.ID)
	}
	if sent.State == node.Held {
		c.note("it waits for release by a second person: comity release show %s", sent.ID)
	}
	return c.printSent(sentJSON{ID: sent.ID, State: sent.State})
}

func wouldBe(v policy.Verdict) string {
	if v == policy.Hold {
		return "would be held for release by a second person"
	}
	return "would be queued"
}

func (c *cli) printSent(s sentJSON) error {
	return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "%s  %s%s\n", s.ID, s.State, space(s.Code)) })
}

// sendAndWait follows a queued message until a receipt settles it.
func (c *cli) sendAndWait(ctx context.Context, n *web.Client, id schema.ID) error {
	last := sentJSON{ID: id, State: node.Queued}
	for last.State == node.Queued && pause(ctx, 20*time.Millisecond) == nil {
		m, err := n.Trace(ctx, id, node.Out)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil {
			last.State, last.Code = m.State, m.Code
		}
	}
	if err := c.printSent(last); err != nil {
		return err
	}
	return outcome(last)
}

// outcome is the error of a message that did not become accepted.
func outcome(s sentJSON) error {
	switch s.State {
	case node.Queued:
		return &schema.Problem{Kind: schema.Unreachable, Code: "still_queued", Detail: "The message is stored and queued, and the peer's receipt has not come yet.",
			Fix: "Nothing is lost: the node goes on trying. Look later with comity message trace " + string(s.ID) + "."}
	case node.Held:
		return &schema.Problem{Kind: schema.NotAllowed, Code: "needs_release", Detail: "The message is stored and waits for the release by a second person.",
			Fix: "Somebody else looks at it with comity release show " + string(s.ID) + " and releases it, or returns it."}
	case node.Refused, node.Denied:
		fix := "See comity message trace " + string(s.ID) + "."
		if r := explained(s.Code); r != nil {
			fix = r.Meaning + " " + r.Fix
		}
		return &schema.Problem{Kind: schema.NotAllowed, Code: s.Code, Detail: "The message was " + string(s.State) + ".", Fix: fix}
	}
	return nil
}
