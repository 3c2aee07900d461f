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

func (c *cli) messageTraceCommand() *cobra.Command {
	var box string
	cmd := c.verb("trace ID", "Tell a message's way, without opening it.", "comity message trace 0198f3c2-7c1e-7b52-9d7a-3a5f0c1d2e4b",
		c.message(&box, c.messageTrace))
	boxFlag(cmd, &box)
	return cmd
}

func (c *cli) messageTrace(ctx context.Context, n *web.Client, id schema.ID, box node.Box) error {
	m, err := n.Trace(ctx, id, box)
	if err != nil {
		return err
	}
	return c.print(m, func(w io.Writer) { printTrace(w, m) })
}

func printTrace(w io.Writer, m *web.Message) {
	fmt.Fprintf(w, "%s  %s  %s %s  %s\n", m.ID, safe(m.Type), direction(m.Box), m.Peer, safe(stateText(&m.Item)))
	var rows [][]string
	for _, s := range m.Steps {
		rows = append(rows, []string{"  " + stamp(s.At), stepText(&s, m)})
	}
	table(w, "", rows)
	if d := m.Dispute; d != nil {
		for _, line := range disputeLines(m.Peer, d) {
			fmt.Fprintln(w, "  "+safe(line))
		}
	} else if m.State == node.Queued {
		fmt.Fprintf(w, "  no receipt yet: the node goes on trying; comity peer show %s says how the link is\n", m.Peer)
	}
	if m.State == node.Held || m.State == node.Quarantined {
		fmt.Fprintf(w, "  waits for release by a second person, to be decided by %s: comity release show %s\n", stamp(m.Deadline), m.ID)
	}
	if r := explained(m.Code); r != nil {
		fmt.Fprintf(w, "  %s: %s %s\n", r.Code, r.Meaning, r.Fix)
	}
}

func direction(b node.Box) string {
	if b == node.In {
		return "from"
	}
	return "to"
}

// stepText says in words what a journal line means for one message.
func stepText(s *node.Step, m *web.Message) string {
	switch s.Act {
	case "message.submitted":
		return fmt.Sprintf("submitted by %s, allowed by rule %s (policy %.12s…)", s.Actor, s.Detail["rule"], s.Detail["policy"])
	case "message.held":
		if s.Actor == "node" {
			return fmt.Sprintf("held again: the policy of today (%.12s…) lets it out after a release only", s.Detail["policy"])
		}
		return fmt.Sprintf("submitted by %s, held by rule %s (policy %.12s…) for a second person", s.Actor, s.Detail["rule"], s.Detail["policy"])
	case "message.quarantined":
		return "received from " + s.Detail["peer"] + ", signature verified ✓, held in quarantine"
	case "message.released":
		return fmt.Sprintf("released by %s under rule %s (policy %.12s…)", s.Actor, s.Detail["rule"], s.Detail["policy"])
	case "message.returned":
		return "returned to its author by " + s.Actor
	case "message.discarded":
		return "discarded by " + s.Actor
	case "message.expired":
		return "expired: nobody released it in time"
	case "message.denied":
		if s.Detail["code"] == "erased" {
			return "stopped: it was erased before it left"
		}
		return "stopped: the policy of today does not let it out" + space(s.Detail["code"])
	case "message.erased":
		return "content erased by " + s.Actor + ": " + s.Detail["reason"]
	case "duty.made", "duty.done", "duty.cancelled", "duty.overdue":
		return "duty " + strings.TrimPrefix(s.Act, "duty.") + ": " + s.Detail["kind"] + space(s.Detail["due"])
	case "message.read":
		return "read by " + s.Actor
	case "message.received":
		return "received from " + s.Detail["peer"] + ", signature verified ✓"
	case "message.repeated":
		return "came again, already here"
	case "message.requeued":
		return "waits again: " + s.Detail["peer"] + " has lost it, with " + pouchText(s.Detail["pouch"])
	case "message.refused":
		return "refused: " + s.Detail["code"]
	case "event.noted":
		return fmt.Sprintf("noted by %s: %s at %s", s.Actor, s.Detail["event"], s.Detail["at"])
	case "pouch.committed":
		return "packed into " + pouchText(s.Detail["pouch"])
	case "pouch.received":
		return "arrived in " + pouchText(s.Detail["pouch"])
	case "receipt.verified":
		return verdictText(m)
	}
	return s.Act + " by " + s.Actor + space(details(s.Detail))
}

// pouchText reads a place in a ledger, "out/NL/1/42": direction, peer, epoch, number.
func pouchText(ledger string) string {
	part := strings.Split(ledger, "/")
	if len(part) != 4 {
		return "pouch " + ledger
	}
	return "pouch " + part[3] + " (epoch " + part[2] + ")"
}

// verdictText is the peer's verdict on this one message of the pouch.
func verdictText(m *web.Message) string {
	if m.State == node.Refused {
		return fmt.Sprintf("refused by %s: %s (receipt verified ✓)", m.Peer, m.Code)
	}
	return fmt.Sprintf("accepted by %s (receipt verified ✓)", m.Peer)
}
