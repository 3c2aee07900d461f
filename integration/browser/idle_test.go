package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/comity-exchange/comity/node"
)

// TestIdleIsToldBefore moves the page's time on: what stood in its form is kept,
// the warning is shown, staying is one press, and it is told again the next time.
func TestIdleIsToldBefore(t *testing.T) {
	d := house(t)
	draft, err := d.First().MakeDraft(t.Context(), "user:demo", node.DraftStart{Type: "mla.request", Peer: "NL", Instrument: "EIO"})
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t)
	p.open(d.Nodes[0].Login, 200)
	p.do("bring a clock", chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(clock).Do(ctx)
		return err
	}))
	p.open(d.Nodes[0].URL+"/draft/"+string(draft.ID)+"/section/addressing", 200)
	p.do("write", chromedp.SetValue(`#subject`, "Not kept by hand", chromedp.ByQuery))
	for _, when := range []string{"first", "again"} {
		p.do("see the warning "+when, chromedp.Evaluate(`pass(27 * 60000)`, nil), chromedp.WaitNotVisible(`#stay`), chromedp.Evaluate(`pass(2 * 60000)`, nil), chromedp.WaitVisible(`#stay`))
		p.picture("idle")
		p.do("stay "+when, chromedp.Click(`#stay button`), chromedp.WaitNotVisible(`#stay`),
			chromedp.Evaluate(`fetch("/account/stay", { method: "POST" }).then(() => new Promise((go) => setTimeout(go, 200)))`, nil, awaited)) // by now the page's own has been answered
	}
	kept, err := d.First().Draft(t.Context(), "user:demo", draft.ID)
	if err != nil || !strings.Contains(string(kept.Raw), "Not kept by hand") {
		t.Errorf("what was written is not in the draft: %v", err)
	}
	for _, said := range p.complaints() {
		t.Error(said)
	}
}

// clock lets a test move the page's time on.
const clock = `(() => { const now = Date.now; let skew = 0; Date.now = () => now() + skew; window.pass = (ms) => { skew += ms; document.dispatchEvent(new Event("visibilitychange")); }; })()`
