package integration

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire is a TCP proxy in front of one node. It fails on demand.
type wire struct {
	listener net.Listener
	to       string
	refusing atomic.Bool  // takes no connection
	deaf     atomic.Bool  // swallows what the dialling side says
	dumb     atomic.Bool  // swallows what the node says
	slow     atomic.Int64 // nanoseconds by which each piece is late

	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
}

func newWire(tb testing.TB, to string) *wire {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(tb, err)
	w := &wire{listener: l, to: to, conns: map[net.Conn]bool{}}
	go w.accept()
	tb.Cleanup(func() {
		l.Close()
		w.cut()
	})
	return w
}

func (w *wire) addr() string { return w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		in, err := w.listener.Accept()
		if err != nil {
			return
		}
		if w.refusing.Load() {
			in.Close()
			continue
		}
		go w.join(in)
	}
}

func (w *wire) join(in net.Conn) {
	out, err := net.Dial("tcp", w.to)
	if err != nil {
		in.Close()
		return
	}
	w.mu.Lock()
	w.conns[in], w.conns[out] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { w.pass(out, in, &w.deaf) })
	both.Go(func() { w.pass(in, out, &w.dumb) })
	both.Wait()
	w.mu.Lock()
	delete(w.conns, in)
	delete(w.conns, out)
	w.mu.Unlock()
}

// pass copies until either side ends. A direction that swallowed something has lost
// octets of a stream, so it is cut when it is to speak again.
func (w *wire) pass(to, from net.Conn, lost *atomic.Bool) {
	defer to.Close()
	defer from.Close()
	piece, swallowed := make([]byte, 32<<10), false
	for {
		n, err := from.Read(piece)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(w.slow.Load()))
		switch {
		case lost.Load():
			swallowed = true
		case swallowed:
			return
		default:
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
	}
}

// cut ends all connections at once.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		if tcp, is := c.(*net.TCPConn); is {
			tcp.SetLinger(0) // a reset, no farewell
		}
		c.Close()
	}
}
