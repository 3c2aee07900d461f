// Package browser looks at the pages as people do: in a real browser, with their
// keyboard, in dark rooms, on small screens, in their language.
//
// It needs Chromium. With the environment's COMITY_SHOTS a folder, it writes a picture
// of every page there; with COMITY_AXE the path of axe-core's axe.min.js, it has that
// judge every page. The check sets both up.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium starts a browser of its own, with cookies of its own.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium is not installed; the check installs it")
		}
		t.Skip("left out: Chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // it tells of events that it does not know; what fails is returned
	t.Cleanup(cancel)
	return ctx
}

// tab is one page of the browser with all that it complained about.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu   sync.Mutex // guards said
	said []string   // console messages, exceptions, violations of the page's policy
}

// step is the longest that one act may take.
const step = 20 * time.Second

func newTab(t *testing.T) *tab {
	t.Helper()
	ctx := chromium(t)
	p := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			p.note("console." + string(e.Type))
		case *runtime.EventExceptionThrown:
			p.note("exception: " + e.ExceptionDetails.Text)
		case *cdlog.EventEntryAdded:
			// Statuses are the test's own business, and so is that it presses Tab before
			// the page has put the focus on its own summary.
			if e.Entry.Source != "network" && !strings.HasPrefix(e.Entry.Text, "Autofocus processing was blocked") {
				p.note(fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
			}
		}
	})
	if err := chromedp.Run(ctx); err != nil { // not under a limit of time: it would be the browser's
		t.Fatalf("start Chromium: %v", err)
	}
	p.do("open a tab", cdlog.Enable(), runtime.Enable(), network.Enable())
	return p
}

func (p *tab) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, text)
}

// do runs acts and ends the test if one fails.
func (p *tab) do(what string, acts ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, step)
	defer cancel()
	if err := chromedp.Run(ctx, acts...); err != nil {
		p.picture("failed")
		p.t.Fatalf("%s: %v", what, err)
	}
}

// open loads a page and holds it to its status.
func (p *tab) open(url string, status int64) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, step)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Navigate(url))
	if err != nil {
		p.t.Fatalf("open %s: %v", url, err)
	}
	if res.Status != status {
		p.t.Fatalf("open %s: got %d, want %d", url, res.Status, status)
	}
}

// complaints are what the page said since the last time.
func (p *tab) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := p.said
	p.said = nil
	return said
}

const screenHeight = 900

// look sets how the page is looked at.
func (p *tab) look(width int64, dark, print bool) {
	p.t.Helper()
	scheme, media := "light", ""
	if dark {
		scheme = "dark"
	}
	if print {
		media = "print"
	}
	p.do("set the screen", emulation.SetDeviceMetricsOverride(width, screenHeight, 1, false),
		emulation.SetEmulatedMedia().WithMedia(media).WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// picture writes what the page looks like, if pictures are wanted.
func (p *tab) picture(name string) {
	folder := os.Getenv("COMITY_SHOTS")
	if folder == "" {
		return
	}
	var png []byte
	ctx, cancel := context.WithTimeout(p.ctx, step)
	defer cancel()
	shot, height := chromedp.FullScreenshot(&png, 100), 0
	if err := chromedp.Run(ctx, chromedp.Evaluate(`document.documentElement.scrollHeight`, &height)); err == nil && height <= screenHeight {
		shot = chromedp.CaptureScreenshot(&png) // Chromium shifts the other kind if a short page is written from right to left
	}
	if err := chromedp.Run(ctx, shot); err != nil {
		p.t.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, "/", "-")+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
