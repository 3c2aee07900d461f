package gateway

import (
	"errors"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// LinkState is what an operator sees of a link.
type LinkState struct {
	Peer     schema.Jurisdiction `json:"peer"`
	Routes   []RouteState        `json:"routes"`
	InFlight uint64              `json:"in_flight,omitempty"` // number of the pouch without receipt, 0 if none
	LastTry  time.Time           `json:"last_try,omitzero"`
	LastOK   time.Time           `json:"last_ok,omitzero"`
	Code     string              `json:"code,omitempty"` // why the last try failed
	Fix      string              `json:"fix,omitempty"`
	NextTry  time.Time           `json:"next_try,omitzero"`
}

// RouteState is one way to a peer.
type RouteState struct {
	Route     string `json:"route"` // "direct tls://…", "hub tls://…", "own host"
	Connected bool   `json:"connected"`
}

// shipped notes that a number is spent and its receipt is awaited.
func (l *link) shipped(s *shipment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.InFlight = s.Seq
}

// settled notes that the receipt is stored.
func (l *link) settled(done *Settlement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.InFlight == done.Seq {
		l.state.InFlight = 0
	}
}

// succeeded notes a verified receipt.
func (l *link) succeeded() {
	now := l.gw.now()
	l.mu.Lock()
	was := l.health
	l.health = healthy
	l.state.LastTry, l.state.LastOK = now, now
	l.state.Code, l.state.Fix, l.state.NextTry = "", "", time.Time{}
	l.mu.Unlock()
	if was != healthy {
		l.log.Info().Msg("link up")
	}
}

// failed notes a try without receipt.
func (l *link) failed(f *fault, wait time.Duration) {
	now := l.gw.now()
	l.mu.Lock()
	was := l.health
	l.health = failing
	l.state.LastTry, l.state.NextTry = now, now.Add(wait)
	l.state.Code, l.state.Fix = f.code, fixOf(f.code)
	l.mu.Unlock()
	if was != failing {
		l.log.Warn().Str("code", f.code).Err(f.err).Msg("link down")
	}
}

// snapshot of the state for an operator. While no route is connected the error of
// a dial says more than the failed try.
func (l *link) snapshot() LinkState {
	l.mu.Lock()
	s, ways := l.state, l.ways
	l.mu.Unlock()
	s.Routes = make([]RouteState, 0, len(ways))
	for _, r := range ways {
		state, err := r.state()
		s.Routes = append(s.Routes, state)
		if errors.Is(err, errHostKey) && (s.Code == noRoute || s.Code == peerAbsent) {
			s.Code, s.Fix = "wrong_host_key", fixOf("wrong_host_key")
		}
	}
	return s
}
