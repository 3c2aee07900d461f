package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/schema"
)

func (c *cli) typesExportCommand() *cobra.Command {
	return c.group("export", "Write what a message holds in a foreign form.", c.exportCaseCommand())
}

func (c *cli) importCaseCommand() *cobra.Command {
	var file string
	cmd := c.verb("case FILE", "Turn a CASE/UCO graph (JSON-LD) into a draft of evidence.custody.", "comity types import case lab.jsonld -o custody.json",
		func(_ context.Context, args []string) error { return c.convert(args[0], file, schema.ImportCASE) })
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

func (c *cli) exportCaseCommand() *cobra.Command {
	var file string
	cmd := c.verb("case FILE", "Write the chain of custody in a message as a CASE/UCO graph (JSON-LD).", "comity types export case custody.json -o lab.jsonld",
		func(_ context.Context, args []string) error { return c.convert(args[0], file, schema.ExportCASE) })
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

// convert writes one file in another form.
func (c *cli) convert(from, to string, form func([]byte) ([]byte, error)) error {
	raw, err := c.readFile(from)
	if err != nil {
		return err
	}
	converted, err := form(raw)
	if err != nil {
		return findings(err)
	}
	return c.export(to, append(converted, '\n'))
}
