package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/program"
)

// closing is how long a node may take to finish what is under way.
const closing = 10 * time.Second

func (c *cli) serveCommand() *cobra.Command {
	cmd := c.verb("serve", "Run the node until it is told to stop.", "comity serve --node be",
		func(ctx context.Context, _ []string) error { return c.serve(ctx) })
	cmd.Long = "Run the node until Ctrl-C or SIGTERM.\n\nWhen it is ready it prints one line: on stderr, or with --json on stdout.\n" +
		"Its log goes to stderr, one JSON object a line; to a terminal as plain text."
	return cmd
}

func (c *cli) serve(ctx context.Context) error {
	config, err := program.ReadConfig(c.node)
	if err != nil {
		return err
	}
	config.Version = version().Version
	log, err := c.logger(config.LogLevel)
	if err != nil {
		return err
	}
	program.Tune()
	p, err := program.Open(ctx, config, log)
	if err != nil {
		return err
	}
	c.ready(p)
	if err := c.first(ctx, p); err != nil {
		log.Error().Err(err).Msg("no link for the first operator")
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	return p.Close(end)
}

// readyJSON is the one line that a supervisor waits for.
type readyJSON struct {
	Ready  bool   `json:"ready"`
	Code   string `json:"code"`
	Listen string `json:"listen,omitempty"`
	Web    string `json:"web,omitempty"`
	Socket string `json:"socket"`
}

func (c *cli) ready(p *program.Program) {
	line := readyJSON{true, string(p.Card.Jurisdiction), p.Host.Addr(), p.URL(), p.Config.SocketPath()}
	if c.json {
		c.print(line, nil)
		return
	}
	c.note("ready  %s  %s", line.Code, safe(p.Card.Name))
	if line.Listen != "" {
		c.note("  peers   tls://%s", line.Listen)
	}
	if line.Web != "" {
		c.note("  web     %s", line.Web)
	}
	c.note("  socket  %s", safe(line.Socket))
	c.note("Ctrl-C stops.")
}

// first gives the first operator a link to enrol with: on a terminal, else in a file
// that only the node's own user reads. It does nothing once there is a user.
func (c *cli) first(ctx context.Context, p *program.Program) error {
	link, err := p.Web.FirstLink(ctx)
	if err != nil || link == "" {
		return err
	}
	if terminal(c.err) && !c.json {
		c.note("  first operator: make your passkey at %s", link)
		return nil
	}
	file := filepath.Join(p.Config.Dir, "enrol.url")
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(file, []byte(link+"\n"), 0o600); err != nil {
		return err
	}
	c.note("  first operator: the link to make your passkey is in %s", safe(file))
	return nil
}

// logger writes to stderr: JSON lines, or plain text for a person.
func (c *cli) logger(level string) (zerolog.Logger, error) {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		return zerolog.Nop(), fmt.Errorf("read log_level: %w", err)
	}
	var w io.Writer = c.err
	if terminal(c.err) {
		w = zerolog.ConsoleWriter{Out: c.err, NoColor: c.noColor, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger(), nil
}
