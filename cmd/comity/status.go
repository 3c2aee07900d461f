package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
)

func (c *cli) statusCommand() *cobra.Command {
	var wait bool
	cmd := c.verb("status", "Show the node at a glance.", "comity status --node be\ncomity status --wait --timeout 10s",
		func(ctx context.Context, _ []string) error { return c.status(ctx, wait) })
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the node answers, as long as --timeout allows")
	return cmd
}

func (c *cli) status(ctx context.Context, wait bool) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		s, err := n.Status(ctx)
		for wait && err != nil && asProblem(err).Code == "node_not_running" {
			if pause(ctx, 50*time.Millisecond) != nil {
				return err // that no node answers says more than that time is up
			}
			s, err = n.Status(ctx)
		}
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { printStatus(w, s) })
	})
}

func printStatus(w io.Writer, s *web.Status) {
	version := "none: nothing crosses until you apply one"
	if s.Policy.Version > 0 {
		version = fmt.Sprintf("version %d  %.12s…", s.Policy.Version, s.Policy.SHA256)
	}
	table(w, "", [][]string{
		{"node", string(s.Card.Code) + "  " + s.Card.Name},
		{"program", s.Version + "  since " + stamp(s.Started)},
		{"card", fmt.Sprintf("serial %d, valid to %s", s.Card.Serial, stamp(s.Card.Expires))},
		{"policy", version},
		{"journal", strconv.FormatInt(s.Journal.Size, 10) + " entries"},
		{"messages", counts(s.Counts)},
		{"release", backlog(&s.Waiting)},
		{"duties", fmt.Sprintf("%d open, %d overdue", s.Duties.Open, s.Duties.Overdue)},
	})
	if s.Duties.Overdue > 0 {
		fmt.Fprintln(w, "! duties are overdue: comity task list --due-before "+time.Now().UTC().Format(time.RFC3339))
	}
	printPeers(w, s.Peers)
}

// counts by box and state over all peers: "out accepted 3, in received 1".
func counts(list []web.Count) string {
	type kind struct {
		box   node.Box
		state node.State
	}
	sum := map[kind]int64{}
	var order []kind
	for _, n := range list {
		k := kind{n.Box, n.State}
		if _, seen := sum[k]; !seen {
			order = append(order, k)
		}
		sum[k] += n.N
	}
	var parts []string
	for _, k := range order {
		parts = append(parts, fmt.Sprintf("%s %s %d", k.box, k.state, sum[k]))
	}
	return dash(strings.Join(parts, ", "))
}

// backlog says how much waits for release, and the nearest deadline.
func backlog(b *web.Backlog) string {
	if b.Held+b.Quarantined == 0 {
		return "-"
	}
	return fmt.Sprintf("%d held, %d in quarantine, the first to be decided by %s", b.Held, b.Quarantined, stamp(b.Nearest))
}

// printPeers writes one line a peer, and under it what to do if its link is in trouble.
func printPeers(w io.Writer, peers []web.Peer) {
	if len(peers) == 0 {
		fmt.Fprintln(w, "no peers yet: comity peer add CARD --fingerprint \"…\"")
		return
	}
	var rows [][]string
	var advice []string
	for _, p := range peers {
		link := readLink(p.Link)
		rows = append(rows, []string{string(p.Code), link.state(p.Suspended), strconv.FormatInt(p.Queued, 10), stamp(link.LastOK),
			fmt.Sprintf("%d to %s", p.Serial, stamp(p.Expires)), p.Name})
		advice = append(advice, link.advice(&p)...)
	}
	table(w, "PEER LINK QUEUED LAST_RECEIPT CARD NAME", rows)
	for _, line := range advice {
		fmt.Fprintln(w, safe(line))
	}
}

// link is a gateway's link as it travels; the admin socket answers in its form.
type link gateway.LinkState

func readLink(raw json.RawMessage) *link {
	l := new(link)
	if len(raw) > 0 && json.Unmarshal(raw, l) != nil {
		return new(link)
	}
	return l
}

// peerAbsent is the code of a link that has a route on which nobody answers.
const peerAbsent = "peer_absent"

func (l *link) state(suspended bool) string {
	if suspended {
		return "suspended"
	}
	if l.Code == peerAbsent {
		return "absent"
	}
	for _, r := range l.Routes {
		if r.Connected {
			return "connected"
		}
	}
	return "down"
}

// advice on what keeps a peer from working.
func (l *link) advice(p *web.Peer) (lines []string) {
	if !p.Mentioned {
		lines = append(lines, "! "+string(p.Code)+"  no rule mentions "+string(p.Code)+": nothing will cross until you add one")
	}
	for i := range p.Disputes {
		lines = append(lines, disputeLines(p.Code, &p.Disputes[i])...)
	}
	if l.Code != "" && !disputed(p.Disputes, l.Code) {
		lines = append(lines, "! "+string(p.Code)+"  "+l.Code+space(l.Fix)+nextTry(l.NextTry))
	}
	return lines
}

func nextTry(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " Next try " + stamp(t) + "."
}
