package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// FuzzExpectations: any file gives expectations that each ask a whole question, or a
// problem with a code that says what to do.
func FuzzExpectations(f *testing.F) {
	const good = "- send: mla.request\n  to: NL\n  expect: allow\n"
	for _, seed := range []string{good, good + good, "- receive: mla.request\n  from: NL\n  categories: [id.name, fin.account]\n  instrument: EIO\n  marking: restricted\n  minor: true\n  expect: deny\n  rule: x\n",
		"[]", "", "- [", "- 1", "-", "- {}", "- !!x {}", "- &a {send: x}\n- *a\n", "---\n---\n", "- send: mla.request\n  send: x\n", "- ? {a: b}\n  : c\n", "- <<: 1\n", "- send: [a]\n"} {
		f.Add([]byte(seed))
	}
	catalogue, err := schema.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := readExpectations(text, catalogue)
		if err != nil {
			var p *schema.Problem
			if !errors.As(err, &p) || p.Code != "bad_expectation" || p.Fix == "" || p.Pointer != "" && !strings.HasPrefix(p.Pointer, "line ") {
				t.Fatalf("got %v, want bad_expectation with its line and what to do", err)
			}
			return
		}
		for _, e := range all {
			if e.asked.Peer == "" || e.asked.Type == "" || e.Expect != policy.Allow && e.Expect != policy.Deny || e.line < 1 {
				t.Fatalf("got the expectation %+v, which asks nothing", e)
			}
		}
	})
}
