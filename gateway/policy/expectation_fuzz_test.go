package policy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// FuzzExpectations: any file gives expectations that each ask a whole question, or a
// problem with a code that says what to do; and each can be asked.
func FuzzExpectations(f *testing.F) {
	addWorked(f, func(text string) { f.Add([]byte(text)) })
	known := catalogue(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := ReadExpectations(text, known)
		if err != nil {
			var p *schema.Problem
			if !errors.As(err, &p) || p.Code != "bad_expectation" || p.Fix == "" || !strings.HasPrefix(p.Pointer, "line ") {
				t.Fatalf("got %v, want bad_expectation with its line and what to do", err)
			}
			return
		}
		for _, e := range all {
			if e.Asked.Peer == "" || e.Asked.Type == "" || e.Expect != Allow && e.Expect != Hold && e.Expect != Deny || e.Line < 1 {
				t.Fatalf("got the expectation %+v, which asks nothing", e)
			}
		}
		if r := all.Run(None(), time.Time{}); r.Allow+r.Hold+r.Deny+len(r.Failed) != len(all) {
			t.Fatalf("got %+v for %d expectations", r, len(all))
		}
	})
}
