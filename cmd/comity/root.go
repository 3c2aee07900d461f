package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// root is the tree of all verbs.
func (c *cli) root() *cobra.Command {
	root := c.group("comity", "Exchange legal-cooperation messages between national authorities.",
		c.demoCommand(), c.initCommand(), c.serveCommand(), c.hubCommand(), c.statusCommand(),
		c.cardCommand(), c.peerCommand(), c.policyCommand(), c.typesCommand(),
		c.messageCommand(), c.releaseCommand(), c.taskCommand(), c.userCommand(), c.safetyCommand(), c.pendingCommand(), c.journalCommand(), c.verifyCommand(), c.explainCommand(), c.versionCommand())
	root.Long = "Comity carries legal-cooperation messages between national authorities.\n" +
		"Each jurisdiction runs its own node. A node judges every message against its own policy,\n" +
		"signs and seals it for one peer, and keeps it until the peer's signed receipt is here."
	root.Example = "  comity init --jurisdiction BE --name \"FPS Justice\" --listen 127.0.0.1:4222\n  comity serve --node be"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return misuse(cmd, err.Error()) })
	c.globalFlags(root)
	return root
}

func (c *cli) globalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&c.node, "node", envOr("COMITY_NODE", "."), "the node's `directory`; $COMITY_NODE sets the default")
	f.StringVar(&c.as, "as", os.Getenv("COMITY_AS"), "speak as the user whose token is in this `file`; $COMITY_AS sets the default")
	f.BoolVar(&c.json, "json", false, "print data and errors as JSON")
	f.BoolVar(&c.quiet, "quiet", false, "print no talk on stderr")
	f.BoolVar(&c.noColor, "no-color", os.Getenv("NO_COLOR") != "", "print no colour; $NO_COLOR does the same")
	f.BoolVar(&c.yes, "yes", false, "do not ask for confirmation")
	f.DurationVar(&c.timeout, "timeout", 30*time.Second, "give up after this long")
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// group is a command that only holds others.
func (c *cli) group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, SuggestionsMinimumDistance: 2, DisableFlagsInUseLine: true}
	g.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		detail := "There is no verb " + safe(args[0]) + " under " + cmd.CommandPath() + "."
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			detail += " Did you mean " + strings.Join(near, " or ") + "?"
		}
		return misuse(cmd, detail)
	}
	g.AddCommand(verbs...)
	return g
}

// verb is a command that does something. Its operands are counted from use:
// upper-case words are wanted, those in brackets may be left out.
func (c *cli) verb(use, short, example string, do func(ctx context.Context, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Example: "  " + strings.ReplaceAll(example, "\n", "\n  "), DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error { return countOperands(cmd, use, args) },
		RunE: func(cmd *cobra.Command, args []string) error { return do(cmd.Context(), args) },
	}
}

func countOperands(cmd *cobra.Command, use string, args []string) error {
	var least, most int
	for _, word := range strings.Fields(use)[1:] {
		most++
		if !strings.HasPrefix(word, "[") {
			least++
		}
	}
	switch {
	case len(args) < least:
		return misuse(cmd, "Something is missing after "+cmd.CommandPath()+".")
	case len(args) > most:
		return misuse(cmd, "There is one word too many: "+safe(args[most])+".")
	}
	return nil
}

// changes gives a verb that changes something the option to only try.
func (c *cli) changes(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "say what would happen and change nothing")
	return cmd
}
