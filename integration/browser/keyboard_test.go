package browser

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focus is what has the keyboard.
type focus struct {
	Name string // as assistive technology reads it
	Role string
	Flaw string // why a reader does not see that it has the focus, "" if they do
}

// seen tells whether the focus can be seen: it lies on the screen and has an outline, of
// its own or drawn by what follows it.
const seen = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "";
	const lined = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
	if (!lined(getComputedStyle(e)) && !lined(getComputedStyle(e, "::after"))) return "has no outline";
	const r = e.getBoundingClientRect();
	if (r.width < 1 || r.height < 1) return "has no size";
	if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) return "is not on the screen";
	return "";
})()`

// focused reads what has the focus now and holds that it can be seen.
func (p *tab) focused() (f focus) {
	p.t.Helper()
	p.do("read the focus", chromedp.ActionFunc(func(ctx context.Context) error {
		e, problem, err := runtime.Evaluate("document.activeElement").Do(ctx)
		if err != nil || problem != nil || e.ObjectID == "" {
			return err
		}
		nodes, err := accessibility.GetPartialAXTree().WithObjectID(e.ObjectID).WithFetchRelatives(false).Do(ctx)
		if err != nil || len(nodes) == 0 {
			return err
		}
		if n := nodes[0]; n.Role != nil {
			f.Role = strings.Trim(string(n.Role.Value), `"`)
			if n.Name != nil {
				f.Name = plain(string(n.Name.Value))
			}
		}
		return nil
	}), chromedp.Evaluate(seen, &f.Flaw))
	if f.Flaw != "" {
		p.picture("unseen")
		p.t.Errorf("the focus on %s %q %s", f.Role, f.Name, f.Flaw)
	}
	return f
}

// plain is a text of the protocol without its quotes, in one line.
func plain(quoted string) string {
	var text string
	if _, err := fmt.Sscanf(quoted, "%q", &text); err != nil {
		text = quoted
	}
	return strings.Join(strings.Fields(text), " ")
}

// press presses one key, or types a text.
func (p *tab) press(keys string, modifiers ...input.Modifier) {
	p.t.Helper()
	p.do("press "+keys, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// longest is the most stops that any page may have.
const longest = 250

// tabTo presses Tab until something of that role and name has the focus, and ends the
// test if Tab does not lead there.
func (p *tab) tabTo(role, name string) { p.t.Helper(); p.walk(role, name) }

// backTo does the same backwards.
func (p *tab) backTo(role, name string) { p.t.Helper(); p.walk(role, name, input.ModifierShift) }

func (p *tab) walk(role, name string, modifiers ...input.Modifier) {
	p.t.Helper()
	var passed []string
	for range longest {
		p.press(kb.Tab, modifiers...)
		f := p.focused()
		if f.Role == role && (f.Name == name || strings.HasSuffix(name, "…") && strings.HasPrefix(f.Name, strings.TrimSuffix(name, "…"))) {
			return
		}
		passed = append(passed, f.Role+" "+f.Name)
	}
	p.picture("unreachable")
	p.t.Fatalf("Tab does not lead to the %s %q; it passed %q", role, name, passed[:min(len(passed), 80)])
}

// follow presses a key that leads to another page and waits until that is there.
func (p *tab) follow(keys string) {
	p.t.Helper()
	var before, after float64
	p.do("read the page's birth", chromedp.Evaluate(`performance.timeOrigin`, &before))
	p.press(keys)
	p.arrive(keys, before, &after)
}

func (p *tab) arrive(keys string, before float64, after *float64) {
	p.t.Helper()
	for end := time.Now().Add(step); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, step)
		// Between two pages there is none to ask: the next look may succeed.
		err := chromedp.Run(ctx, chromedp.Evaluate(`document.readyState === "complete" ? performance.timeOrigin : 0`, after))
		cancel()
		if err == nil && *after != 0 && *after != before {
			return
		}
	}
	p.picture("stayed")
	p.t.Fatalf("%q did not lead to another page", keys)
}

// use goes to a link or button and presses Enter.
func (p *tab) use(role, name string) {
	p.t.Helper()
	p.tabTo(role, name)
	p.follow(kb.Enter)
}

// choose goes to a list of options and walks down to the one that begins so.
func (p *tab) choose(name, option string) {
	p.t.Helper()
	p.tabTo("combobox", name)
	p.press(kb.Home)
	for range longest {
		var now string
		p.do("read the choice", chromedp.Evaluate(`document.activeElement.selectedOptions[0].label`, &now))
		if strings.HasPrefix(now, option) {
			return
		}
		p.press(kb.ArrowDown)
	}
	var offered []string
	p.do("read the options", chromedp.Evaluate(`Array.from(document.activeElement.options, o => o.label)`, &offered))
	p.t.Fatalf("%s offers nothing that begins with %q but %q", name, option, offered)
}

// pick walks a group of radio buttons, from the one that Tab leads to, to the one so named.
func (p *tab) pick(first, name string) {
	p.t.Helper()
	p.tabTo("radio", first)
	if first == name {
		p.press(" ")
		return
	}
	for range longest {
		p.press(kb.ArrowDown)
		if p.focused().Name == name {
			return
		}
	}
	p.t.Fatalf("the arrows do not lead from %q to %q", first, name)
}

// write goes to a field and types.
func (p *tab) write(name, text string) {
	p.t.Helper()
	p.tabTo("textbox", name)
	p.press(text)
}

// enclose goes to the field for files, opens its window with the keyboard, and gives the
// file that a person would choose there.
func (p *tab) enclose(name, path string) {
	p.t.Helper()
	opened := make(chan *page.EventFileChooserOpened, 1)
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*page.EventFileChooserOpened); ok {
			opened <- e
		}
	})
	p.do("watch for the window", page.SetInterceptFileChooserDialog(true))
	p.tabTo("button", name)
	p.press(" ")
	select {
	case e := <-opened:
		p.do("choose the file", dom.SetFileInputFiles([]string{path}).WithBackendNodeID(e.BackendNodeID), page.SetInterceptFileChooserDialog(false))
	case <-time.After(step):
		p.t.Fatal("the field for files opened no window")
	}
}

// reads holds that the page says all of this.
func (p *tab) reads(texts ...string) {
	p.t.Helper()
	var said string
	p.do("read the page", chromedp.Evaluate(`document.body.innerText`, &said))
	for _, want := range texts {
		if !strings.Contains(strings.ToLower(said), strings.ToLower(want)) {
			p.picture("unsaid")
			p.t.Fatalf("the page does not say %q:\n%s", want, said)
		}
	}
}
