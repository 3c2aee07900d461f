// Package web is a node's side towards its own people: the agency API under /v1,
// the inbox pages of liaison officers, and the operator's admin socket. API.md
// describes the first and the last.
//
// Every route stands in one table (routes.go) with who may use it; what is not
// there does not exist. Client is the other end, for programs in Go.
package web
