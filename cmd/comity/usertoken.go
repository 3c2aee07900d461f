package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) userTokenCommand() *cobra.Command {
	var out string
	var days int
	var show bool
	cmd := c.verb("token NAME", "Make a personal token: for --as, and for programs that speak as the user.",
		"comity user token a.weber --out weber.token\ncomity user token a.weber --out weber.token --days 7",
		func(ctx context.Context, args []string) error { return c.userToken(ctx, args[0], out, days, show) })
	cmd.Long = "Make a personal token of a user. It is written to a new file that only you can read, and nowhere else:\n" +
		"the node keeps its SHA-256. Whoever has the file is the user, until it ends or comity user revoke."
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the token to this new `file`, mode 0600")
	cmd.Flags().IntVar(&days, "days", 90, "`days` until it ends, 1 to 366")
	cmd.Flags().BoolVar(&show, "show", false, "print it instead, on a terminal only")
	return cmd
}

func (c *cli) userToken(ctx context.Context, name, out string, days int, show bool) error {
	if days < 1 {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "--days is less than 1.", Fix: "Choose 1 to 366."}
	}
	return c.handOut(ctx, out, show, func(ctx context.Context, n *web.Client) (string, error) {
		t, err := n.MakeToken(ctx, name, days)
		if err != nil {
			return "", err
		}
		c.note("token of %s, ends %s", t.Name, t.Ends.Format(time.DateOnly))
		return t.Token, nil
	})
}

func (c *cli) userLinkCommand() *cobra.Command {
	var out string
	var show bool
	cmd := c.verb("enrol-link NAME", "Make a link by which a user makes a passkey, once.", "comity user enrol-link a.weber --out weber.url",
		func(ctx context.Context, args []string) error {
			return c.handOut(ctx, out, show, func(ctx context.Context, n *web.Client) (string, error) {
				l, err := n.MakeLink(ctx, args[0])
				if err != nil {
					return "", err
				}
				c.note("link of %s, ends %s", l.Name, stamp(l.Ends))
				return l.URL, nil
			})
		})
	cmd.Long = "Make a link by which a user makes a passkey for the pages, once, within a day. It takes the place of one that was not used.\n" +
		"Hand it over in person: whoever opens it first is the user."
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the link to this new `file`, mode 0600")
	cmd.Flags().BoolVar(&show, "show", false, "print it instead, on a terminal only")
	return cmd
}

// handOut puts a secret that make gets from the node where it belongs. One that waits
// for a second operator is handed out all the same.
func (c *cli) handOut(ctx context.Context, out string, show bool, make func(context.Context, *web.Client) (string, error)) error {
	if err := c.secretTo(out, show); err != nil {
		return err
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		var later *web.Awaiting
		err := c.writeSecret(out, func() (string, error) {
			secret, err := make(ctx, n)
			if errors.As(err, &later) {
				return later.Secret, nil
			}
			return secret, err
		})
		if err == nil && later != nil {
			c.note("it is good once it is confirmed")
			return later
		}
		return err
	})
}

// secretTo refuses a place for a secret where others may see it.
func (c *cli) secretTo(out string, show bool) error {
	switch {
	case out == "" && !show:
		return missing("out", "Name a new file; or use --show on a terminal.")
	case out == "-", show && (out != "" || !terminal(c.out)):
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "A secret goes to a file of its own, or is shown on a terminal.", Fix: "Use --out FILE, or --show on a terminal."}
	}
	return nil
}

// writeSecret makes the file before the secret, so that none is made in vain.
func (c *cli) writeSecret(out string, secret func() (string, error)) error {
	return c.exportTo(out, func(w io.Writer) error {
		s, err := secret()
		if err == nil {
			_, err = io.WriteString(w, s+"\n")
		}
		return err
	})
}

// readToken reads the file of --as.
func (c *cli) readToken(file string) (string, error) {
	text, err := c.readFile(file)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		c.note("others can read %s: chmod 600 %s", safe(file), safe(file))
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r < '!' || r > '~' }) {
		return "", &schema.Problem{Kind: schema.Invalid, Code: "bad_token_file", Pointer: file, Detail: "This file holds no token.", Fix: "Name the file that comity user token wrote."}
	}
	return token, nil
}
