package web

import (
	"errors"
	"io"
	"log"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// door is one of the node's listeners.
type door int

const (
	network door = iota
	socket
)

// behind holds for the routes that a door leads to: what operators do stands on the
// socket alone, the API on both, and all else, which is pages, on the network.
func (rt *route) behind(d door) bool {
	_, path, _ := strings.Cut(rt.pattern, " ")
	switch {
	case strings.HasPrefix(path, "/admin/"):
		return d == socket
	case strings.HasPrefix(path, "/v1/"), path == "/livez", path == "/readyz":
		return true
	}
	return d == network
}

// handler builds the handlers of one door from a table.
func (w *Web) handler(table []route, identify func(*http.Request) (caller, error), d door) http.Handler {
	mux := http.NewServeMux()
	for i := range table {
		if rt := &table[i]; rt.behind(d) {
			mux.Handle(rt.pattern, w.guard(rt, identify))
		}
	}
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		w.refuse(rw, &request{Request: r, route: &route{page: forPeople(r)}}, unknownRoute(rw, mux, r))
	})
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.refuse(rw, &request{Request: r}, &schema.Problem{Kind: schema.NotAllowed, Code: "cross_origin", Detail: "The request came from another site's page.",
			Fix: "Use the pages of this node, or call the API from a program."})
	}))
	return w.outer(sameSite.Handler(mux))
}

// outer sets what holds for every answer, and lets no panic out.
func (w *Web) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.harden(rw.Header())
		defer func() {
			if p := recover(); p != nil {
				w.Log.Error().Bytes("stack", debug.Stack()).Msg("handler panicked") // not p itself: it may hold content
				w.refuse(rw, &request{Request: r}, errPanic)
			}
		}()
		next.ServeHTTP(rw, r)
	})
}

var errPanic = errors.New("handler panicked")

// harden sets the headers by which a browser keeps what we send harmless.
func (w *Web) harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if w.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}

// guard lets a request through to its route: known caller, right role, known
// parameters, sound body, room to work. In this order, so that nobody learns of or
// costs more than they may.
func (w *Web) guard(rt *route, identify func(*http.Request) (caller, error)) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, route: rt}
		if rt.page {
			rw.Header().Add("Vary", "Accept-Encoding")
		}
		if compressing(rt, hr) {
			rw = compressed{rw}
		}
		var err error
		if r.caller, err = identify(hr); err == nil {
			err = rt.admits(r.caller)
		}
		if u := r.caller.user; u != nil {
			r.Request = hr.WithContext(node.Within(hr.Context(), u.Authority))
		}
		if s := r.caller.session; s != nil && !rt.quiet {
			w.auth.use(s)
		}
		if err == nil {
			err = w.work(rw, r)
		}
		if err != nil {
			w.refuse(rw, r, err)
		}
	})
}

// admits holds the table against a caller. Default deny.
func (rt *route) admits(c caller) error {
	switch {
	case rt.who&public != 0, rt.who&c.role != 0:
		return nil
	case c.role == 0:
		return notSignedIn()
	}
	return notYours()
}

func (w *Web) work(rw http.ResponseWriter, r *request) error {
	select {
	case w.busy <- struct{}{}:
		defer func() { <-w.busy }()
	default:
		return &schema.Problem{Kind: schema.Unavailable, Code: "busy", Detail: "The node works on as many requests as it can.", Fix: "Send the same request again in a moment."}
	}
	if err := r.readQuery(); err != nil {
		return err
	}
	if err := r.readBody(rw); err != nil {
		return err
	}
	return r.route.serve(w, rw, r)
}

// unknownRoute is the answer where the table has nothing: 405 if it has another
// method for the path, else 404.
func unknownRoute(rw http.ResponseWriter, mux *http.ServeMux, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return &schema.Problem{Kind: schema.NotFound, Code: "no_such_route", Detail: "There is nothing at this address.", Fix: "API.md lists all addresses."}
	}
	rw.Header().Set("Allow", strings.Join(allowed, ", "))
	return &schema.Problem{Kind: schema.Invalid, Code: codeMethod, Detail: "This address does not take this method.", Fix: "Use " + strings.Join(allowed, " or ") + "."}
}

// forPeople holds where a browser asks for a page that is none of the API's.
func forPeople(r *http.Request) bool {
	api := strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, "/admin/")
	return !api && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// silent drops what net/http would print about broken connections: anybody can cause it.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
