package gateway

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// intake is where one peer's pouches arrive over one route. It holds the peer to
// the limits before anything is decrypted; a hostile hub that speaks in a peer's
// name uses up its own intake, not the peer's others.
type intake struct {
	link    *link
	route   *route
	pouches *rate.Limiter
	octets  *rate.Limiter
	pings   *rate.Limiter
	broken  atomic.Bool // a limit was broken: deaf until the quarantine ends
	subs    []func()    // end the subscriptions
}

func newIntake(r *route, l *link) *intake {
	return &intake{
		link: l, route: r,
		pouches: rate.NewLimiter(PouchesPerSecond, PouchBurst),
		octets:  rate.NewLimiter(BytesPerSecond, ByteBurst),
		pings:   rate.NewLimiter(PingsPerSecond, 2*PingsPerSecond),
	}
}

func (in *intake) deaf() bool { return in.broken.Load() }

// subscribe listens for pouches and pings, each with its own bounded queue.
func (in *intake) subscribe(w carrier) error {
	for _, s := range []struct {
		subject string
		handle  func(parcel)
	}{{pouchFrom(in.link.peer), in.pouch}, {pingFrom(in.link.peer), in.ping}} {
		stop, err := w.subscribe(s.subject, s.handle)
		if err != nil {
			return err
		}
		in.subs = append(in.subs, stop)
	}
	return nil
}

func (in *intake) stop() {
	in.broken.Store(true)
	for _, stop := range in.subs {
		stop()
	}
}

// pouch hands one pouch to the link, which takes one at a time.
func (in *intake) pouch(m parcel) {
	if in.deaf() {
		return
	}
	if code := in.breach(m); code != "" {
		in.quarantine(code)
		return
	}
	if m.reply == "" {
		return // nobody waits for the receipt
	}
	select {
	case in.link.in <- m:
	case <-in.link.ctx.Done():
	}
}

// breach names the limit that m breaks.
func (in *intake) breach(m parcel) string {
	now := time.Now()
	switch {
	case m.dropped:
		return "overflow"
	case len(m.data) > MaxSealed:
		return TooLarge
	case !in.pouches.AllowN(now, 1), !in.octets.AllowN(now, len(m.data)):
		return "rate"
	}
	return ""
}

// quarantine stops listening to the peer on this route for a while. On our own
// host its connections are cut as well, and it is kept out for that while: to read and
// drop a flood costs more than to refuse it.
func (in *intake) quarantine(code string) {
	if in.broken.Swap(true) {
		return
	}
	in.link.mute(in.route.address, in.link.gw.Now().Add(Quarantine))
	if in.route.own() {
		in.link.gw.Host.Cut(string(in.link.peer), Quarantine)
	}
	signal(in.route.change)
	time.AfterFunc(Quarantine, func() { signal(in.route.change) })
	in.link.report(Misconduct{Code: code})
}

// ping answers, and takes it as a sign that the peer is there. One that wants no
// answer is a greeting: the peer has just come up, and what it was asked before is lost.
func (in *intake) ping(m parcel) {
	if in.deaf() || !in.pings.Allow() {
		return
	}
	if m.reply == "" {
		in.link.kick()
		return
	}
	_ = m.answer(nil) // the connection is gone; the peer will ping again
	in.link.appeared()
}
