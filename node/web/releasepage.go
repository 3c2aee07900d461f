package web

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// releaseRow is one line of the release queue.
type releaseRow struct {
	row
	Deadline   time.Time
	Author     string
	Own        bool
	Denied     bool // today's policy does not let it cross at all
	Categories []string
}

type releasesData struct {
	Rows []releaseRow
	Next Cursor
	Late bool // not the first page
}

func (w *Web) releasesPage(rw http.ResponseWriter, r *request) error {
	after, err := readTurn(Cursor(r.query.Get("after")))
	if err != nil {
		return err
	}
	page, err := w.releases(r, after, pageSize)
	if err != nil {
		return err
	}
	v := w.view(r)
	data := releasesData{Next: page.Next, Late: after.N > 0}
	for _, item := range page.Items {
		data.Rows = append(data.Rows, releaseRow{w.rows([]Item{item.Item}, v.Lang)[0], item.Deadline, item.Author, item.Own,
			item.Decision.Verdict == policy.Deny, w.categories(item, v.Lang)})
	}
	v.Title, v.At, v.Data = words[v.Lang]["releases"], "releases", data
	return w.show(rw, http.StatusOK, "releases", v)
}

// categories that wait, in words, each once, in the order in which they stand in the message.
func (w *Web) categories(item ReleaseItem, lang string) (list []string) {
	for _, c := range waitingOn(item.Decision) {
		list = append(list, labelled(w.Node.Catalogue, lang, "categories", c))
	}
	return list
}

// waitingOn lists the categories that wait, each once.
func waitingOn(d policy.Decision) (list []string) {
	for _, f := range d.Approve {
		if !slices.Contains(list, f.Category) {
			list = append(list, f.Category)
		}
	}
	return list
}

// releaseData is all that the page of one release shows.
type releaseData struct {
	*messageData
	Waiting   []waiting
	Deadline  time.Time
	Own       bool
	Denied    bool
	WouldPass string // what keeps the nearest rule from letting it through, "" if none is near
	Tag       string
	Proof     string   // how the reader must show first that it is them: "" not at all, byPasskey, bySignOn
	Changed   []string // what is not as it was at the last look, in words
}

// releasePage shows exactly what leaves. Opening it is journalled as a reading.
func (w *Web) releasePage(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	found, err := w.Node.OpenRelease(r.Context(), r.caller.actor(), id, box)
	if err != nil {
		return err
	}
	v := w.view(r)
	v.At, v.Title = "releases", line(found.Message.Subject)
	m, err := w.messageData(r, found.Detail, v.Lang)
	if err != nil {
		return err
	}
	m.At = "/release/" + reading(id, box)
	v.Data = releaseData{m, w.approvals(found.Decision, found.Message, v.Lang), found.Record.Deadline, found.Own,
		found.Decision.Verdict == policy.Deny, wouldPass(found.Decision, v.Lang), found.Tag, w.proofNeeded(r), w.changed(r, found, v.Lang)}
	return w.show(rw, http.StatusOK, "release", v)
}

func (w *Web) releaseForm(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if w.proofNeeded(r) != "" {
		return &schema.Problem{Kind: schema.NotAllowed, Code: "proof_needed", Detail: "A release needs your passkey, or a sign-in of the last five minutes.",
			Fix: "Open the message again and release it: you are asked for your passkey. Without scripts, sign out and in, and release within five minutes."}
	}
	if _, err := w.Node.Release(r.Context(), r.caller.actor(), id, box, r.fields.Get("tag")); err != nil {
		return err
	}
	redirect(rw, "/releases")
	return nil
}

// returnForm gives a message back to its author, or discards one that arrived.
func (w *Web) returnForm(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if _, err := w.Node.Return(r.Context(), r.caller.actor(), id, box, r.fields.Get("tag"), r.fields.Get("reason")); err != nil {
		return err
	}
	redirect(rw, "/releases")
	return nil
}

// Ours says whether a page is about a message of this side.
func (d releaseData) Ours() bool { return d.Box == node.Out }

// proofLife is how long it counts that somebody showed that it is them.
const proofLife = 5 * time.Minute

// proofNeeded says how somebody must show before a release that it is them. Who can show
// it neither way came by a link, which only demonstrations give.
func (w *Web) proofNeeded(r *request) string {
	s := r.caller.session
	switch {
	case s == nil, w.Now().Sub(s.proof) < proofLife:
		return ""
	case len(w.Node.PasskeysOf(r.caller.user.Name)) > 0:
		return byPasskey
	case s.how == bySignOn:
		return bySignOn
	}
	return ""
}

// look is what somebody saw of the decision when they last looked at a release.
type look struct {
	policy, rule string
	verdict      policy.Verdict
	waits        []string // categories
}

// maxLooks that a session remembers; beyond them it begins anew.
const maxLooks = 512

// changed tells what is not as it was when this user last looked, and keeps what is.
func (w *Web) changed(r *request, found *node.Release, lang string) (list []string) {
	s := r.caller.session
	if s == nil {
		return nil
	}
	d := found.Decision
	now := look{d.Policy, d.Rule, d.Verdict, waitingOn(d)}
	what := reading(found.Record.ID, found.Record.Box)
	if before, ok := s.looks[what]; ok {
		list = now.since(before, words[lang], func(c string) string { return labelled(w.Node.Catalogue, lang, "categories", c) })
	}
	w.auth.looked(s, what, now)
	return list
}

// since tells in words how a decision differs from an earlier one.
func (l look) since(before look, word map[string]string, category func(code string) string) (list []string) {
	if l.policy != before.policy {
		list = append(list, word["changed_policy"])
	}
	if l.verdict != before.verdict {
		list = append(list, word["verdict."+string(before.verdict)]+" → "+word["verdict."+string(l.verdict)])
	}
	if l.rule != before.rule {
		list = append(list, word["rule"]+": "+before.rule+" → "+l.rule)
	}
	for _, c := range l.waits {
		if !slices.Contains(before.waits, c) {
			list = append(list, word["changed_waits"]+" "+category(c))
		}
	}
	for _, c := range before.waits {
		if !slices.Contains(l.waits, c) {
			list = append(list, word["changed_waits_not"]+" "+category(c))
		}
	}
	return list
}

// looked keeps what somebody saw. The map of before stays as it is: copies of the session hold it.
func (a *auth) looked(s *session, what string, now look) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, ok := a.sessions[s.sum]
	if !ok {
		return
	}
	looks := map[string]look{}
	if len(kept.looks) < maxLooks {
		maps.Copy(looks, kept.looks)
	}
	looks[what] = now
	kept.looks = looks
}
