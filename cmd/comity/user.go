package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) userCommand() *cobra.Command {
	return c.group("user", "People of this node, and what they may do.",
		c.userAddCommand(),
		c.verb("list", "List the users.", "comity user list", func(ctx context.Context, _ []string) error { return c.userList(ctx) }),
		c.userRolesCommand(),
		c.changes(c.verb("disable NAME", "Keep a user out: sessions and tokens end at once.", "comity user disable a.weber",
			c.userChange("disabled", (*web.Client).DisableUser))),
		c.changes(c.verb("enable NAME", "Let a disabled user back.", "comity user enable a.weber",
			c.userChange("enabled", (*web.Client).EnableUser))),
		c.userTokenCommand(), c.userLinkCommand(), c.userRevokeCommand())
}

const roleHelp = "officer, approver, operator, keyholder, auditor; several with commas"

func (c *cli) userAddCommand() *cobra.Command {
	var u web.User
	var roles, authority string
	cmd := c.changes(c.verb("add NAME", "Add a user.", "comity user add a.weber --role officer,approver --display \"A. Weber\" --authority DE/bfj",
		func(ctx context.Context, args []string) error {
			u.Name, u.Authority = args[0], schema.Address(authority)
			return c.userAdd(ctx, u, roles)
		}))
	cmd.Flags().StringVar(&roles, "role", "", "the user's `roles`: "+roleHelp)
	cmd.Flags().StringVar(&u.Display, "display", "", "the `name` that others see")
	cmd.Flags().StringVar(&authority, "authority", "", "show the user this `authority`'s messages only; without it all of the node's")
	return cmd
}

func (c *cli) userAdd(ctx context.Context, u web.User, roles string) (err error) {
	if u.Roles, err = readRoles(roles); err != nil {
		return err
	}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		added, err := n.AddUser(ctx, u, c.dryRun)
		if err != nil {
			return err
		}
		return c.print(added, func(w io.Writer) { fmt.Fprintf(w, "%s %sadded  %s\n", added.Name, c.would(), roleText(added.Roles)) })
	})
}

// would says that a dry run changed nothing.
func (c *cli) would() string {
	if c.dryRun {
		return "would be "
	}
	return ""
}

func readRoles(s string) ([]node.Role, error) {
	if s == "" {
		return nil, missing("role", "Choose from "+roleHelp+".")
	}
	return node.ParseRoles(strings.Split(s, ","))
}

func roleText(roles []node.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}

func (c *cli) userRolesCommand() *cobra.Command {
	var roles string
	cmd := c.changes(c.verb("roles NAME", "Give a user these roles in place of those before.", "comity user roles a.weber --role officer,auditor",
		func(ctx context.Context, args []string) error {
			list, err := readRoles(roles)
			if err != nil {
				return err
			}
			return c.userChange("now "+roleText(list), func(n *web.Client, ctx context.Context, name string, dry bool) (*web.User, error) {
				return n.SetRoles(ctx, name, list, dry)
			})(ctx, args)
		}))
	cmd.Flags().StringVar(&roles, "role", "", "the user's `roles`: "+roleHelp)
	return cmd
}

// userChange makes the action of a verb that changes one user.
func (c *cli) userChange(done string, change func(*web.Client, context.Context, string, bool) (*web.User, error)) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
			u, err := change(n, ctx, args[0], c.dryRun)
			if err != nil {
				return err
			}
			return c.print(u, func(w io.Writer) { fmt.Fprintf(w, "%s %s%s\n", u.Name, c.would(), done) })
		})
	}
}

func (c *cli) userRevokeCommand() *cobra.Command {
	var passkeys bool
	cmd := c.verb("revoke NAME", "End a user's tokens and sessions; the user stays.", "comity user revoke a.weber\ncomity user revoke a.weber --passkeys",
		func(ctx context.Context, args []string) error { return c.userRevoke(ctx, args[0], passkeys) })
	cmd.Flags().BoolVar(&passkeys, "passkeys", false, "also forget the user's passkeys, because a device is lost")
	return cmd
}

func (c *cli) userRevoke(ctx context.Context, name string, passkeys bool) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		u, err := n.RevokeTokens(ctx, name, passkeys)
		if err != nil {
			return err
		}
		return c.print(u, func(w io.Writer) { fmt.Fprintf(w, "%s signed out everywhere\n", u.Name) })
	})
}

func (c *cli) userList(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Users(ctx)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, u := range page.Items {
			state := "enabled"
			if u.Disabled {
				state = "disabled"
			}
			rows = append(rows, []string{u.Name, state, roleText(u.Roles), dash(string(u.Authority)), fmt.Sprint(len(u.Tokens)), dash(u.Display)})
		}
		return c.print(page, func(w io.Writer) { table(w, "NAME STATE ROLES AUTHORITY TOKENS DISPLAY", rows) })
	})
}
