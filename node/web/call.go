package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func set(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func boxQuery(box node.Box) url.Values {
	q := url.Values{}
	set(q, "box", string(box))
	return q
}

func dry(yes bool) url.Values {
	if yes {
		return url.Values{"dry_run": {"true"}}
	}
	return nil
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (*T, error) {
	a, err := c.do(ctx, call{method: http.MethodGet, path: path, query: q})
	if err != nil {
		return nil, plain(err)
	}
	v := new(T)
	return v, a.into(v)
}

// post sends v as JSON, nothing if it is nil.
func post[T any](ctx context.Context, c *Client, path string, q url.Values, v any) (*T, error) {
	var body []byte
	if v != nil {
		var err error
		if body, err = json.Marshal(v); err != nil {
			return nil, fmt.Errorf("write request: %w", err)
		}
	}
	a, err := c.do(ctx, call{method: http.MethodPost, path: path, query: q, body: body})
	if err != nil {
		return nil, plain(err)
	}
	out := new(T)
	return out, a.into(out)
}

type call struct {
	method, path string
	query        url.Values
	body         []byte
	key          string
	match        string // entity tag for If-Match
}

type reply struct {
	header http.Header
	body   []byte
}

func (a *reply) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return strangeAnswer()
	}
	return nil
}

func strangeAnswer() error {
	return &schema.Problem{Kind: schema.Internal, Code: "strange_answer", Detail: "The answer is not that of a node of this version.",
		Fix: "Check the address, and that the program and the node have the same version."}
}

func (c *Client) do(ctx context.Context, k call) (*reply, error) {
	target := c.base + k.path
	if len(k.query) > 0 {
		target += "?" + k.query.Encode()
	}
	var body io.Reader
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	r, err := http.NewRequestWithContext(ctx, k.method, target, body)
	if err != nil {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "bad_url", Detail: "The node's address is not a URL.", Fix: "Write it as http://127.0.0.1:8801."}
	}
	if k.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if k.key != "" {
		r.Header.Set(headerKey, k.key)
	}
	if k.match != "" {
		r.Header.Set("If-Match", k.match)
	}
	if why, ok := ctx.Value(reasonKey{}).(string); ok {
		r.Header.Set(headerReason, why)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, c.unreached(ctx, err)
	}
	defer res.Body.Close()
	return readReply(res)
}

// unreached says why there was no answer; the node may be down.
func (c *Client) unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("ask node: %w", ctx.Err())
	}
	_ = err // its text holds addresses only, and Fix says more
	return &schema.Problem{Kind: schema.Unavailable, Code: "node_not_running", Detail: "No node answers on " + c.where + ".",
		Fix: "Start it with comity serve, or name its directory with --node."}
}

func readReply(res *http.Response) (*reply, error) {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer {
		return nil, &schema.Problem{Kind: schema.Unavailable, Code: "answer_cut", Detail: "The node's answer ended too early or is too large.", Fix: "Try again."}
	}
	if res.StatusCode == http.StatusAccepted {
		if a := readAwaiting(body); a != nil {
			return nil, a
		}
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return &reply{res.Header, body}, nil
	}
	return nil, readProblem(res.StatusCode, body)
}

// denial carries the decision that a problem travelled with.
type denial struct {
	*schema.Problem
	decision policy.Decision
	findings []schema.Finding
}

func (d *denial) Unwrap() error { return d.Problem }

// plain gives the problem alone.
func plain(err error) error {
	var d *denial
	if errors.As(err, &d) {
		return d.Problem
	}
	return err
}

func readProblem(status int, body []byte) error {
	var p Problem
	if json.Unmarshal(body, &p) != nil || p.Code == "" {
		return strangeAnswer()
	}
	kind := kindOf(status, p.Code)
	out := &schema.Problem{Kind: kind, Code: p.Code, Pointer: p.Pointer, Detail: p.Detail, Fix: p.Fix}
	for _, e := range p.Errors {
		out.Errors = append(out.Errors, schema.Problem{Kind: kind, Code: e.Code, Pointer: e.Pointer, Detail: e.Detail, Fix: e.Fix})
	}
	if p.Decision != nil {
		return &denial{out, *p.Decision, p.Findings}
	}
	return out
}
