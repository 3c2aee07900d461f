package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// webPair is two nodes that are peers, with all three ways into the first.
type webPair struct {
	be, nl *program.Program
	agency *web.Client  // over HTTP by token
	admin  *web.Client  // over the socket
	cookie *http.Cookie // of an officer
	token  string       // of an approver
}

const webToken = "token-of-the-test-agency"

func newWebPair(tb testing.TB) *webPair {
	tb.Helper()
	be, nl := newIdentity(tb, "BE").start(tb, zerolog.Nop()), newIdentity(tb, "NL").start(tb, zerolog.Nop())
	introduce(tb, be, nl)
	_, err := be.Node.AddUser(tb.Context(), "operator:test", node.User{Name: "test", Roles: []node.Role{node.Officer, node.Approver}})
	check(tb, err)
	_, err = be.Node.AddUser(tb.Context(), "operator:test", node.User{Name: "second", Roles: []node.Role{node.Approver}})
	check(tb, err)
	token, _, err := be.Node.MakeToken(tb.Context(), "operator:test", "second", 0)
	check(tb, err)
	be.Web.AddToken("test", webToken)
	w := &webPair{be: be, nl: nl, agency: web.New(be.URL(), webToken), admin: web.Dial(be.Config.SocketPath()), token: token}
	tb.Cleanup(func() {
		w.agency.Close()
		w.admin.Close()
	})
	w.signIn(tb)
	return w
}

// signIn begins a new officer's session.
func (w *webPair) signIn(tb testing.TB) {
	tb.Helper()
	res := w.fetch(tb, "GET", w.be.Web.LoginLink("test"), nil, "")
	if len(res.Cookies()) != 1 {
		tb.Fatalf("the login link gave status %d and %d cookies", res.StatusCode, len(res.Cookies()))
	}
	w.cookie = res.Cookies()[0]
}

// example is the catalogue's message of a type, without id and time, as a tree.
func example(tb testing.TB, name string) map[string]any {
	tb.Helper()
	c, err := catalogue()
	check(tb, err)
	t, err := c.Type(name)
	check(tb, err)
	var tree map[string]any
	check(tb, json.Unmarshal(t.Example, &tree))
	delete(tree, "id")
	delete(tree, "created")
	return tree
}

func encode(tb testing.TB, v any) []byte {
	tb.Helper()
	text, err := json.Marshal(v)
	check(tb, err)
	return text
}

// request is a bank-records request from BE to NL.
func request(tb testing.TB) map[string]any {
	m := example(tb, "mla.request")
	m["from"], m["to"] = "BE/fps-justice", "NL/irc"
	return m
}

// fetch asks BE's web listener without following redirects.
func (w *webPair) fetch(tb testing.TB, method, path string, body []byte, who string, headers ...string) *http.Response {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, w.be.URL()+path, bytes.NewReader(body))
	check(tb, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	switch who {
	case "agency":
		r.Header.Set("Authorization", "Bearer "+webToken)
	case "approver":
		r.Header.Set("Authorization", "Bearer "+w.token)
	case "officer":
		r.AddCookie(w.cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	check(tb, err)
	text, err := io.ReadAll(res.Body)
	check(tb, err)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(text))
	return res
}

func text(tb testing.TB, res *http.Response) string {
	tb.Helper()
	b, err := io.ReadAll(res.Body)
	check(tb, err)
	return string(b)
}

// problem reads the refusal of a response.
func problem(tb testing.TB, res *http.Response) web.Problem {
	tb.Helper()
	var p web.Problem
	if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
		tb.Fatalf("status %d has content type %q, want a problem", res.StatusCode, got)
	}
	check(tb, json.NewDecoder(res.Body).Decode(&p))
	return p
}

// send submits at p as its agency and waits for the peer's receipt.
func send(tb testing.TB, p *program.Program, message map[string]any) schema.ID {
	tb.Helper()
	s, err := p.Node.Submit(tb.Context(), submission(tb, message))
	check(tb, err)
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	m, err := p.Node.Await(ctx, s.ID)
	check(tb, err)
	if m.State != node.Accepted {
		tb.Fatalf("message is %s %s, want accepted", m.State, m.Code)
	}
	return s.ID
}

func submission(tb testing.TB, message map[string]any) node.Submission {
	tb.Helper()
	return node.Submission{Actor: "agency:test", Body: encode(tb, message)}
}

func now() time.Time { return time.Now().UTC() }

// acts lists what the journal holds about a subject.
func acts(tb testing.TB, p *program.Program, subject schema.ID) (list []string) {
	tb.Helper()
	entries, err := p.Node.Entries(tb.Context(), 0, 1000)
	check(tb, err)
	for _, e := range entries {
		if e.Subject == string(subject) {
			list = append(list, e.Actor+" "+e.Act)
		}
	}
	return list
}

func has(list []string, want string) bool {
	return strings.Contains("\n"+strings.Join(list, "\n")+"\n", "\n"+want+"\n")
}
