package browser

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// alone is the border of pages that stand beside a node.
type alone struct{}

func (alone) Links() any { return []string{} }

func (alone) Ping(context.Context, schema.Jurisdiction) (time.Duration, error) {
	return 0, errors.New("these pages have no border")
}

// TestReleaseAsksForThePasskey signs in, waits, and releases: the page asks for the
// passkey, and lets go of the message once it was touched.
func TestReleaseAsksForThePasskey(t *testing.T) {
	d := house(t)
	settle(t, d)
	held := hold(t, d)
	var waited atomic.Int64
	w := web.Open(web.Config{Node: d.First(), Border: alone{}, Log: zerolog.Nop(), Version: "test",
		Now: func() time.Time { return time.Now().Add(time.Duration(waited.Load())) }})
	s := httptest.NewServer(w.Public())
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://localhost:" + at.Port()
	if err := w.SetOrigin(origin); err != nil {
		t.Fatal(err)
	}
	secret, _, err := d.First().MakeLink(t.Context(), "operator:demo", "second")
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t)
	p.passkeys()
	p.open(origin+"/enrol#"+secret, 200)
	p.do("make a passkey", chromedp.WaitEnabled(passkeyButton), chromedp.Click(passkeyButton), chromedp.WaitVisible("nav"))
	waited.Store(int64(6 * time.Minute))
	release := origin + "/release/out/" + string(held)
	p.open(release, 200)
	p.flawless(axe(t))
	var tag string
	p.do("read the tag", chromedp.Value(`form[action$="/release"] input[name="tag"]`, &tag, chromedp.ByQuery))
	var status int
	p.do("release without a touch", chromedp.Evaluate(`fetch("/release/out/`+string(held)+`/release", {method: "POST", body: new URLSearchParams({tag: "`+tag+`"})}).then(r => r.status)`, &status, awaited))
	if status != 403 {
		t.Errorf("without a touch: got %d, want 403", status)
	}
	p.do("release", chromedp.Click(`form[action$="/release"] button`), chromedp.WaitVisible(`//h1[.="Releases"]`, chromedp.BySearch))
	got, err := d.First().Trace(t.Context(), held, node.Out)
	if err != nil || got.Record.Releaser != "user:second" || strings.Contains(string(got.Record.State), "held") {
		t.Errorf("got %+v, %v, want it released by the second officer", got.Record, err)
	}
	for _, flaw := range p.complaints() {
		t.Error(flaw)
	}
}
