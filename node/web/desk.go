package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// deskQuery are the parameters of the inbox and of the page of what was sent.
var deskQuery = []string{"after", "due", "lang", "peer", "q", "show", "type"}

// deskData is all that the inbox shows, or the page of what was sent.
type deskData struct {
	Path    string // of the page
	Box     node.Box
	Rows    []row
	Next    string // address of the next page, "" if there is none
	Late    bool   // not the first page
	Looked  int    // messages that a search opened before it paused, 0 if it came to an end
	Any     bool   // some filter is set
	Peers   []choiceOf
	Types   []choiceOf
	Show    []choiceOf
	Due     []choiceOf
	Words   string
	Newest  int64 // number of the newest message that has arrived
	Views   []savedView
	Saved   bool       // the list shows one of Views
	Filters url.Values // that are set
}

// choiceOf is one option of a filter.
type choiceOf struct {
	Value, Label string
	Chosen       bool
}

// maxWords bounds a search, octets.
const maxWords = 200

// Values of the filters show and due; the first is the default.
var (
	showChoices = []string{"open", "mine", "new", "all"}
	sentChoices = []string{"all", "open"}
	dueChoices  = []string{"any", "late", "today", "week"}
)

func (w *Web) inboxPage(rw http.ResponseWriter, r *request) error {
	return w.deskPage(rw, r, node.In, "inbox", showChoices)
}

func (w *Web) sentPage(rw http.ResponseWriter, r *request) error {
	return w.deskPage(rw, r, node.Out, "sent", sentChoices)
}

func (w *Web) deskPage(rw http.ResponseWriter, r *request, box node.Box, at string, shows []string) error {
	f, err := w.deskFilter(r, box, shows)
	if err != nil {
		return err
	}
	words := r.query.Get("q")
	if len(words) > maxWords {
		return badQuery("bad_parameter", "q", "The search is too long.", "Use a few words.")
	}
	page, err := w.Node.ListDesk(r.Context(), f, words)
	if err != nil {
		return err
	}
	v := w.view(r)
	d := &deskData{Path: "/" + at, Box: box, Late: f.After.N > 0, Words: words}
	for _, item := range page.Items {
		d.Rows = append(d.Rows, w.deskRow(item, v.Lang))
	}
	if page.Next.N > 0 {
		d.Next = "?" + r.with("after", deskCursor(page.Next))
		if words != "" && len(page.Items) < f.Limit {
			d.Looked = page.Looked
		}
	}
	w.deskChoices(r, d, shows, v.Lang)
	if box == node.In {
		if d.Newest, err = w.newest(r); err == nil {
			err = w.deskViews(r, d)
		}
		if err != nil {
			return err
		}
	}
	v.Title, v.At, v.Data = say(v.Lang, at), at, d
	return w.show(rw, http.StatusOK, "desk", v)
}

func say(lang, word string) string { return words[lang][word] }

// with is the query with one parameter set and the language left out.
func (r *request) with(name, value string) string {
	q := url.Values{}
	for k, v := range r.query {
		if k != "lang" {
			q[k] = v
		}
	}
	q.Set(name, value)
	return q.Encode()
}

func (w *Web) deskRow(item node.DeskItem, lang string) row {
	i := summary(item.Summary)
	out := row{Item: i, Title: w.title(i.Type, lang), Name: w.peerName(i.Peer), New: item.Desk.Seen.IsZero() && i.Box == node.In,
		Holder: holderName(item.Desk.Holder)}
	if s := item.Desk.Standing; s.State != "" {
		out.Life = w.Node.Catalogue.Label(lang, s.Machine+"/"+s.State)
	}
	if item.Due != nil {
		out.When, out.Theirs = w.due(item.Due, i.Instrument), !item.Desk.Standing.Ours
	}
	return out
}

// holderName is an actor without what kind of actor it is.
func holderName(actor string) string {
	_, name, _ := strings.Cut(actor, ":")
	return name
}

func (w *Web) deskFilter(r *request, box node.Box, shows []string) (f node.DeskFilter, err error) {
	f = node.DeskFilter{Box: box, Type: r.query.Get("type"), Limit: pageSize}
	if peer := r.query.Get("peer"); peer != "" {
		if f.Peer, err = schema.ParseJurisdiction(peer); err != nil {
			return f, err
		}
	}
	if f.After, err = readDeskCursor(r.query.Get("after")); err != nil {
		return f, err
	}
	show, err := choice(r, "show", shows...)
	if err != nil {
		return f, err
	}
	if show == "" {
		show = shows[0]
	}
	f.All, f.Unseen = show == "all", show == "new"
	if show == "mine" {
		f.Mine = r.caller.actor()
	}
	due, err := choice(r, "due", dueChoices...)
	now := w.Now().UTC()
	switch due {
	case "late":
		f.DueBefore = now
	case "today":
		f.DueBefore = now.Truncate(24*time.Hour).AddDate(0, 0, 1)
	case "week":
		f.DueBefore = now.AddDate(0, 0, 7)
	}
	return f, err
}

