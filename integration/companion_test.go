package integration

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

var orderNamed = regexp.MustCompile(`"order_message": "[^"]*"`)

// under is the example of a type with an id of the test's own, from BE to another.
func under(tb testing.TB, kind string, id schema.ID, to string, order schema.ID) []byte {
	tb.Helper()
	body := replyTo(tb, kind, "", "BE/fps-justice", to)
	body = []byte(strings.Replace(string(body), "{", `{"id": "`+string(id)+`",`, 1))
	return orderNamed.ReplaceAll(body, []byte(`"order_message": "`+string(order)+`"`))
}

// R-05b: an order for traffic or content data leaves only when the notification that
// names it was sent; one that arrives without it is shown for what it is.
func TestProductionOrderNeedsItsNotification(t *testing.T) {
	be, nl, fr := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet), newIdentity(t, "FR").start(t, quiet)
	introduce(t, be, nl, fr)
	for _, p := range []*program.Program{be, nl, fr} {
		_, err := p.Node.ApplyPolicy(t.Context(), "operator:test", []byte(strings.ReplaceAll(openPolicy, "[EIO,", "[EPOC, EIO,")), nil)
		check(t, err)
	}
	first, second := schema.NewID(), schema.NewID()
	_, err := say(t, be, "NL", under(t, "evidence.production.order", first, "NL/example-mail", ""))
	var p *schema.Problem
	if !errors.As(err, &p) || len(p.Errors) != 1 || p.Errors[0].Code != "breaks_rule" || !strings.Contains(p.Errors[0].Detail, "R-05b") {
		t.Fatalf("got %v, want R-05b", err)
	}
	for _, row := range []struct {
		order    schema.ID
		notified string
		at       *program.Program
		flaws    int
	}{
		{first, "NL", nl, 0},
		{second, "FR", fr, 1}, // NL has only the order
	} {
		notice, err := say(t, be, schema.Jurisdiction(row.notified), under(t, "evidence.production.notify", schema.NewID(), row.notified+"/enforcing", row.order))
		check(t, err)
		await(t, be, notice)
		id, err := say(t, be, "NL", under(t, "evidence.production.order", row.order, "NL/example-mail", ""))
		check(t, err)
		await(t, be, id)
		d, err := nl.Node.Open(t.Context(), "officer:test", id, node.In)
		check(t, err)
		if len(d.Breaches) != row.flaws {
			t.Errorf("notified %s: got %v at the receiver, want %d breaches", row.notified, d.Breaches, row.flaws)
		}
	}
}
