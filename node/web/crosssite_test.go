package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
)

// TestNoRouteTakesRequestsOfOtherSites has pages of other sites ask every route that
// changes something, in the name of a user who may do all: the answer is 403, the route's
// own work is not reached, and nothing is journalled. F19.
func TestNoRouteTakesRequestsOfOtherSites(t *testing.T) {
	w := newWeb(newClock().now)
	enlist(t, w, "all", node.Officer, node.Approver, node.Operator, node.Keyholder, node.Auditor)
	cookie := signInAs(t, w, "all")
	const worked = http.StatusTeapot
	table := slices.Clone(routes)
	for i := range table {
		table[i].serve = func(_ *Web, rw http.ResponseWriter, _ *request) error {
			rw.WriteHeader(worked)
			return nil
		}
	}
	marked := w.handler(table, w.visitor, network)
	before := lines(t, w)
	tried := 0
	for _, rt := range routes {
		if strings.HasPrefix(rt.pattern, "GET ") || !rt.behind(network) {
			continue
		}
		tried++
		for _, row := range []struct {
			name, value string
			want        int
		}{
			{"Sec-Fetch-Site", "cross-site", http.StatusForbidden},
			{"Sec-Fetch-Site", "same-site", http.StatusForbidden},
			{"Sec-Fetch-Site", "", http.StatusForbidden}, // of a browser that says only whence
			{"Origin", "https://evil.example", http.StatusForbidden},
			{"Origin", "null", http.StatusForbidden},
			{"Sec-Fetch-Site", "same-origin", worked},
			{"Origin", "http://example.com", worked},
		} {
			r := sample(rt)
			r.AddCookie(cookie)
			if r.Header.Set(row.name, row.value); row.value == "" {
				r.Header.Set("Origin", "https://evil.example")
			}
			if got := ask(marked, r).Code; got != row.want {
				t.Errorf("%s with %s %q: got %d, want %d", rt.pattern, row.name, row.value, got, row.want)
			}
			if row.want == http.StatusForbidden {
				again := sample(rt)
				again.AddCookie(cookie)
				again.Header = r.Header
				if got := ask(w.Public(), again).Code; got != row.want {
					t.Errorf("%s itself with %s %q: got %d, want %d", rt.pattern, row.name, row.value, got, row.want)
				}
			}
		}
	}
	if tried < 25 {
		t.Errorf("only %d routes change something", tried)
	}
	if after := lines(t, w); after != before {
		t.Errorf("the journal has %d lines more", after-before)
	}
}

// lines counts the journal.
func lines(t *testing.T, w *Web) int {
	t.Helper()
	all, err := w.Node.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
