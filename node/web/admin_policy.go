package web

import (
	"context"
	"encoding/hex"
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// inForce is the policy of today, without text, author and time.
func (w *Web) inForce() PolicyVersion {
	sum := w.Node.Policy().SHA256()
	return PolicyVersion{Version: w.Node.PolicyVersion(), SHA256: hex.EncodeToString(sum[:])}
}

func (w *Web) getPolicy(rw http.ResponseWriter, r *request) error {
	history, err := w.history(r.Context())
	if err != nil {
		return err
	}
	out := w.inForce()
	for _, v := range history {
		if v.Version == out.Version {
			out = v
		}
	}
	out.Text = string(w.Node.Policy().Text())
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
	return PolicyVersion{Version: v.Version, SHA256: hex.EncodeToString(v.SHA256[:]), Actor: v.Actor, At: v.At}
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
	if dryRun {
		return w.tryPolicy(rw, []byte(ask.Text))
	}
	v, err := w.Node.ApplyPolicy(r.Context(), r.caller.actor(), []byte(ask.Text))
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, policyVersion(v))
}

// tryPolicy says what ApplyPolicy would, and changes nothing: the version is 0.
func (w *Web) tryPolicy(rw http.ResponseWriter, text []byte) error {
	p, warnings, err := w.Node.CheckPolicy(text)
	if err != nil {
		return err
	}
	if len(warnings) > 0 {
		return &schema.Problem{Kind: schema.Invalid, Code: "policy_unknown_names", Detail: "The policy names things that do not exist; it would not be applied.",
			Fix: "Correct the names and try again.", Errors: warnings}
	}
	sum := p.SHA256()
	return answer(rw, http.StatusOK, PolicyVersion{SHA256: hex.EncodeToString(sum[:])})
}
