package broker

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// logger passes the server's warnings and errors on, at a bounded rate since
// strangers can cause them, and keeps the reason why it could not start
// (server.Logger).
type logger struct {
	to    func(string)
	limit *rate.Limiter
	death atomic.Pointer[string]
}

func newLogger(to func(string)) *logger {
	if to == nil {
		to = func(string) {}
	}
	return &logger{to: to, limit: rate.NewLimiter(rate.Every(time.Second), 10)}
}

func (l *logger) write(format string, v []any) {
	if l.limit.Allow() {
		l.to(fmt.Sprintf(format, v...))
	}
}

// fatal is the last fatal error, "" if there was none.
func (l *logger) fatal() string {
	if text := l.death.Load(); text != nil {
		return *text
	}
	return ""
}

func (l *logger) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.death.Store(&text)
}

func (l *logger) Errorf(format string, v ...any) { l.write(format, v) }
func (l *logger) Warnf(format string, v ...any)  { l.write(format, v) }
func (l *logger) Noticef(string, ...any)         {}
func (l *logger) Debugf(string, ...any)          {}
func (l *logger) Tracef(string, ...any)          {}
