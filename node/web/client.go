package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Client talks to a node: over its Unix socket as its operator, or over HTTP as
// an agency. Every error is a *schema.Problem, or *Awaiting for an act of an operator
// that was kept for another. Safe for concurrent use.
type Client struct {
	base  string
	token string // of an agency, or of a user
	local bool   // over the node's socket
	where string // the socket or URL, for problems
	http  http.Client
}

// maxAnswer bounds what a client reads, octets: a proof bundle with its files is the largest,
// or the largest policy in JSON.
const maxAnswer = 9 << 20

// Dial speaks over a node's Unix socket. It does not connect yet.
func Dial(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	return &Client{base: "http://node", local: true, where: socket, http: http.Client{Transport: &http.Transport{DialContext: dial}, CheckRedirect: stay}}
}

// New speaks to url ("http://127.0.0.1:8801") with a bearer token. Only /v1 is there.
func New(url, token string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &Client{base: url, token: token, where: url, http: http.Client{Transport: transport, CheckRedirect: stay}}
}

// stay: the API never redirects, and a token must not travel elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

type reasonKey struct{}

// Because gives a reason for what a user reads under a context, as the header
// Reading-Reason takes it: a code, or "other: " and words.
func Because(ctx context.Context, reason string) context.Context {
	return context.WithValue(ctx, reasonKey{}, reason)
}

// Readings lists who looked at a message and why. On the socket alone.
func (c *Client) Readings(ctx context.Context, id schema.ID, box node.Box) ([]node.Reading, error) {
	list, err := get[struct {
		Readings []node.Reading `json:"readings"`
	}](ctx, c, "/admin/messages/"+url.PathEscape(string(id))+"/readings", boxQuery(box))
	if err != nil {
		return nil, err
	}
	return list.Readings, nil
}

// SendRequest is a message to submit.
type SendRequest struct {
	Body   []byte              // id, version, from, to and created may be left out
	To     schema.Jurisdiction // where to, "" if the body says
	Key    string              // Idempotency-Key, 1 to 128 visible characters; a retry uses the same
	DryRun bool                // judge only
}

// Send submits a message. When policy denies it, Sent holds the decision beside
// the problem policy_denied.
func (c *Client) Send(ctx context.Context, s SendRequest) (*Sent, error) {
	q := url.Values{}
	set(q, "to", string(s.To))
	if s.DryRun {
		q.Set("dry_run", "true")
	}
	a, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/messages", query: q, body: s.Body, key: s.Key})
	if err != nil {
		var d *denial
		if errors.As(err, &d) {
			return &Sent{Decision: d.decision, Findings: d.findings}, d.Problem
		}
		return nil, err
	}
	sent := new(Sent)
	sent.Replayed = a.header.Get(headerReplayed) == "true"
	return sent, a.into(sent)
}

// MessageFilter chooses messages; empty fields choose all.
type MessageFilter struct {
	Box   node.Box
	State node.State
	Type  string
	Peer  schema.Jurisdiction
	Case  string
	Re    schema.ID
	After Cursor // Next of the page before
	Limit int    // 1 to 100, 0 for 50
}

// Messages lists messages, newest first.
func (c *Client) Messages(ctx context.Context, f MessageFilter) (*Page[Item], error) {
	q := url.Values{}
	set(q, "box", string(f.Box))
	set(q, "state", string(f.State))
	set(q, "type", f.Type)
	set(q, "peer", string(f.Peer))
	set(q, "case", f.Case)
	set(q, "re", string(f.Re))
	set(q, "after", string(f.After))
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return get[Page[Item]](ctx, c, "/v1/messages", q)
}

// Message opens a message, which journals the reading. Box may be "": then a
// received one is preferred.
func (c *Client) Message(ctx context.Context, id schema.ID, box node.Box) (*Message, error) {
	return get[Message](ctx, c, "/v1/messages/"+url.PathEscape(string(id)), boxQuery(box))
}

// Trace tells a message's way, with its readings, without opening it. Operators only.
func (c *Client) Trace(ctx context.Context, id schema.ID, box node.Box) (*Message, error) {
	return get[Message](ctx, c, "/admin/messages/"+url.PathEscape(string(id))+"/trace", boxQuery(box))
}

// Proof gives the proof bundle of a settled message, a zip file.
func (c *Client) Proof(ctx context.Context, id schema.ID, box node.Box) ([]byte, error) {
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/messages/" + url.PathEscape(string(id)) + "/proof", query: boxQuery(box)})
	if err != nil {
		return nil, plain(err)
	}
	return a.body, nil
}

