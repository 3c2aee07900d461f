package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/program"
)

// hubFlags of a hub.
type hubFlags struct {
	dir, listen, level string
	init               bool
}

func (c *cli) hubCommand() *cobra.Command {
	var f hubFlags
	cmd := c.verb("hub", "Run a hub that relays sealed pouches between members.",
		"comity hub --init --dir hub\ncomity hub --dir hub --listen 127.0.0.1:4300",
		func(ctx context.Context, _ []string) error { return c.hub(ctx, f) })
	cmd.Long = "Run a hub until Ctrl-C or SIGTERM.\n\nA hub is for nodes that cannot dial each other. It sees who writes to whom and how much; it cannot read anything.\n" +
		"Put the members' cards into cards/ in its folder. The hub follows that folder while it runs.\n" +
		"Members put the endpoint that the hub prints into their own cards: comity init --hub, or comity card renew --hub."
	cmd.Flags().StringVar(&f.dir, "dir", "", "the hub's `folder`")
	cmd.Flags().StringVar(&f.listen, "listen", "", "where members dial in, `host:port`")
	cmd.Flags().BoolVar(&f.init, "init", false, "make the folder and the hub's key; without --listen do only that")
	cmd.Flags().StringVar(&f.level, "log-level", "info", "error, warn, info or debug")
	return cmd
}

func (c *cli) hub(ctx context.Context, f hubFlags) error {
	if f.dir == "" {
		return missing("dir", "Name the hub's folder, for example --dir hub.")
	}
	if f.init {
		if err := c.hubInit(f.dir, f.listen == ""); err != nil || f.listen == "" {
			return err
		}
	}
	if f.listen == "" {
		return missing("listen", "Say where members dial in, for example --listen 0.0.0.0:4300.")
	}
	if err := checkAddr(f.listen); err != nil {
		return err
	}
	log, err := c.logger(f.level)
	if err != nil {
		return err
	}
	h, err := program.OpenHub(ctx, program.HubConfig{Dir: f.dir, Listen: f.listen}, log)
	if err != nil {
		return err
	}
	defer h.Close()
	c.hubReady(h)
	<-ctx.Done()
	return nil
}

// hubInit makes the hub; if it is not run at once, its pin is the answer.
func (c *cli) hubInit(dir string, only bool) error {
	pin, err := program.InitHub(dir)
	if err != nil || !only {
		return err
	}
	return c.print(map[string]string{"dir": dir, "pin": pin.Hex()}, func(w io.Writer) {
		fmt.Fprintf(w, "pin   %s\nnext  put the members' cards into %s, then comity hub --dir %s --listen HOST:PORT\n", pin.Hex(), safe(filepath.Join(dir, "cards")), safe(dir))
	})
}

// hubReady prints the endpoint that members put into their cards.
func (c *cli) hubReady(h *program.Hub) {
	endpoint := "tls://" + h.Addr() + "#" + h.Pin().Hex()
	if c.json {
		c.print(map[string]any{"ready": true, "listen": h.Addr(), "endpoint": endpoint}, nil)
		return
	}
	c.note("ready  hub\n  endpoint  %s", endpoint)
	c.note("Ctrl-C stops.")
}
