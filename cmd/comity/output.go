package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// print writes data to stdout: as one line of JSON, or as text for people.
func (c *cli) print(data any, text func(w io.Writer)) error {
	if !c.json {
		text(c.out)
		return nil
	}
	line, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err = fmt.Fprintf(c.out, "%s\n", safeJSON(line))
	return err
}

// list makes a page of all there is; an empty one is [], not null.
func list[T any](items []T) web.Page[T] {
	if items == nil {
		items = []T{}
	}
	return web.Page[T]{Items: items}
}

// note talks to the person at the terminal, on stderr.
func (c *cli) note(format string, args ...any) {
	if !c.quiet && !c.json {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}

// table writes columns under a header. Every cell is made safe to print.
func table(w io.Writer, header string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	if header != "" {
		fmt.Fprintln(t, strings.Join(strings.Fields(header), "\t"))
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = safe(cell)
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	t.Flush()
}

// stamp is how times are shown: UTC, to the second; a dash for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}

// Colours of a terminal.
const (
	red   = "31"
	green = "32"
)

// paint colours a word if its stream is a terminal and colour is wanted.
func (c *cli) paint(colour string, w io.Writer, s string) string {
	if c.noColor || !terminal(w) {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// confirm asks before a change. Without a terminal to ask on, only --yes goes on.
func (c *cli) confirm(question string) error {
	if c.yes {
		return nil
	}
	if !terminal(c.in) {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "This asks for confirmation, and there is no terminal to ask on.", Fix: "Add --yes."}
	}
	fmt.Fprint(c.err, question+" [y/N] ")
	answer, _ := bufio.NewReader(c.in).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return &schema.Problem{Code: "not_confirmed", Detail: "Nothing was changed."}
}
