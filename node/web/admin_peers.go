package web

import (
	"context"
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func (w *Web) adminPeers(rw http.ResponseWriter, r *request) error {
	counts, err := w.Node.Counts(r.Context())
	if err != nil {
		return err
	}
	links, err := w.links()
	if err != nil {
		return err
	}
	all, err := w.allPeers(r.Context(), counts, links)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, Page[Peer]{Items: all})
}

func (w *Web) allPeers(ctx context.Context, counts []node.Count, links *linkStates) ([]Peer, error) {
	list := []Peer{}
	for _, p := range w.Node.Keyring.Peers() {
		view, err := w.adminView(ctx, p, counts, links)
		if err != nil {
			return nil, err
		}
		list = append(list, view)
	}
	return list, nil
}

// adminView is a peer with what only operators see.
func (w *Web) adminView(ctx context.Context, p pki.PeerCard, counts []node.Count, links *linkStates) (Peer, error) {
	out := w.peer(p)
	e, err := w.Node.Epochs(ctx, out.Code)
	if err != nil {
		return out, err
	}
	out.Epoch = e.Own
	for _, d := range w.Node.Disputes(out.Code) {
		out.Disputes = append(out.Disputes, w.dispute(d, e))
	}
	for _, c := range counts {
		if c.Peer == out.Code && c.State == node.Queued {
			out.Queued += c.N
		}
	}
	out.Link = links.byPeer[string(out.Code)]
	return out, nil
}

func (w *Web) adminPeer(rw http.ResponseWriter, r *request) error {
	p, err := w.findPeer(r)
	if err != nil {
		return err
	}
	return w.answerPeer(rw, r, p)
}

func (w *Web) answerPeer(rw http.ResponseWriter, r *request, p pki.PeerCard) error {
	counts, err := w.Node.Counts(r.Context())
	if err != nil {
		return err
	}
	links, err := w.links()
	if err != nil {
		return err
	}
	out, err := w.adminView(r.Context(), p, counts, links)
	if err != nil {
		return err
	}
	out.Text = string(p.Card.Text)
	return answer(rw, http.StatusOK, out)
}

// findPeer finds the peer of the path, suspended or not.
func (w *Web) findPeer(r *request) (pki.PeerCard, error) {
	code, err := schema.ParseJurisdiction(r.PathValue("code"))
	if err != nil {
		return pki.PeerCard{}, err
	}
	if p, here := w.pinned(code); here {
		return p, nil
	}
	return pki.PeerCard{}, &schema.Problem{Kind: schema.NotFound, Code: "unknown_peer", Detail: "There is no peer " + string(code) + " here.", Fix: "List them: comity peer list."}
}

func (w *Web) pinned(code schema.Jurisdiction) (pki.PeerCard, bool) {
	for _, p := range w.Node.Keyring.Peers() {
		if p.Card.Jurisdiction == code {
			return p, true
		}
	}
	return pki.PeerCard{}, false
}

func (w *Web) checkPeer(rw http.ResponseWriter, r *request) error {
	var ask cardRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	card, err := pki.ReadCard([]byte(ask.Card), w.Now())
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.wouldAdd(card))
}

func (w *Web) wouldAdd(card *pki.Card) PeerCheck {
	check := PeerCheck{Card: cardOf(card), Mentioned: w.Node.Policy().Mentions(card.Jurisdiction)}
	if old, here := w.pinned(card.Jurisdiction); here {
		check.Replaces = old.Card.Serial
	}
	return check
}

func (w *Web) addPeer(rw http.ResponseWriter, r *request) error {
	dryRun, err := r.flag("dry_run")
	if err != nil {
		return err
	}
	var ask cardRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	f, err := pki.ParseFingerprint(ask.Fingerprint)
	if err != nil {
		return err
	}
	card, err := pki.ReadCard([]byte(ask.Card), w.Now())
	if err != nil {
		return err
	}
	check := w.wouldAdd(card)
	if dryRun {
		if _, err := w.Node.CheckPeer([]byte(ask.Card), f); err != nil {
			return err
		}
		return answer(rw, http.StatusOK, check)
	}
	if _, err := w.Node.AddPeer(r.Context(), r.caller.actor(), []byte(ask.Card), f); err != nil {
		return err
	}
	check.Added = true
	return answer(rw, http.StatusOK, check)
}

func (w *Web) suspendPeer(rw http.ResponseWriter, r *request) error {
	return w.changePeer(rw, r, w.Node.SuspendPeer)
}

func (w *Web) resumePeer(rw http.ResponseWriter, r *request) error {
	return w.changePeer(rw, r, w.Node.ResumePeer)
}

// removePeer answers with what was removed.
func (w *Web) removePeer(rw http.ResponseWriter, r *request) error {
	return w.changePeer(rw, r, w.Node.RemovePeer)
}

type peerChange func(ctx context.Context, actor string, code schema.Jurisdiction) error

// changePeer does one change, or nothing in a dry run, and answers with the peer.
func (w *Web) changePeer(rw http.ResponseWriter, r *request, change peerChange) error {
	dryRun, err := r.flag("dry_run")
	if err != nil {
		return err
	}
	p, err := w.findPeer(r)
	if err != nil {
		return err
	}
	code := p.Card.Jurisdiction
	if !dryRun {
		if err := change(r.Context(), r.caller.actor(), code); err != nil {
			return err
		}
		if now, here := w.pinned(code); here {
			p = now
		}
	}
	return w.answerPeer(rw, r, p)
}

func (w *Web) pingPeer(rw http.ResponseWriter, r *request) error {
	p, err := w.findPeer(r)
	if err != nil {
		return err
	}
	took, err := w.Border.Ping(r.Context(), p.Card.Jurisdiction)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, Ping{Milliseconds: float64(took.Microseconds()) / 1000})
}
