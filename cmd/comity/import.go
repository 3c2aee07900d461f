package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/schema"
)

func (c *cli) typesImportCommand() *cobra.Command {
	return c.group("import", "Turn a foreign form into a draft of a message.", c.importInterpolCommand(), c.importCaseCommand())
}

func (c *cli) importInterpolCommand() *cobra.Command {
	var file string
	cmd := c.verb("interpol FILE", "Turn one public INTERPOL notice (JSON) into a draft of notice.wanted.", "comity types import interpol notice.json -o wanted.json",
		func(_ context.Context, args []string) error { return c.importInterpol(args[0], file) })
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

// importInterpol writes the draft. It still lacks what is not public, so that
// comity types validate tells what is to be added.
func (c *cli) importInterpol(name, file string) error {
	raw, err := c.readFile(name)
	if err != nil {
		return err
	}
	draft, err := schema.ImportNotice(raw)
	if err != nil {
		return findings(err)
	}
	return c.export(file, draft)
}
