package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/schema"
)

// typesImportCommand makes drafts. They still lack what the foreign form does not
// hold, so that comity types validate tells what is to be added.
func (c *cli) typesImportCommand() *cobra.Command {
	return c.group("import", "Turn a foreign form into a draft of a message.",
		c.conversion("interpol FILE", "Turn one public INTERPOL notice (JSON) into a draft of notice.wanted.",
			"comity types import interpol notice.json -o wanted.json", schema.ImportNotice),
		c.conversion("case FILE", "Turn a CASE/UCO graph (JSON-LD) into a draft of evidence.custody.",
			"comity types import case lab.jsonld -o custody.json", schema.ImportCASE))
}

func (c *cli) typesExportCommand() *cobra.Command {
	return c.group("export", "Write what a message holds in a foreign form.",
		c.conversion("case FILE", "Write the chain of custody in a message as a CASE/UCO graph (JSON-LD).",
			"comity types export case custody.json -o lab.jsonld", schema.ExportCASE))
}

// conversion is the verb that writes one file in another form.
func (c *cli) conversion(use, short, example string, form func([]byte) ([]byte, error)) *cobra.Command {
	var to string
	cmd := c.verb(use, short, example, func(_ context.Context, args []string) error { return c.convert(args[0], to, form) })
	cmd.Flags().StringVarP(&to, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

func (c *cli) convert(from, to string, form func([]byte) ([]byte, error)) error {
	raw, err := c.readFile(from)
	if err != nil {
		return err
	}
	converted, err := form(raw)
	if err != nil {
		return findings(err)
	}
	return c.export(to, append(bytes.TrimSuffix(converted, []byte{'\n'}), '\n'))
}
