package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// Exit codes. Scripts depend on them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitNotAllowed  = 4
	exitConflict    = 5
	exitUnreachable = 6
	exitUnverified  = 7
	exitFindings    = 10
)

// Codes of problems that only the command line has.
const (
	codeUsage    = "usage"
	codeFindings = "checks_failed"
)

// exitCode is the one place where a problem becomes an exit code.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	p := asProblem(err)
	switch p.Code {
	case codeUsage:
		return exitUsage
	case codeFindings:
		return exitFindings
	}
	switch p.Kind {
	case schema.NotFound:
		return exitNotFound
	case schema.NotAllowed:
		return exitNotAllowed
	case schema.Conflict:
		return exitConflict
	case schema.Unreachable:
		return exitUnreachable
	case schema.Unverified:
		return exitUnverified
	}
	return exitFailed
}

// asProblem finds the problem in an error. This is the operator's own machine, so
// an error without a code is shown as it is.
func asProblem(err error) *schema.Problem {
	var p *schema.Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, context.Canceled):
		return &schema.Problem{Code: "interrupted", Detail: "Interrupted."}
	case errors.Is(err, context.DeadlineExceeded):
		return &schema.Problem{Kind: schema.Unavailable, Code: "timeout", Detail: "It took too long.", Fix: "Try again, or allow more time with --timeout."}
	}
	return &schema.Problem{Code: "internal", Detail: err.Error()}
}

// misuse says that a command was not written as it should be.
func misuse(cmd *cobra.Command, detail string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: sentence(detail), Fix: "See " + cmd.CommandPath() + " --help."}
}

// missing says that an option that is always needed was left out.
func missing(option, fix string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "--" + option + " is missing.", Fix: fix}
}

// sentence makes a library's message one: a capital, and a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// denial is a problem with the decision that caused it.
type denial struct {
	*schema.Problem
	Decision policy.Decision
}

func (d *denial) Unwrap() error { return d.Problem }

// finish prints an error, if any, and gives the exit code.
func (c *cli) finish(err error) int {
	if err == nil {
		return exitOK
	}
	var a *web.Awaiting
	if errors.As(err, &a) {
		c.awaits(a)
		return exitOK
	}
	var d *denial
	errors.As(err, &d)
	if c.json {
		c.finishJSON(asProblem(err), d)
	} else {
		c.finishText(asProblem(err), d)
	}
	return exitCode(err)
}

func (c *cli) finishText(p *schema.Problem, d *denial) {
	fmt.Fprintln(c.err, c.paint(red, c.err, "error")+"  "+safe(p.Detail)+" ("+safe(p.Code)+")")
	if p.Pointer != "" {
		fmt.Fprintln(c.err, "  at   "+safe(p.Pointer))
	}
	for _, e := range p.Errors {
		place := safe(e.Pointer)
		if place != "" {
			place += ": "
		}
		fmt.Fprintln(c.err, "  at   "+place+safe(e.Detail)+space(safe(e.Fix)))
	}
	if d != nil {
		fmt.Fprintln(c.err, indent(safeLines(d.Decision.Text())))
	}
	if p.Fix != "" {
		fmt.Fprintln(c.err, "  next "+safe(p.Fix))
	}
}

func space(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

// problemJSON is a problem as one JSON object on stderr.
type problemJSON struct {
	Code     string           `json:"code"`
	Detail   string           `json:"detail"`
	Fix      string           `json:"fix,omitempty"`
	Pointer  string           `json:"pointer,omitempty"`
	Errors   []problemJSON    `json:"errors,omitempty"`
	Decision *policy.Decision `json:"decision,omitempty"`
}

func (c *cli) finishJSON(p *schema.Problem, d *denial) {
	out := toJSON(*p)
	if d != nil {
		out.Decision = &d.Decision
	}
	line, err := json.Marshal(out)
	if err != nil {
		panic("a problem is plain data: " + err.Error())
	}
	fmt.Fprintf(c.err, "%s\n", safeJSON(line))
}

func toJSON(p schema.Problem) problemJSON {
	out := problemJSON{Code: p.Code, Detail: p.Detail, Fix: p.Fix, Pointer: p.Pointer}
	for _, e := range p.Errors {
		out.Errors = append(out.Errors, toJSON(e))
	}
	return out
}
