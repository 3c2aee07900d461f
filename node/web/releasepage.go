package web

import (
	"net/http"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
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
			item.Decision.Verdict == policy.Deny, categories(item)})
	}
	v.Title, v.At, v.Data = words[v.Lang]["releases"], "releases", data
	return w.show(rw, http.StatusOK, "releases", v)
}

// categories that wait, each once, in the order in which they stand in the message.
func categories(item ReleaseItem) (list []string) {
	seen := map[string]bool{}
	for _, f := range item.Decision.Approve {
		if !seen[f.Category] {
			seen[f.Category] = true
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
	v.Data = releaseData{m, w.approvals(found.Decision, found.Message, v.Lang), found.Record.Deadline, found.Own,
		found.Decision.Verdict == policy.Deny, wouldPass(found.Decision, v.Lang), found.Tag}
	return w.show(rw, http.StatusOK, "release", v)
}

func (w *Web) releaseForm(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
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
