package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

const (
	headerKey      = "Idempotency-Key"
	headerReplayed = "Idempotency-Replayed"
)

// statuses of problems by kind.
var statuses = map[schema.Kind]int{
	schema.Internal:    http.StatusInternalServerError,
	schema.Invalid:     http.StatusBadRequest,
	schema.NotFound:    http.StatusNotFound,
	schema.NotAllowed:  http.StatusForbidden,
	schema.Conflict:    http.StatusConflict,
	schema.TooLarge:    http.StatusRequestEntityTooLarge,
	schema.Unavailable: http.StatusServiceUnavailable,
	schema.Unreachable: http.StatusBadGateway,
	schema.Unverified:  http.StatusUnprocessableEntity,
}

// exceptions are the codes for which HTTP has a status of its own, whatever their kind.
var exceptions = map[string]int{
	codeKeyReused:       http.StatusUnprocessableEntity,
	codeUnauthenticated: http.StatusUnauthorized,
	codeMethod:          http.StatusMethodNotAllowed,
	codeMediaType:       http.StatusUnsupportedMediaType,
	codeTooSlow:         http.StatusRequestTimeout,
	codeStale:           http.StatusPreconditionFailed,
	codeNoIfMatch:       http.StatusPreconditionRequired,
	codeTooMany:         http.StatusTooManyRequests,
	codeErased:          http.StatusGone,
}

const (
	codeKeyReused       = "key_reused"
	codeUnauthenticated = "not_signed_in"
	codeMethod          = "method_not_allowed"
	codeMediaType       = "unsupported_media_type"
	codeTooSlow         = "body_too_slow"
	codeTooMany         = "too_many_attempts"
	codeErased          = "erased"
	codeInternal        = "internal"
	codeStale           = "stale"
	codeNoIfMatch       = "no_if_match"
)

// statusOf is the HTTP status of a problem.
func statusOf(p *schema.Problem) int {
	if s, ok := exceptions[p.Code]; ok {
		return s
	}
	if s, ok := statuses[p.Kind]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// kindOf is the kind of a problem that came with a status: statusOf the other way.
func kindOf(status int, code string) schema.Kind {
	switch status {
	case http.StatusUnauthorized:
		return schema.NotAllowed
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusRequestHeaderFieldsTooLarge, http.StatusPreconditionRequired:
		return schema.Invalid
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return schema.Unavailable
	case http.StatusPreconditionFailed:
		return schema.Conflict
	case http.StatusGone:
		return schema.NotFound
	}
	if code == codeKeyReused {
		return schema.Invalid
	}
	for kind, s := range statuses {
		if s == status {
			return kind
		}
	}
	return schema.Internal
}

// judged is a problem with the decision that explains it.
type judged struct {
	*schema.Problem
	decision policy.Decision
	findings []schema.Finding
}

func (j *judged) Unwrap() error { return j.Problem }

// refuse answers with a problem: JSON for programs, a page for people. An error
// that is no problem, or internal, is our own fault; its text goes to the log only.
// What only waits for a second person is no refusal.
func (w *Web) refuse(rw http.ResponseWriter, r *request, err error) {
	var a *node.Awaits
	if errors.As(err, &a) {
		answer(rw, http.StatusAccepted, awaiting{Pending: pendingView(&a.Pending, true)})
		return
	}
	var u *node.Unexplained
	if errors.As(err, &u) && r.route != nil && r.route.page {
		if err = w.reasonPage(rw, r, http.StatusForbidden, u, reasonData{}); err == nil {
			return
		}
	}
	var p *schema.Problem
	if !errors.As(err, &p) || p.Kind == schema.Internal {
		if r.Context().Err() == nil { // a caller who left is no failure
			w.Log.Error().Err(err).Msg("request failed")
		}
		p = &schema.Problem{Kind: schema.Internal, Code: codeInternal, Detail: "The node failed at this.", Fix: "Try again; if it stays, ask the operator to look at the log."}
	}
	p = w.Node.Catalogue.Localise(p, w.spoken(r))
	status := statusOf(p)
	switch status {
	case http.StatusUnauthorized:
		rw.Header().Set("WWW-Authenticate", `Bearer realm="comity"`)
	case http.StatusServiceUnavailable:
		rw.Header().Set("Retry-After", "1")
	case http.StatusTooManyRequests:
		rw.Header().Set("Retry-After", "60")
	}
	if r.route != nil && r.route.page {
		w.problemPage(rw, r, status, p)
		return
	}
	out := problemBody(p, status)
	var j *judged
	if errors.As(err, &j) {
		out.Decision, out.Findings = &j.decision, j.findings
	}
	send(rw, status, "application/problem+json", out)
}

func problemBody(p *schema.Problem, status int) *Problem {
	return &Problem{Type: "urn:comity:problem:" + p.Code, Title: http.StatusText(status), Status: status, Code: p.Code,
		Detail: p.Detail, Pointer: p.Pointer, Fix: p.Fix, Errors: problemErrors(p.Errors)}
}

func problemErrors(list []schema.Problem) []ProblemError {
	out := make([]ProblemError, len(list))
	for i, e := range list {
		out[i] = ProblemError{e.Code, e.Pointer, e.Detail, e.Fix}
	}
	return out
}

// answer sends v as JSON.
func answer(rw http.ResponseWriter, status int, v any) error {
	send(rw, status, "application/json", v)
	return nil
}

func send(rw http.ResponseWriter, status int, media string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("an answer is plain data: " + err.Error())
	}
	sendBytes(rw, status, media, body)
}

func sendBytes(rw http.ResponseWriter, status int, media string, body []byte) {
	rw.Header().Set("Content-Type", media)
	if _, small := rw.(compressed); small && len(body) >= smallest && strings.HasPrefix(media, "text/") {
		body = compress(body)
		rw.Header().Set("Content-Encoding", "gzip")
	}
	rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
	rw.WriteHeader(status)
	rw.Write(body) // a caller who has gone needs no answer
}
