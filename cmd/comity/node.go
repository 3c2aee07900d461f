package main

import (
	"context"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node/web"
)

// ask does something with the node that runs in the directory, within --timeout.
func (c *cli) ask(ctx context.Context, do func(context.Context, *web.Client) error) error {
	config, err := program.ReadConfig(c.node)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	client := web.Dial(config.SocketPath())
	defer client.Close()
	if c.as != "" {
		token, err := c.readToken(c.as)
		if err != nil {
			return err
		}
		client.As(token)
	}
	return do(ctx, client)
}

// askNode asks the policy in force.
func (c *cli) askNode(ctx context.Context, q policy.Question) (d policy.Decision, err error) {
	err = c.ask(ctx, func(ctx context.Context, node *web.Client) error {
		answer, err := node.ExplainPolicy(ctx, q)
		if err == nil {
			d = *answer
		}
		return err
	})
	return d, err
}

// pause waits a moment, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
