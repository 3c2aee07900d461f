package gateway

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
	"github.com/rs/zerolog"
)

// address is where a route leads: to a hub, to a peer's host, or, zero, to our own host.
type address struct {
	addr string // "host:port"
	pin  pki.Pin
	hub  bool
}

func (a address) own() bool { return a.addr == "" }

// String is the name of the route for operators.
func (a address) String() string {
	switch {
	case a.own():
		return "own host"
	case a.hub:
		return "hub tls://" + a.addr
	}
	return "direct tls://" + a.addr
}

// route is one connection by which peers are reached and reach us. A goroutine of
// its own dials it and keeps its subscriptions; nobody else waits for its dialling.
type route struct {
	address
	gw     *Gateway
	log    zerolog.Logger
	cancel context.CancelFunc
	change chan struct{} // something below has changed

	mu      sync.Mutex // guards what follows; never held over I/O
	wire    carrier    // nil until the first dial returns
	up      bool
	fresh   bool  // up since the peers were last greeted
	err     error // of the last dial
	serve   map[schema.Jurisdiction]*link
	intakes map[schema.Jurisdiction]*intake
	noise   seldom
}

func newRoute(g *Gateway, a address) *route {
	return &route{address: a, gw: g, log: g.Log.With().Str("route", a.String()).Logger(),
		change: make(chan struct{}, 1), intakes: make(map[schema.Jurisdiction]*intake)}
}

// run keeps the route until ctx ends.
func (r *route) run(ctx context.Context) {
	w, err := r.gw.dial(r.gw, r.address, r.event)
	if err != nil {
		r.log.Error().Err(err).Msg("route unusable")
		return
	}
	defer w.close()
	r.mu.Lock()
	r.wire = w
	r.mu.Unlock()
	signal(r.change)
	for {
		select {
		case <-ctx.Done():
			r.detach()
			return
		case <-r.change:
			r.follow(w)
		}
	}
}

// event is told by the connection, from any goroutine.
func (r *route) event(event string, err error) {
	r.mu.Lock()
	was := r.up
	switch event {
	case eventUp:
		r.up, r.fresh, r.err = true, true, nil
	case eventDown, eventClosed:
		r.up, r.err = false, err
	case eventRetry:
		r.err = err
	}
	up, loud := r.up, event == eventError && r.noise.allow(event, r.gw.Now())
	r.mu.Unlock()
	switch {
	case up && !was:
		r.log.Info().Msg("route up")
	case was && !up:
		r.log.Warn().Err(err).Msg("route down")
	case loud:
		r.log.Warn().Err(err).Msg("route complains")
	}
	if event == eventUp {
		signal(r.change)
	}
}

// conn is the connection if it can be used now.
func (r *route) conn() carrier {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.up {
		return nil
	}
	return r.wire
}

// state for an operator, with the error of the last dial.
func (r *route) state() (RouteState, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return RouteState{Route: r.String(), Connected: r.up && r.wire != nil}, r.err
}

// carry sets the links whose peers are served here.
func (r *route) carry(links map[schema.Jurisdiction]*link) {
	r.mu.Lock()
	r.serve = links
	r.mu.Unlock()
	signal(r.change)
}

// follow makes the subscriptions what they should be and greets the peers once
// the route is up, so that they send what waits.
func (r *route) follow(w carrier) {
	r.mu.Lock()
	var stale []*intake
	for peer, in := range r.intakes {
		if r.serve[peer] != in.link || in.deaf() {
			stale = append(stale, in)
			delete(r.intakes, peer)
		}
	}
	var missing []*link
	for peer, l := range r.serve {
		if r.intakes[peer] == nil && l.hears(r.address, r.gw.Now()) {
			missing = append(missing, l)
		}
	}
	fresh := r.fresh && r.up
	r.fresh = r.fresh && !fresh
	r.mu.Unlock()

	for _, in := range stale {
		in.stop()
	}
	slices.SortFunc(missing, func(a, b *link) int { return cmp.Compare(a.peer, b.peer) })
	for _, l := range missing {
		r.listen(w, l)
	}
	if fresh {
		r.greet(w)
	}
}

func (r *route) listen(w carrier, l *link) {
	in := newIntake(r, l)
	if err := in.subscribe(w); err != nil {
		in.stop()
		r.log.Warn().Err(err).Str("peer", string(l.peer)).Msg("subscription not made")
		time.AfterFunc(retryCeiling, func() { signal(r.change) })
		return
	}
	r.mu.Lock()
	r.intakes[l.peer] = in
	r.mu.Unlock()
}

// greet tells the peers that we are here, and our links that the route is.
func (r *route) greet(w carrier) {
	r.mu.Lock()
	links := make([]*link, 0, len(r.serve))
	for _, l := range r.serve {
		links = append(links, l)
	}
	r.mu.Unlock()
	for _, l := range links {
		if err := w.publish(pingTo(l.peer), nil); err != nil {
			break // down again
		}
	}
	for _, l := range links {
		l.kick()
	}
}

// detach ends all subscriptions; handlers under way finish.
func (r *route) detach() {
	r.mu.Lock()
	intakes := r.intakes
	r.intakes, r.up = make(map[schema.Jurisdiction]*intake), false
	r.mu.Unlock()
	for _, in := range intakes {
		in.stop()
	}
}

// signal never blocks: one waiting signal stands for all.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