// Attachment gives the bytes of an attached file, which journals the reading.
func (c *Client) Attachment(ctx context.Context, id schema.ID, box node.Box, sha256 string) ([]byte, error) {
	path := "/v1/messages/" + url.PathEscape(string(id)) + "/attachments/" + url.PathEscape(sha256)
	a, err := c.do(ctx, call{method: http.MethodGet, path: path, query: boxQuery(box)})
	if err != nil {
		return nil, plain(err)
	}
	return a.body, nil
}

// NoteEvent enters an event that no message tells into the thread of a message: an
// arrest, a final discharge. At is a date or an instant. The answer is the message that
// opened the thread, as in a trace.
func (c *Client) NoteEvent(ctx context.Context, id schema.ID, event, at string) (*Message, error) {
	return post[Message](ctx, c, "/v1/messages/"+url.PathEscape(string(id))+"/events", nil, eventRequest{event, at})
}

// TaskFilter chooses tasks; empty fields choose all.
type TaskFilter struct {
	State     node.TaskState
	Kind      node.TaskKind
	Message   schema.ID
	Box       node.Box
	DueBefore string // a day, or a time in RFC 3339
	After     Cursor // Next of the page before
	Limit     int    // 1 to 100, 0 for 50
}

// Tasks lists what is owed about the data of messages, oldest first.
func (c *Client) Tasks(ctx context.Context, f TaskFilter) (*Page[Task], error) {
	q := boxQuery(f.Box)
	set(q, "state", string(f.State))
	set(q, "kind", string(f.Kind))
	set(q, "message", string(f.Message))
	set(q, "due_before", f.DueBefore)
	set(q, "after", string(f.After))
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return get[Page[Task]](ctx, c, "/v1/tasks", q)
}

// Task gives one task with its note.
func (c *Client) Task(ctx context.Context, n int64) (*Task, error) {
	return get[Task](ctx, c, "/v1/tasks/"+strconv.FormatInt(n, 10), nil)
}

// FinishTask says that a task which people do is done.
func (c *Client) FinishTask(ctx context.Context, n int64, note string) (*Task, error) {
	return post[Task](ctx, c, "/v1/tasks/"+strconv.FormatInt(n, 10)+"/done", nil, taskRequest{note})
}

// Erase deletes the content of a message for good. Operators only.
func (c *Client) Erase(ctx context.Context, id schema.ID, box node.Box, reason string) (*Item, error) {
	return post[Item](ctx, c, "/admin/messages/"+url.PathEscape(string(id))+"/erase", boxQuery(box), eraseRequest{reason})
}

// Types lists the message types, without schema and example.
func (c *Client) Types(ctx context.Context) (*Page[Type], error) {
	return get[Page[Type]](ctx, c, "/v1/types", nil)
}

// Type gives one message type with schema and example.
func (c *Client) Type(ctx context.Context, name string) (*Type, error) {
	return get[Type](ctx, c, "/v1/types/"+url.PathEscape(name), nil)
}

// ExplainPolicy asks the policy in force, with the trace. A denial is no error here.
// Without a day it asks about today.
func (c *Client) ExplainPolicy(ctx context.Context, q policy.Question) (*policy.Decision, error) {
	day := ""
	if !q.Day.IsZero() {
		day = q.Day.UTC().Format(time.DateOnly)
	}
	return post[policy.Decision](ctx, c, "/v1/policy/evaluate", nil,
		Question{q.Peer, q.Direction, q.Type, q.Instrument, q.Marking.String(), q.Codes, q.Purposes, q.Languages, day, q.Findings})
}

// Journal lists entries after a number, oldest first; limit 1 to 1,000, 0 for 100.
func (c *Client) Journal(ctx context.Context, after int64, limit int) (*Page[node.Entry], error) {
	q := url.Values{}
	q.Set("after", strconv.FormatInt(after, 10))
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return get[Page[node.Entry]](ctx, c, "/v1/journal", q)
}

// VerifyJournal recomputes the journal's tree; journal_broken names the first bad entry.
func (c *Client) VerifyJournal(ctx context.Context) (*Checkpoint, error) {
	return post[Checkpoint](ctx, c, "/admin/journal/verify", nil, nil)
}

// Status of the node.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	return get[Status](ctx, c, "/admin/status", nil)
}

// Card is the node's own card, with its text.
func (c *Client) Card(ctx context.Context) (*Card, error) {
	return get[Card](ctx, c, "/admin/card", nil)
}

