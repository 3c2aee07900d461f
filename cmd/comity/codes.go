package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) explainCommand() *cobra.Command {
	cmd := c.verb("explain CODE", "Say what a code of a receipt or a link means and what to do.", "comity explain duplicate_id",
		func(_ context.Context, args []string) error { return c.explain(args[0]) })
	cmd.Long = "Say what a code of a receipt or a link means and what to do.\n\nA receipt carries only a code: the refusing node keeps the reason. All other errors say by themselves what to do."
	return cmd
}

// codeJSON is one public code explained.
type codeJSON struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
}

func (c *cli) explain(code string) error {
	r := explained(code)
	if r == nil {
		return &schema.Problem{Kind: schema.NotFound, Code: "unknown_code", Detail: "No receipt and no link has the code " + safe(code) + ".",
			Fix: "Errors with other codes say by themselves what to do."}
	}
	return c.print(codeJSON{r.Code, r.Meaning, r.Fix}, func(w io.Writer) {
		fmt.Fprintf(w, "%s\n  %s\n  next %s\n", r.Code, r.Meaning, r.Fix)
	})
}

// explained finds a code of the border, nil if there is none by that name.
func explained(code string) *gateway.Explained {
	for _, r := range slices.Concat(gateway.MessageCodes, gateway.PouchCodes, gateway.LinkCodes) {
		if r.Code == code {
			return &r
		}
	}
	return nil
}
