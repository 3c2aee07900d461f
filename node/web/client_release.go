package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Releases lists what waits for release, the earliest deadline first; limit 1 to 100, 0 for 50.
func (c *Client) Releases(ctx context.Context, after Cursor, limit int) (*Page[ReleaseItem], error) {
	q := url.Values{}
	set(q, "after", string(after))
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return get[Page[ReleaseItem]](ctx, c, "/v1/releases", q)
}

// OpenRelease shows what a release would let cross, which journals the reading. Its
// Tag names what was seen.
func (c *Client) OpenRelease(ctx context.Context, id schema.ID, box node.Box) (*Release, error) {
	return get[Release](ctx, c, releasePath(id, ""), boxQuery(box))
}

// Release lets a message cross that waits, as it was seen. When today's policy denies
// it, the decision is beside the problem.
func (c *Client) Release(ctx context.Context, id schema.ID, box node.Box, tag string) (*Item, *policy.Decision, error) {
	a, err := c.do(ctx, call{method: http.MethodPost, path: releasePath(id, "/release"), query: boxQuery(box), match: quoted(tag)})
	if err != nil {
		var d *denial
		if errors.As(err, &d) {
			return nil, &d.decision, d.Problem
		}
		return nil, nil, err
	}
	out := new(Item)
	return out, nil, a.into(out)
}

// Return gives a message that waits back to its author, with a reason.
func (c *Client) Return(ctx context.Context, id schema.ID, tag, reason string) (*Item, error) {
	return c.dismiss(ctx, id, "/return", tag, reason)
}

// Discard does not let a message in that waits in quarantine.
func (c *Client) Discard(ctx context.Context, id schema.ID, tag, reason string) (*Item, error) {
	return c.dismiss(ctx, id, "/discard", tag, reason)
}

func (c *Client) dismiss(ctx context.Context, id schema.ID, verb, tag, reason string) (*Item, error) {
	body, err := json.Marshal(reasonRequest{reason})
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	a, err := c.do(ctx, call{method: http.MethodPost, path: releasePath(id, verb), body: body, match: quoted(tag)})
	if err != nil {
		return nil, plain(err)
	}
	out := new(Item)
	return out, a.into(out)
}

func releasePath(id schema.ID, verb string) string {
	return "/v1/releases/" + url.PathEscape(string(id)) + verb
}
