package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// submit takes a message in. 202 means that it is durable, and queued
// or held for release; a dry run is 200.
func (w *Web) submit(rw http.ResponseWriter, r *request) error {
	s, err := r.submission()
	if err != nil {
		return err
	}
	out, err := w.Node.Submit(r.Context(), s)
	if err != nil {
		return explained(err, out)
	}
	sent := Sent{ID: out.ID, State: out.State, Decision: out.Decision, Findings: out.Findings}
	if s.DryRun {
		return answer(rw, http.StatusOK, sent)
	}
	if out.Replayed {
		// The first answer again, whatever has become of the message since: Location tells.
		sent.State = node.Queued
		if sent.Decision.Verdict == policy.Hold {
			sent.State = node.Held
		}
		rw.Header().Set(headerReplayed, "true")
	}
	rw.Header().Set("Location", "/v1/messages/"+string(sent.ID)+"?box=out")
	return answer(rw, http.StatusAccepted, sent)
}

// explained gives a denial the decision that the node handed out with it.
func explained(err error, out *node.Submitted) error {
	var p *schema.Problem
	if out == nil || !errors.As(err, &p) {
		return err
	}
	return &judged{p, out.Decision, out.Findings}
}

func (r *request) submission() (s node.Submission, err error) {
	s = node.Submission{Actor: r.caller.actor(), Body: r.body}
	if s.DryRun, err = r.flag("dry_run"); err != nil {
		return s, err
	}
	if s.Key, err = r.idempotencyKey(!s.DryRun); err != nil {
		return s, err
	}
	if to := r.query.Get("to"); to != "" {
		if s.To, err = schema.ParseJurisdiction(to); err != nil {
			return s, err
		}
	}
	return s, nil
}

// idempotencyKey reads the key under which a retry is known for one.
func (r *request) idempotencyKey(required bool) (string, error) {
	keys := r.Header.Values(headerKey)
	if len(keys) == 0 && !required {
		return "", nil
	}
	if len(keys) == 0 {
		return "", &schema.Problem{Kind: schema.Invalid, Code: "no_idempotency_key", Detail: "The header Idempotency-Key is missing.",
			Fix: "Make a new random key for each message, keep it, and send the same one when you retry."}
	}
	visible := strings.IndexFunc(keys[0], func(c rune) bool { return c < 0x21 || c > 0x7e }) < 0
	if n := len(keys[0]); len(keys) > 1 || n < 1 || n > 128 || !visible {
		return "", &schema.Problem{Kind: schema.Invalid, Code: "bad_idempotency_key", Detail: "The header Idempotency-Key is not one key.",
			Fix: "Use 1 to 128 visible ASCII characters, for example a UUID."}
	}
	return keys[0], nil
}
