package integration

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// All that a decision depends on reaches the engine over the API, and what no
// message can have is refused.
func TestAPolicyQuestionReachesTheEngineWhole(t *testing.T) {
	w := newWebPair(t)
	_, err := w.be.Node.ApplyPolicy(t.Context(), "operator", []byte(`version: 1
rules:
  - name: narrow
    peers: [NL]
    direction: send
    types: [mla.*]
    categories: [id.*]
    approve: [bio.*]
    redact: [health]
    subjects: [suspect]
    codes: [H0]
    purposes: [prosecution]
    languages: [nl]
    until: 2026-12-31
`), nil)
	check(t, err)
	asked := policy.Question{Peer: "NL", Direction: policy.Send, Type: "mla.request", Codes: []string{"H0"}, Purposes: []string{"prosecution"},
		Languages: []string{"nl"}, Day: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
		Findings: []schema.Finding{{Category: "bio.face", Subject: "suspect"}, {Category: "health", Subject: "suspect"}}}
	d, err := w.agency.ExplainPolicy(t.Context(), asked)
	check(t, err)
	if d.Verdict != policy.Hold || d.Rule != "narrow" || len(d.Approve) != 1 || len(d.Redact) != 1 {
		t.Errorf("got %+v, want hold by narrow", d)
	}
	changes := map[string]func(*policy.Question){
		"codes":     func(q *policy.Question) { q.Codes = []string{"H1"} },
		"purposes":  func(q *policy.Question) { q.Purposes = nil },
		"languages": func(q *policy.Question) { q.Languages = []string{"fr"} },
		"day":       func(q *policy.Question) { q.Day = q.Day.AddDate(0, 0, 1) },
		"subject":   func(q *policy.Question) { q.Findings = []schema.Finding{{Category: "bio.face", Subject: "victim"}} },
	}
	for name, change := range changes {
		q := asked
		change(&q)
		if d, err := w.agency.ExplainPolicy(t.Context(), q); err != nil || d.Verdict != policy.Deny {
			t.Errorf("another %s: got %+v, %v, want deny", name, d, err)
		}
	}
	for code, change := range map[string]func(*policy.Question){
		"unknown_code":    func(q *policy.Question) { q.Codes = []string{"H9"} },
		"unknown_purpose": func(q *policy.Question) { q.Purposes = []string{"revenge"} },
		"too_many_values": func(q *policy.Question) { q.Languages = make([]string, 300) },
	} {
		q := asked
		change(&q)
		var p *schema.Problem
		if _, err := w.agency.ExplainPolicy(t.Context(), q); !errors.As(err, &p) || p.Code != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

// The largest policy that a node takes can be applied and shown over the socket.
func TestALargePolicyIsApplied(t *testing.T) {
	w := newWebPair(t)
	var b strings.Builder
	b.WriteString("version: 1\nrules:\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "  - name: p%d\n    peers: [P%d]\n    direction: send\n    types: [mla.request, status.*]\n    categories: [case.meta, authority.*, id.*, contact.*, crime.*, fin.account]\n    approve: [bio.*]\n    redact: [health]\n    marking: restricted\n    instruments: [EIO, none]\n", i, 100+i%200)
	}
	v, err := w.admin.ApplyPolicy(t.Context(), []byte(b.String()), nil, false)
	check(t, err)
	now, err := w.admin.Policy(t.Context())
	check(t, err)
	if now.SHA256 != v.SHA256 || now.Text != b.String() {
		t.Errorf("got a policy of %d octets, want %d", len(now.Text), b.Len())
	}
}