// Peers lists the pinned peers. Over HTTP they come without their links.
func (c *Client) Peers(ctx context.Context) (*Page[Peer], error) {
	if c.local {
		return get[Page[Peer]](ctx, c, "/admin/peers", nil)
	}
	return get[Page[Peer]](ctx, c, "/v1/peers", nil)
}

// Peer gives one pinned peer, with the text of its card.
func (c *Client) Peer(ctx context.Context, code schema.Jurisdiction) (*Peer, error) {
	return get[Peer](ctx, c, "/admin/peers/"+url.PathEscape(string(code)), nil)
}

// CheckPeer says what adding a card would do. It pins nothing.
func (c *Client) CheckPeer(ctx context.Context, card []byte) (*PeerCheck, error) {
	return post[PeerCheck](ctx, c, "/admin/peers/check", nil, cardRequest{Card: string(card)})
}

// AddPeer pins a peer by card and the fingerprint compared out of band. A dry run
// checks that the two agree and changes nothing.
func (c *Client) AddPeer(ctx context.Context, card []byte, fingerprint string, dryRun bool) (*PeerCheck, error) {
	return post[PeerCheck](ctx, c, "/admin/peers", dry(dryRun), cardRequest{string(card), fingerprint})
}

// SuspendPeer cuts a peer off; its queue waits.
func (c *Client) SuspendPeer(ctx context.Context, code schema.Jurisdiction, dryRun bool) (*Peer, error) {
	return post[Peer](ctx, c, "/admin/peers/"+url.PathEscape(string(code))+"/suspend", dry(dryRun), nil)
}

// ResumePeer lets a suspended peer back.
func (c *Client) ResumePeer(ctx context.Context, code schema.Jurisdiction, dryRun bool) (*Peer, error) {
	return post[Peer](ctx, c, "/admin/peers/"+url.PathEscape(string(code))+"/resume", dry(dryRun), nil)
}

// RemovePeer forgets a peer; the answer is what it was.
func (c *Client) RemovePeer(ctx context.Context, code schema.Jurisdiction, dryRun bool) (*Peer, error) {
	return post[Peer](ctx, c, "/admin/peers/"+url.PathEscape(string(code))+"/remove", dry(dryRun), nil)
}

// Restart is an order to begin a new epoch with a peer.
type Restart struct {
	Epoch       int64  // 0: the one that the node proposes
	ResendFrom  int64  // first pouch that the peer lost; 0: what its refusal says
	Card        []byte // when the peer has a new root
	Fingerprint string // of that root
}

// RestartPeer begins a new epoch with a peer.
func (c *Client) RestartPeer(ctx context.Context, code schema.Jurisdiction, r Restart, dryRun bool) (*Restarted, error) {
	return post[Restarted](ctx, c, "/admin/peers/"+url.PathEscape(string(code))+"/restart", dry(dryRun),
		restartRequest{r.Epoch, r.ResendFrom, string(r.Card), r.Fingerprint})
}

// PingPeer measures a round trip to a peer's gateway.
func (c *Client) PingPeer(ctx context.Context, code schema.Jurisdiction) (time.Duration, error) {
	p, err := post[Ping](ctx, c, "/admin/peers/"+url.PathEscape(string(code))+"/ping", nil, nil)
	if err != nil {
		return 0, err
	}
	return time.Duration(p.Milliseconds * float64(time.Millisecond)), nil
}

// Policy in force, with its text.
func (c *Client) Policy(ctx context.Context) (*PolicyVersion, error) {
	return get[PolicyVersion](ctx, c, "/admin/policy", nil)
}

// Policies lists all that were in force, oldest first, without text.
func (c *Client) Policies(ctx context.Context) (*Page[PolicyVersion], error) {
	return get[Page[PolicyVersion]](ctx, c, "/admin/policies", nil)
}

// CheckPolicy parses a policy and says what applying it would do.
func (c *Client) CheckPolicy(ctx context.Context, text []byte) (*PolicyCheck, error) {
	return post[PolicyCheck](ctx, c, "/admin/policy/check", nil, policyRequest{Text: string(text)})
}

// PolicyOf finds a policy that was in force, with its text and its tests.
func (c *Client) PolicyOf(ctx context.Context, version int64) (*PolicyVersion, error) {
	return get[PolicyVersion](ctx, c, "/admin/policies/"+strconv.FormatInt(version, 10), nil)
}

// ApplyPolicy puts a policy in force that passes its tests. A dry run answers what would
// be, with version 0.
func (c *Client) ApplyPolicy(ctx context.Context, text, tests []byte, dryRun bool) (*PolicyVersion, error) {
	return post[PolicyVersion](ctx, c, "/admin/policy", dry(dryRun), policyRequest{string(text), string(tests)})
}
