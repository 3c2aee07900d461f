package web

import (
	"net/http"

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
}

const (
	codeKeyReused       = "key_reused"
	codeUnauthenticated = "not_signed_in"
	codeMethod          = "method_not_allowed"
	codeMediaType       = "unsupported_media_type"
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
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusRequestHeaderFieldsTooLarge:
		return schema.Invalid
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
