package web

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/comity-exchange/comity/node"
)

// inForce is the policy of today, without text, author and time.
func (w *Web) inForce() PolicyVersion {
	sum := w.Node.Policy().SHA256()
	return PolicyVersion{Version: w.Node.PolicyVersion(), SHA256: hex.EncodeToString(sum[:])}
}

func (w *Web) getPolicy(rw http.ResponseWriter, r *request) error {
	out := w.inForce()
	out.Text = string(w.Node.Policy().Text())
	if out.Version == 0 {
		return answer(rw, http.StatusOK, out)
	}
	return w.answerPolicy(rw, r, out.Version)
}

func (w *Web) oldPolicy(rw http.ResponseWriter, r *request) error {
	version, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil {
		return badName("/version", "policy", "Give its number from GET /admin/policies.")
	}
	return w.answerPolicy(rw, r, version)
}

func (w *Web) answerPolicy(rw http.ResponseWriter, r *request, version int64) error {
	v, err := w.Node.PolicyOf(r.Context(), version)
	if err != nil {
		return err
	}
	out := policyVersion(v)
	out.Text, out.TestText = string(v.Text), string(v.Tests)
	return answer(rw, http.StatusOK, out)
}

func (w *Web) listPolicies(rw http.ResponseWriter, r *request) error {
	history, err := w.history(r.Context())
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, Page[PolicyVersion]{Items: history})
}

func (w *Web) history(ctx context.Context) ([]PolicyVersion, error) {
	stored, err := w.Node.Policies(ctx)
	if err != nil {
		return nil, err
	}
	list := []PolicyVersion{}
	for _, v := range stored {
		list = append(list, policyVersion(&v))
	}
	return list, nil
}

func policyVersion(v *node.PolicyVersion) PolicyVersion {
	return PolicyVersion{Version: v.Version, SHA256: hex.EncodeToString(v.SHA256[:]), Actor: v.Actor, At: v.At, Tests: v.Tested}
}

func (w *Web) checkPolicy(rw http.ResponseWriter, r *request) error {
	var ask policyRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	p, warnings, err := w.Node.CheckPolicy([]byte(ask.Text))
	if err != nil {
		return err
	}
	sum := p.SHA256()
	out := PolicyCheck{SHA256: hex.EncodeToString(sum[:]), Warnings: problemErrors(warnings), Peers: []PeerCoverage{}, Same: sum == w.Node.Policy().SHA256()}
	for _, peer := range w.Node.Keyring.Peers() {
		code := peer.Card.Jurisdiction
		out.Peers = append(out.Peers, PeerCoverage{code, p.Mentions(code)})
	}
	return answer(rw, http.StatusOK, out)
}

func (w *Web) applyPolicy(rw http.ResponseWriter, r *request) error {
	dryRun, err := r.flag("dry_run")
	if err != nil {
		return err
	}
	var ask policyRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	text, tests := []byte(ask.Text), []byte(ask.Tests)
	var v *node.PolicyVersion
	if dryRun {
		_, v, err = w.Node.TryPolicy(text, tests)
	} else {
		v, err = w.Node.ApplyPolicy(r.Context(), r.caller.actor(), text, tests)
	}
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, policyVersion(v))
}