// deskChoices fills the filters with what there is to choose.
func (w *Web) deskChoices(r *request, d *deskData, shows []string, lang string) {
	options := func(name string, values []string) (list []choiceOf) {
		chosen := r.query.Get(name)
		d.Any = d.Any || (chosen != "" && chosen != values[0])
		for _, v := range values {
			list = append(list, choiceOf{v, say(lang, name+"_"+v), v == chosen})
		}
		return list
	}
	d.Show, d.Due = options("show", shows), options("due", dueChoices)
	d.Any = d.Any || d.Words != "" || r.query.Get("peer") != "" || r.query.Get("type") != ""
	d.Peers = []choiceOf{{"", say(lang, "every_peer"), false}}
	for _, p := range w.Node.Keyring.Peers() {
		code := string(p.Card.Jurisdiction)
		d.Peers = append(d.Peers, choiceOf{code, code + " " + p.Card.Name, code == r.query.Get("peer")})
	}
	d.Types = []choiceOf{{"", say(lang, "every_type"), false}}
	var types []choiceOf
	for _, t := range w.Node.Catalogue.Types() {
		types = append(types, choiceOf{t.Name, w.title(t.Name, lang), t.Name == r.query.Get("type")})
	}
	slices.SortFunc(types, func(a, b choiceOf) int { return strings.Compare(a.Label, b.Label) })
	d.Types = append(d.Types, types...)
}

// deskPrefix tells the cursors of the desk from others, and this form from later ones.
const deskPrefix = "d1:"

func deskCursor(p node.DeskPlace) string {
	due := int64(0)
	if !p.Due.IsZero() {
		due = p.Due.UnixMilli()
	}
	return base64.RawURLEncoding.EncodeToString([]byte(deskPrefix + strconv.FormatInt(due, 10) + ":" + strconv.FormatInt(p.N, 10)))
}

// readDeskCursor accepts exactly what deskCursor writes, and "" for the start.
func readDeskCursor(c string) (p node.DeskPlace, err error) {
	if c == "" {
		return p, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(c)
	due, n, found := strings.Cut(strings.TrimPrefix(string(text), deskPrefix), ":")
	if err == nil && found {
		millis, err1 := strconv.ParseInt(due, 10, 64)
		number, err2 := strconv.ParseInt(n, 10, 64)
		if p.N = number; millis != 0 {
			p.Due = time.UnixMilli(millis).UTC()
		}
		if err1 == nil && err2 == nil && number > 0 && deskCursor(p) == c {
			return p, nil
		}
	}
	return node.DeskPlace{}, badQuery("bad_cursor", "after", "This is not a place in this list.", "Use the link of the page before, or start without after.")
}

// claim takes a message for the officer, or gives it back.
func (w *Web) claim(rw http.ResponseWriter, r *request) error {
	return w.handle(rw, r, func(id schema.ID, box node.Box) error { return w.Node.Claim(r.Context(), r.caller.actor(), id, box) })
}

func (w *Web) unclaim(rw http.ResponseWriter, r *request) error {
	return w.handle(rw, r, func(id schema.ID, box node.Box) error { return w.Node.Unclaim(r.Context(), r.caller.actor(), id, box) })
}

// Days for which a message can be put off; 0 shows it again.
var snoozeDays = []int{1, 3, 7, 30}

func (w *Web) snooze(rw http.ResponseWriter, r *request) error {
	return w.handle(rw, r, func(id schema.ID, box node.Box) error {
		days, err := r.number("days", 0, 0, 366)
		if err != nil {
			return err
		}
		var until time.Time
		if days > 0 {
			until = w.Now().UTC().AddDate(0, 0, int(days)).Truncate(time.Hour)
		}
		return w.Node.Snooze(r.Context(), r.caller.actor(), id, box, until)
	})
}

// handle does something about a message and goes back to it.
func (w *Web) handle(rw http.ResponseWriter, r *request, do func(schema.ID, node.Box) error) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if err := do(id, box); err != nil {
		return err
	}
	redirect(rw, "/message/"+string(box)+"/"+string(id))
	return nil
}

// newest is the number of the newest message that has arrived, 0 if there is none.
func (w *Web) newest(r *request) (int64, error) {
	list, err := w.Node.Records(r.Context(), node.Filter{Box: node.In, State: node.Received, Limit: 1})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].N, nil
}

// maxNews is as far as news are counted.
const maxNews = 99

// news counts what has arrived since a message, in words too.
func (w *Web) news(rw http.ResponseWriter, r *request) error {
	after, err := r.number("after", 0, 0, 1<<53)
	if err != nil {
		return err
	}
	list, err := w.Node.Records(r.Context(), node.Filter{Box: node.In, State: node.Received, Limit: maxNews})
	if err != nil {
		return err
	}
	count := 0
	for _, m := range list {
		if m.N > after {
			count++
		}
	}
	return answer(rw, http.StatusOK, map[string]any{"count": count, "text": counted(w.view(r).Lang, "news", count)})
}

// printed notes that an officer printed a message.
func (w *Web) printed(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if err := w.Node.Printed(r.Context(), r.caller.actor(), id, box); err != nil {
		return err
	}
	rw.WriteHeader(http.StatusNoContent)
	return nil
}
