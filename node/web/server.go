package web

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Limits of a listener. A client that is slower or says more in its headers is cut off.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 16 << 10 // octets
)

// Server makes the server for a listener, with all limits set. On a Unix socket
// it notes whose process is at the other end.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       noteOwner,
		ErrorLog:          silent(),
	}
}

type ownerKey struct{}

// noteOwner keeps the user id of the process at the other end of a Unix socket.
func noteOwner(ctx context.Context, c net.Conn) context.Context {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	uid, err := ownerOf(u)
	if err != nil {
		return ctx
	}
	return context.WithValue(ctx, ownerKey{}, uid)
}

// owner gives the user id that noteOwner kept.
func owner(r *http.Request) (uid uint32, ok bool) {
	uid, ok = r.Context().Value(ownerKey{}).(uint32)
	return uid, ok
}
