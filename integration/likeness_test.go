package integration

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// accountOf is a disclosure about one account.
func accountOf(tb testing.TB, iban string) map[string]any {
	m := example(tb, "information.spontaneous")
	m["from"], m["to"] = "NL/irc", "BE/fps-justice"
	body := m["body"].(map[string]any)
	body["accounts"] = []any{map[string]any{"iban": iban, "holder_subject": "suspect"}}
	for _, p := range body["persons"].([]any) { // of these every message has others
		p.(map[string]any)["name"] = "Person " + string(schema.NewID())
	}
	return m
}

// alikeOn reads the possible duplicates off a message's page.
func (w *webPair) alikeOn(tb testing.TB, id schema.ID) string {
	tb.Helper()
	w.giveReason(tb, "/message/in/"+string(id))
	page := w.page(tb, "/message/in/"+string(id))
	_, section, found := strings.Cut(page, `<h2 id="alike">`)
	if !found {
		return ""
	}
	section, _, _ = strings.Cut(section, "</section>")
	return section
}

func TestPossibleDuplicates(t *testing.T) {
	w := newWebPair(t)
	for _, p := range []*program.Program{w.be, w.nl} {
		apply(t, p, []byte(strings.ReplaceAll(openPolicy, "[EIO,", "[none, AML-2024-1640, EIO,")))
	}
	const iban, other = "BE71096123456769", "NL91ABNA0417164300"
	first := send(t, w.nl, accountOf(t, iban))
	second := send(t, w.nl, accountOf(t, iban))
	third := send(t, w.nl, accountOf(t, other))
	compared(t, w, 3)
	got := w.alikeOn(t, second)
	if !strings.HasPrefix(got, "Possible duplicates (1)") || !strings.Contains(got, "/message/in/"+string(first)) || !strings.Contains(got, "same account number") || strings.Contains(got, string(third)) {
		t.Errorf("got %s, want the first alone, by its account", got)
	}
	if got := w.alikeOn(t, third); got != "" {
		t.Errorf("another account: got %s", got)
	}
	t.Run("a thread is no duplicate of itself", func(t *testing.T) {
		const asked = "FR7630006000011234567890189"
		q := example(t, "fiu.request")
		q["from"], q["to"] = "BE/fps-justice", "NL/irc"
		q["body"].(map[string]any)["accounts"] = []any{map[string]any{"iban": asked, "holder_subject": "suspect"}}
		question := send(t, w.be, q)
		a := example(t, "fiu.response")
		a["from"], a["to"], a["re"], a["case"] = "NL/irc", "BE/fps-justice", question, q["case"]
		a["body"].(map[string]any)["accounts"] = []any{map[string]any{"iban": asked, "holder_subject": "suspect"}}
		send(t, w.nl, a)
		compared(t, w, 4)
		d, err := w.be.Node.Open(t.Context(), "agency:test", question, node.Out)
		check(t, err)
		list, err := w.be.Node.Alike(t.Context(), d)
		if check(t, err); len(list) != 0 {
			t.Errorf("got %d, want none but its own answer", len(list))
		}
		elsewhere := send(t, w.nl, accountOf(t, asked))
		compared(t, w, 5)
		if list, err = w.be.Node.Alike(t.Context(), d); err != nil || len(list) != 1 || list[0].Message.ID != elsewhere {
			t.Errorf("got %v, %v, want the message of another thread", list, err)
		}
	})
	t.Run("within the reader's authority", func(t *testing.T) {
		d, err := w.be.Node.Open(t.Context(), "agency:test", second, node.In)
		check(t, err)
		list, err := w.be.Node.Alike(node.Within(t.Context(), "BE/other"), d)
		if check(t, err); len(list) != 0 {
			t.Errorf("got %d messages of another authority", len(list))
		}
		if list, err = w.be.Node.Alike(node.Within(t.Context(), "BE/fps-justice"), d); err != nil || len(list) != 1 {
			t.Errorf("got %d of one's own, %v", len(list), err)
		}
	})
	t.Run("nothing in the clear", func(t *testing.T) {
		for _, name := range []string{w.be.Config.DatabasePath(), w.be.Config.DatabasePath() + "-wal"} {
			data, err := os.ReadFile(name)
			check(t, err)
			if bytes.Contains(data, []byte(iban)) || bytes.Contains(data, []byte(strings.ToLower(iban))) {
				t.Errorf("%s holds the account", name)
			}
		}
	})
	t.Run("an erased message is alike to nothing", func(t *testing.T) {
		_, err := w.be.Node.Erase(t.Context(), "operator:test", first, node.In, w.be.Node.Catalogue.Codes("correction_reasons")[0])
		check(t, err)
		if got := w.alikeOn(t, second); got != "" {
			t.Errorf("got %s", got)
		}
	})
}

// compared waits until the desk has compared what arrived.
func compared(t *testing.T, w *webPair, want int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		more, err := w.be.Node.TidyLikeness(t.Context())
		if check(t, err); more {
			continue
		}
		list, err := w.be.Node.Records(t.Context(), node.Filter{Box: node.In, Limit: 50})
		if check(t, err); len(list) >= want {
			return
		}
	}
	t.Fatal("the messages were not compared")
}
