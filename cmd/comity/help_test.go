package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryExampleIsARightCommand parses every example of every help text.
func TestEveryExampleIsARightCommand(t *testing.T) {
	seen := 0
	walk((&cli{}).root(), func(cmd *cobra.Command) {
		if cmd.Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			seen++
			if err := parses(cmd.CommandPath(), split(strings.TrimSpace(line))); err != nil {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	})
	if seen < 30 {
		t.Errorf("found only %d examples", seen)
	}
}

// walk visits every verb that is ours.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	for _, sub := range cmd.Commands() {
		if sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		if sub.HasSubCommands() {
			walk(sub, visit)
		} else {
			visit(sub)
		}
	}
}

// parses finds the verb of a command line and checks its flags and operands.
func parses(path string, line []string) error {
	cmd, rest, err := (&cli{}).root().Find(line[1:])
	if err != nil {
		return err
	}
	if cmd.CommandPath() != path {
		return misuse(cmd, "an example of "+path)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return cmd.Args(cmd, cmd.Flags().Args())
}

// split splits a command line at spaces outside double quotes.
func split(line string) []string {
	var list []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}
