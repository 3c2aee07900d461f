package web

import (
	"context"
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
)

func (w *Web) dispute(d node.Dispute, e node.Epochs) Dispute {
	return Dispute{Box: d.Box, Code: d.Code, Pouch: d.Pouch, Expected: d.Expected, Since: d.At, Detail: d.Detail(), Fix: d.Fix(w.Node.Code(), e)}
}

// held says why a queued message does not go, if its ledger is in dispute.
func (w *Web) held(ctx context.Context, m *node.Message) (*Dispute, error) {
	if m.State != node.Queued {
		return nil, nil
	}
	for _, d := range w.Node.Disputes(m.Peer) {
		if d.Box == node.Out {
			e, err := w.Node.Epochs(ctx, m.Peer)
			out := w.dispute(d, e)
			return &out, err
		}
	}
	return nil, nil
}

// restartPeer begins a new epoch with a peer, or says what that would change.
func (w *Web) restartPeer(rw http.ResponseWriter, r *request) error {
	dryRun, err := r.flag("dry_run")
	if err != nil {
		return err
	}
	p, err := w.findPeer(r)
	if err != nil {
		return err
	}
	var ask restartRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	order := node.Restart{Peer: p.Card.Jurisdiction, Epoch: ask.Epoch, Resend: ask.ResendFrom, DryRun: dryRun}
	if ask.Card != "" {
		order.Card = []byte(ask.Card)
		if order.Root, err = pki.ParseFingerprint(ask.Fingerprint); err != nil {
			return err
		}
	}
	done, err := w.Node.RestartPeer(r.Context(), r.caller.actor(), order)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, Restarted{Peer: done.Peer, Was: done.Was, Epoch: done.Epoch, Sent: done.Sent, Received: done.Received,
		Closed: done.Closed, Again: done.Again, Rekeyed: done.Rekeyed, Done: !dryRun})
}
