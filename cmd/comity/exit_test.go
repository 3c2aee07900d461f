package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

func TestEveryKindHasItsExitCode(t *testing.T) {
	rows := []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("disk on fire"), 1},
		{&schema.Problem{Kind: schema.Internal}, 1},
		{&schema.Problem{Kind: schema.Invalid, Code: "bad_id"}, 1},
		{&schema.Problem{Kind: schema.Invalid, Code: codeUsage}, 2},
		{&schema.Problem{Kind: schema.NotFound}, 3},
		{&schema.Problem{Kind: schema.NotAllowed}, 4},
		{&schema.Problem{Kind: schema.Conflict}, 5},
		{&schema.Problem{Kind: schema.TooLarge}, 1},
		{&schema.Problem{Kind: schema.Unavailable}, 1},
		{&schema.Problem{Kind: schema.Unreachable}, 6},
		{&schema.Problem{Kind: schema.Unverified}, 7},
		{&schema.Problem{Kind: schema.Invalid, Code: codeFindings}, 10},
		{fmt.Errorf("send: %w", &schema.Problem{Kind: schema.Conflict}), 5},
		{&denial{&schema.Problem{Kind: schema.NotAllowed}, policy.Decision{}}, 4},
		{context.Canceled, 1},
	}
	for _, r := range rows {
		if got := exitCode(r.err); got != r.want {
			t.Errorf("%v: got %d, want %d", r.err, got, r.want)
		}
	}
}

func TestErrorsArePrintedSafely(t *testing.T) {
	p := &schema.Problem{Kind: schema.Invalid, Code: "bad", Pointer: "/a\x1b[1m", Detail: "Not \u202eright.", Fix: "Mend\nit.",
		Errors: []schema.Problem{{Pointer: "/b\x07", Detail: "Part\r."}}}
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		c := &cli{err: &out, json: asJSON}
		if got := c.finish(p); got != exitFailed {
			t.Errorf("exit code: got %d, want %d", got, exitFailed)
		}
		if strings.ContainsAny(out.String(), "\x1b\x07\r\u202e") {
			t.Errorf("json=%v: printed %q", asJSON, out.String())
		}
	}
}

func TestAnErrorAsJSONIsOneObject(t *testing.T) {
	var out bytes.Buffer
	c := &cli{err: &out, json: true}
	c.finish(&denial{&schema.Problem{Kind: schema.NotAllowed, Code: "policy_denied", Detail: "No.", Fix: "Ask."}, policy.Decision{Verdict: policy.Deny, Policy: "ab"}})
	var got problemJSON
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Code != "policy_denied" || got.Fix != "Ask." || got.Decision == nil || got.Decision.Verdict != policy.Deny {
		t.Errorf("got %+v", got)
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("got %d lines, want 1", n)
	}
}
