package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/comity-exchange/comity/schema"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"
)

// link is our side of the border with one peer: one goroutine sends, another
// receives. Routes come and go beneath it.
type link struct {
	gw     *Gateway
	peer   schema.Jurisdiction
	log    zerolog.Logger
	ctx    context.Context // ends with the link
	cancel context.CancelFunc

	queued chan struct{} // something waits for the peer
	shown  chan struct{} // a route to the peer came up, or the peer showed itself
	in     chan parcel   // pouches, one at a time

	pouches, octets *rate.Limiter // we keep half the limits that the peer holds us to
	buffer          []byte        // archive of the pouch in flight
	last            *Position     // last pouch received; the receiving goroutine's own, nil if not known
	stale           chan struct{} // last must be asked for again
	anew            chan struct{} // so must the pouch in flight

	mu        sync.Mutex // guards what follows; never held over I/O
	ways      []*route   // in order of preference
	muted     map[address]time.Time
	reports   seldom
	state     LinkState
	health    health
	interrupt context.CancelFunc // of the request under way
	asked     time.Time          // when it was made
}

// health of a link is what was logged last.
type health int

const (
	unknown health = iota
	healthy
	failing
)

// patience is how long a request is left alone when a better moment to ask comes.
const patience = time.Second

func newLink(ctx context.Context, g *Gateway, peer schema.Jurisdiction) *link {
	ctx, cancel := context.WithCancel(ctx)
	return &link{
		gw: g, peer: peer, ctx: ctx, cancel: cancel, log: g.Log.With().Str("peer", string(peer)).Logger(),
		queued: make(chan struct{}, 1), shown: make(chan struct{}, 1), stale: make(chan struct{}, 1), anew: make(chan struct{}, 1), in: make(chan parcel),
		pouches: rate.NewLimiter(PouchesPerSecond/2, PouchBurst/2),
		octets:  rate.NewLimiter(BytesPerSecond/2, ByteBurst/2),
		muted:   make(map[address]time.Time), state: LinkState{Peer: peer},
	}
}

// start runs the link until cancel; group counts its goroutines.
func (l *link) start(group *sync.WaitGroup) {
	group.Go(func() { l.send(l.ctx) })
	group.Go(func() { l.receive(l.ctx) })
}

func (l *link) setWays(ways []*route) {
	l.mu.Lock()
	changed := !slices.Equal(l.ways, ways)
	l.ways = ways
	l.mu.Unlock()
	if changed {
		signal(l.shown)
	}
}

func (l *link) routes() []*route {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ways
}

// kick says that a try may succeed now. The request under way may be waiting for
// somebody who is gone: once it has had its time it is given up.
func (l *link) kick() {
	signal(l.shown)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.interrupt != nil {
		time.AfterFunc(max(0, patience-time.Since(l.asked)), l.interrupt)
	}
}

// appeared is a kick for a link whose peer was away.
func (l *link) appeared() {
	l.mu.Lock()
	away := l.state.Code != ""
	l.mu.Unlock()
	if away {
		l.kick()
	}
}

// mute makes the link deaf on one route.
func (l *link) mute(a address, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.muted[a] = until
}

func (l *link) hears(a address, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !now.Before(l.muted[a])
}

// report tells the node of misconduct, once per ReportEvery and kind. A dispute is
// logged by the node, once until it ends.
func (l *link) report(m Misconduct) {
	m.At = l.gw.now()
	l.mu.Lock()
	due := l.reports.allow(m.kind(), m.At)
	l.mu.Unlock()
	if !due {
		return
	}
	if m.Expected.Seq == 0 {
		l.log.Warn().Str("code", m.Code).Uint64("seq", m.Position.Seq).Msg("peer misconduct")
	}
	ctx, cancel := context.WithTimeout(context.Background(), CommitTimeout)
	defer cancel()
	if err := l.gw.Mailbox.Report(ctx, l.peer, m); err != nil {
		l.log.Error().Err(err).Str("code", m.Code).Msg("misconduct not journalled")
	}
}

// kind of misconduct, for the bound on reports.
func (m *Misconduct) kind() string {
	if m.Refused {
		return "refused_" + m.Code
	}
	return m.Code
}
