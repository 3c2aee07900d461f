package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/schema"
)

// chainCommands bring a chain of custody in from CASE/UCO and out again.
func (c *cli) chainCommands() []*cobra.Command {
	var draft, graph string
	in := c.verb("import-case FILE", "Make a draft of evidence.custody from a CASE/UCO graph (JSON-LD).", "comity types import-case lab.jsonld -o custody.json",
		func(_ context.Context, args []string) error { return c.convert(args[0], draft, schema.ImportCASE) })
	in.Flags().StringVarP(&draft, "output", "o", "", "the `file` to write (default: stdout)")
	out := c.verb("export-case FILE", "Write the chain of custody of a message as a CASE/UCO graph (JSON-LD).", "comity types export-case custody.json -o lab.jsonld",
		func(_ context.Context, args []string) error { return c.convert(args[0], graph, schema.ExportCASE) })
	out.Flags().StringVarP(&graph, "output", "o", "", "the `file` to write (default: stdout)")
	return []*cobra.Command{in, out}
}

// convert writes one file as another form of it.
func (c *cli) convert(from, to string, form func([]byte) ([]byte, error)) error {
	raw, err := c.readFile(from)
	if err != nil {
		return err
	}
	converted, err := form(raw)
	if err != nil {
		return err
	}
	return c.export(to, append(converted, '\n'))
}
