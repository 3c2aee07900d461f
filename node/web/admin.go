package web

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/comity-exchange/comity/node"
)

func (w *Web) status(rw http.ResponseWriter, r *request) error {
	counts, err := w.Node.Counts(r.Context())
	if err != nil {
		return err
	}
	links, err := w.links()
	if err != nil {
		return err
	}
	head := w.Node.Store.Head()
	s := Status{Card: cardOf(w.Node.Self), Version: w.Version, Started: w.started, Counts: []Count{}, Links: links.all,
		Policy: w.inForce(), Journal: checkpoint(head)}
	backlog, err := w.Node.Backlog(r.Context())
	if err != nil {
		return err
	}
	s.Waiting = Backlog(backlog)
	for _, c := range counts {
		s.Counts = append(s.Counts, Count{c.Box, c.Peer, c.State, c.N})
	}
	if s.Peers, err = w.allPeers(r.Context(), counts, links); err != nil {
		return err
	}
	duties, err := w.Node.TaskCounts(r.Context())
	if err != nil {
		return err
	}
	s.Duties = Duties(duties)
	return answer(rw, http.StatusOK, s)
}

func checkpoint(c node.Checkpoint) Checkpoint {
	return Checkpoint{Size: c.Size, Root: hex.EncodeToString(c.Root[:])}
}

func (w *Web) ownCard(rw http.ResponseWriter, _ *request) error {
	c := cardOf(w.Node.Self)
	c.Text = string(w.Node.Self.Text)
	return answer(rw, http.StatusOK, c)
}

// linkStates are the border's links as JSON, and each by its peer.
type linkStates struct {
	all    json.RawMessage
	byPeer map[string]json.RawMessage
}

func (w *Web) links() (*linkStates, error) {
	all, err := json.Marshal(w.Border.Links())
	if err != nil {
		return nil, fmt.Errorf("write links: %w", err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(all, &list); err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	states := &linkStates{all, make(map[string]json.RawMessage)}
	for _, link := range list {
		var named struct{ Peer string }
		if err := json.Unmarshal(link, &named); err != nil {
			return nil, fmt.Errorf("read links: %w", err)
		}
		states.byPeer[named.Peer] = link
	}
	return states, nil
}

// of tells of the link to one peer whether it is up, and when it last carried something.
func (s *linkStates) of(peer string) (up bool, last time.Time, err error) {
	raw, here := s.byPeer[peer]
	if !here {
		return false, last, nil
	}
	var link struct {
		Routes []struct {
			Connected bool `json:"connected"`
		} `json:"routes"`
		LastOK time.Time `json:"last_ok"`
	}
	if err := json.Unmarshal(raw, &link); err != nil {
		return false, last, fmt.Errorf("read link of %s: %w", peer, err)
	}
	for _, r := range link.Routes {
		up = up || r.Connected
	}
	return up, link.LastOK, nil
}

// verifyJournal may take longer than other answers: it reads every entry.
func (w *Web) verifyJournal(rw http.ResponseWriter, r *request) error {
	err := http.NewResponseController(rw).SetWriteDeadline(time.Time{})
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	head, err := w.Node.VerifyJournal(r.Context())
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, checkpoint(head))
}
