package integration

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// TestLargeInbox fills a node with 100,000 messages that arrived, each encrypted under its
// own key, and asks for the inbox as a browser does: p95 under 100 ms, under 60 kB on the
// wire, and under 40 kB with all that the page loads.
func TestLargeInbox(t *testing.T) {
	if testing.Short() {
		t.Skip("left out with -short: fills a node with 100,000 messages")
	}
	if raced {
		t.Skip("left out under the race detector: measures time")
	}
	const count = 100_000
	w := newWebPair(t)
	began := time.Now()
	arrive(t, w.be, count)
	t.Logf("%d messages stored and laid on the desk in %v", count, time.Since(began).Round(time.Second))
	page := visit(t, w, "/inbox", "")
	if rows := strings.Count(string(page.text), `class="open"`); rows != 50 {
		t.Fatalf("the inbox shows %d messages, want 50", rows)
	}
	for _, path := range []string{"/inbox", "/inbox?peer=NL&due=week", "/sent", "/cases", "/releases", "/overview"} {
		p95 := time.Hour
		for round := 0; round < 3 && p95 > 100*time.Millisecond; round++ { // what else the machine does may spoil a round
			p95 = timed(t, w, path)
		}
		if p95 > 100*time.Millisecond {
			t.Errorf("%s takes %v (p95), want 100 ms", path, p95)
		}
	}
	for _, coding := range []string{"gzip", ""} {
		page := visit(t, w, "/inbox", coding)
		whole := page.sent
		for _, m := range regexp.MustCompile(`(?:href|src)="(/[a-z]+\.(?:css|js)\?v=[0-9a-f]+)"`).FindAllStringSubmatch(string(page.text), -1) {
			whole += visit(t, w, m[1], coding).sent
		}
		t.Logf("coding %q: the page has %d octets, %d with all that it loads", coding, page.sent, whole)
		if page.sent > 60_000 || coding == "gzip" && whole > 40_000 {
			t.Errorf("coding %q: the page has %d octets and %d with all that it loads, want 60,000 and compressed 40,000", coding, page.sent, whole)
		}
	}
}

// timed asks for a page 200 times and gives the 95th percentile of how long it took.
func timed(t *testing.T, w *webPair, path string) time.Duration {
	t.Helper()
	took := make([]time.Duration, 200)
	sent := 0
	for i := range took {
		began := time.Now()
		sent = max(sent, visit(t, w, path, "gzip").sent)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	p50, p95, p99 := took[len(took)/2], took[len(took)*95/100], took[len(took)*99/100]
	t.Logf("%s: p50 %v, p95 %v, p99 %v, %d octets", path, p50.Round(100*time.Microsecond), p95.Round(100*time.Microsecond), p99.Round(100*time.Microsecond), sent)
	return p95
}

// visited is one answer: its text, and its octets on the wire without the headers.
type visited struct {
	text []byte
	sent int
}

func visit(t *testing.T, w *webPair, path, coding string) visited {
	t.Helper()
	res := w.fetch(t, "GET", path, nil, "officer", "Accept-Encoding", coding, "Accept-Language", "en")
	body, err := io.ReadAll(res.Body)
	check(t, err)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != coding {
		t.Fatalf("%s: got %d as %q, want it as %q", path, res.StatusCode, res.Header.Get("Content-Encoding"), coding)
	}
	v := visited{sent: len(body), text: body}
	if coding == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		check(t, err)
		v.text, err = io.ReadAll(z)
		check(t, err)
	}
	return v
}

// arrive hands the node so many requests and notices from NL, as its gateway hands it the
// messages of verified pouches, and waits until they lie on the desk.
func arrive(t *testing.T, p *program.Program, count int) {
	t.Helper()
	c, err := catalogue()
	check(t, err)
	kinds := []map[string]any{example(t, "mla.request"), example(t, "notice.wanted"), example(t, "information.spontaneous"), example(t, "mla.service.request")}
	const group = 200
	for done := 0; done < count; done += group {
		stored := now().Add(time.Duration(done-count) * time.Second)
		seq := int64(done/group + 1)
		pouch := &node.Pouch{Box: node.In, Peer: "NL", Epoch: 1, Seq: seq, Hash: sha256.Sum256(fmt.Append(nil, seq)), Manifest: []byte("manifest"), Signature: []byte("signature"),
			Committed: stored, Receipt: []byte("receipt"), ReceiptSig: []byte("signature"), Settled: stored}
		arrived := make([]node.Arrived, group)
		for i := range arrived {
			m := kinds[(done+i)%len(kinds)]
			m["from"], m["to"] = "NL/irc", "BE/fps-justice"
			m["id"], m["created"] = schema.NewID(), stored.Format(time.RFC3339)
			m["case"], m["subject"] = fmt.Sprintf("NL-2026-%06d", (done+i)/3), fmt.Sprintf("Request %d about invoices, accounts and what was said of them", done+i)
			message, err := c.Read(encode(t, m))
			check(t, err)
			arrived[i] = node.Arrived{ID: message.ID, SHA256: sha256.Sum256(message.Raw), Message: message}
		}
		check(t, p.Node.Receive(t.Context(), pouch, arrived))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for more := true; more; {
		more, err = p.Node.TidyDesk(ctx, nil)
		check(t, err)
	}
}
