package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) messageCommand() *cobra.Command {
	return c.group("message", "Messages to and from peers.",
		c.messageSendCommand(), c.messageReplyCommand(), c.messageListCommand(),
		c.messageShowCommand(), c.messageTraceCommand(), c.messageReadingsCommand(), c.messageExportCommand(),
		c.messageEventCommand(), c.messageEraseCommand())
}

// message makes the action of a verb that takes one message's id; box is where to
// look, "" for both.
func (c *cli) message(box *string, do func(context.Context, *web.Client, schema.ID, node.Box) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		id, err := schema.ParseID(args[0])
		if err != nil {
			return err
		}
		b, err := parseBox(*box)
		if err != nil {
			return err
		}
		return c.ask(ctx, func(ctx context.Context, n *web.Client) error { return do(ctx, n, id, b) })
	}
}

func boxFlag(cmd *cobra.Command, box *string) {
	cmd.Flags().StringVar(box, "box", "", "`in` for received, out for sent messages")
}

func parseBox(s string) (node.Box, error) {
	switch b := node.Box(s); b {
	case "", node.In, node.Out:
		return b, nil
	}
	return "", &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "There is no box " + safe(s) + ".", Fix: "Use --box in or --box out."}
}

// listFlags choose messages.
type listFlags struct {
	box, state, kind, peer, ref, after string
	limit                              int
}

func (c *cli) messageListCommand() *cobra.Command {
	var f listFlags
	cmd := c.verb("list", "List messages, newest first.", "comity message list --box in --peer BE",
		func(ctx context.Context, _ []string) error { return c.messageList(ctx, f) })
	boxFlag(cmd, &f.box)
	cmd.Flags().StringVar(&f.state, "state", "", "`queued`, accepted, refused, denied, received, held, returned or expired")
	cmd.Flags().StringVar(&f.kind, "type", "", "a message `type`")
	cmd.Flags().StringVar(&f.peer, "peer", "", "a peer's `code`")
	cmd.Flags().StringVar(&f.ref, "case", "", "a case `reference`")
	cmd.Flags().IntVar(&f.limit, "limit", 50, "how many, at most 100")
	cmd.Flags().StringVar(&f.after, "after", "", "go on after a page: its \"next\" `cursor`")
	return cmd
}

func (c *cli) messageList(ctx context.Context, f listFlags) error {
	box, err := parseBox(f.box)
	if err != nil {
		return err
	}
	filter := web.MessageFilter{Box: box, State: node.State(f.state), Type: f.kind, Peer: schema.Jurisdiction(f.peer),
		Case: f.ref, After: web.Cursor(f.after), Limit: f.limit}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Messages(ctx, filter)
		if err != nil {
			return err
		}
		if err := c.print(page, func(w io.Writer) { printItems(w, page.Items) }); err != nil {
			return err
		}
		if page.Next != "" {
			c.note("more: --after %s", page.Next)
		}
		return nil
	})
}

func printItems(w io.Writer, items []web.Item) {
	if len(items) == 0 {
		fmt.Fprintln(w, "no messages")
		return
	}
	var rows [][]string
	for _, i := range items {
		rows = append(rows, []string{string(i.ID), string(i.Box), string(i.Peer), stateText(&i), i.Type, stamp(i.Stored), dash(i.Case), i.Subject})
	}
	table(w, "ID BOX PEER STATE TYPE AT CASE SUBJECT", rows)
}

// stateText is the state and, if there is one, the code that explains it.
func stateText(i *web.Item) string {
	text := string(i.State)
	if i.Code != "" {
		text += " (" + i.Code + ")"
	}
	if !i.Erased.IsZero() {
		text += ", erased (" + i.Reason + ")"
	}
	return text
}

func (c *cli) messageShowCommand() *cobra.Command {
	var box, why string
	cmd := c.verb("show ID", "Read a message. The journal records that you did.", "comity message show 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b",
		c.message(&box, because(&why, c.messageShow)))
	boxFlag(cmd, &box)
	reasonFlag(cmd, &why)
	return cmd
}

func (c *cli) messageShow(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
	m, err := n.Message(ctx, id, box)
	if err != nil {
		return err
	}
	return c.print(m, func(w io.Writer) { printMessage(w, m) })
}

func printMessage(w io.Writer, m *web.Message) {
	rows := [][]string{
		{"message", string(m.ID)}, {"state", stateText(&m.Item)}, {"type", m.Type},
		{"from", string(m.From)}, {"to", string(m.To)}, {"case", dash(m.Case)}, {"subject", m.Subject},
		{"created", stamp(m.Created)}, {"sha256", m.SHA256},
	}
	if m.Reason != "" {
		rows = append(rows, []string{"returned", m.Reason})
	}
	for _, a := range m.Attachments {
		rows = append(rows, []string{"attachment", fmt.Sprintf("%s  %d octets  %s", a.Name, a.Size, a.SHA256)})
	}
	for _, a := range m.Amended {
		rows = append(rows, []string{"amended by", fmt.Sprintf("%s  %s  %s", a.ID, a.Type, stamp(a.Stored))})
	}
	for _, d := range m.Duties {
		rows = append(rows, []string{"duty", fmt.Sprintf("%d  %s  %s", d.N, d.Kind, dueText(&d))})
	}
	for _, a := range m.Answers {
		rows = append(rows, []string{"answer", fmt.Sprintf("%s  %s  %s", a.ID, a.Type, stamp(a.Stored))})
	}
	table(w, "", rows)
	fmt.Fprintln(w)
	printBody(w, m)
}

// printBody shows the content in English labels; for a type that this program does
// not know, the JSON as it is.
func printBody(w io.Writer, m *web.Message) {
	catalogue, err := schema.Load()
	if err != nil {
		fmt.Fprintln(w, safeLines(string(m.Message)))
		return
	}
	read, err := catalogue.Again(m.Message)
	if err != nil {
		fmt.Fprintln(w, safeLines(string(m.Message)))
		return
	}
	var rows [][]string
	for _, f := range catalogue.View(read, "en") {
		rows = append(rows, []string{strings.Repeat("  ", f.Depth) + f.Label, f.Value})
	}
	table(w, "", rows)
}

func (c *cli) messageExportCommand() *cobra.Command {
	var box, file, why string
	cmd := c.verb("export ID", "Write the proof that a message was sent and how it was answered.",
		"comity message export 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b -o proof.zip",
		c.message(&box, because(&why, func(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
			return c.messageExport(ctx, n, id, box, file)
		})))
	cmd.Long = "Write the proof that a message was sent and how it was answered, as a zip file.\n\n" +
		"It holds the message, unless that was erased. Anybody can check it with comity verify, or with stock tools: its README says how."
	boxFlag(cmd, &box)
	reasonFlag(cmd, &why)
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

func (c *cli) messageExport(ctx context.Context, n *web.Client, id schema.ID, box node.Box, file string) error {
	if file == "" && terminal(c.out) {
		return missing("output", "A zip file does not belong on a terminal; name a file with -o.")
	}
	bundle, err := n.Proof(ctx, id, box)
	if err != nil {
		return err
	}
	return c.export(file, bundle)
}
