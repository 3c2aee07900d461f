package integration

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// twoPeople is a node in two-operator mode, with two operators and a clock of its own.
type twoPeople struct {
	*testing.T
	*node.Node
	now time.Time
}

func newTwoPeople(t *testing.T) *twoPeople {
	t.Helper()
	two := &twoPeople{T: t, now: time.Date(2026, 11, 23, 21, 5, 52, 0, time.UTC)}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "node.db"), store.Options{Create: true})
	check(t, err)
	t.Cleanup(func() { db.Close() })
	c, err := catalogue()
	check(t, err)
	two.Node, err = node.Open(t.Context(), node.Config{Self: &pki.Card{Jurisdiction: "BE", Name: "Test BE"}, Keyring: pki.NewKeyring(),
		Catalogue: c, Store: db, Log: quiet, Now: func() time.Time { return two.now }})
	check(t, err)
	for _, name := range []string{"o.maes", "p.wouters"} {
		_, err := two.AddUser(t.Context(), "operator:uid 1000", node.User{Name: name, Roles: []node.Role{node.Operator}})
		check(t, err)
	}
	check(t, two.SetTwoOperators(t.Context(), "user:o.maes", true))
	return two
}

// order makes an act that must wait, and gives its number.
func (two *twoPeople) order(err error) int64 {
	two.Helper()
	var a *node.Awaits
	if !errors.As(err, &a) {
		two.Fatalf("got %v, want an act that waits", err)
	}
	return a.Pending.ID
}

// apply puts a policy in force that lets everything cross between BE and some peers.
func (two *twoPeople) apply(actor, peers string) error {
	_, err := two.ApplyPolicy(two.Context(), actor, []byte(strings.ReplaceAll(openPolicy, "BE, FR, NL", peers)), nil)
	return err
}

// refuses holds that a confirmation fails with a code and changes nothing.
func (two *twoPeople) refuses(actor string, id int64, code string) {
	two.Helper()
	before := two.PolicyVersion()
	_, err := two.ConfirmPending(two.Context(), actor, id)
	var p *schema.Problem
	if !errors.As(err, &p) || p.Code != code || two.PolicyVersion() != before {
		two.Errorf("%s: got %v and version %d, want %s and version %d", actor, err, two.PolicyVersion(), code, before)
	}
}

func TestPendingNeedsAnotherPerson(t *testing.T) {
	two := newTwoPeople(t)
	id := two.order(two.apply("user:o.maes", "NL"))
	two.refuses("user:o.maes", id, "own_order")
	p, err := two.ConfirmPending(t.Context(), "operator:uid 0", id)
	check(t, err)
	if p.State != node.Confirmed || p.Decider != "operator:uid 0" || two.PolicyVersion() != 1 {
		t.Errorf("got %+v and version %d", p, two.PolicyVersion())
	}
	id = two.order(two.apply("operator:uid 1000", "NL, FR"))
	two.refuses("operator:uid 0", id, "own_order") // root and the node's own user are one
	_, err = two.ConfirmPending(t.Context(), "user:p.wouters", id)
	check(t, err)
	if two.PolicyVersion() != 2 {
		t.Errorf("got version %d, want 2", two.PolicyVersion())
	}
	check(t, two.apply("user:o.maes", "FR")) // what narrows needs one
}

func TestPendingExpires(t *testing.T) {
	two := newTwoPeople(t)
	first, second := two.order(two.apply("user:o.maes", "NL")), two.order(two.apply("user:o.maes", "NL, FR"))
	two.now = two.now.Add(7*24*time.Hour - time.Second)
	_, err := two.ConfirmPending(t.Context(), "user:p.wouters", first)
	check(t, err)
	two.now = two.now.Add(time.Second)
	if p, err := two.Pending(t.Context(), second); err != nil || p.State != node.TimedOut {
		t.Errorf("got %+v, %v, want it expired", p, err)
	}
	two.refuses("user:p.wouters", second, "not_waiting")
	entries, err := two.Entries(t.Context(), 0, 100)
	check(t, err)
	var ended bool
	for _, e := range entries {
		ended = ended || e.Act == "pending.expired" && e.Actor == "node" && e.Subject == "pending:2"
	}
	if !ended {
		t.Error("the end is not journalled")
	}
}

func TestPendingBecomesStale(t *testing.T) {
	two := newTwoPeople(t)
	first, second := two.order(two.apply("user:o.maes", "NL")), two.order(two.apply("user:o.maes", "NL, FR"))
	_, err := two.ConfirmPending(t.Context(), "user:p.wouters", second)
	check(t, err)
	two.refuses("user:p.wouters", first, "stale") // it was based on another policy
	two.refuses("user:p.wouters", first, "not_waiting")

	third := two.order(two.apply("user:o.maes", "NL, FR, LU"))
	_, err = two.DisableUser(t.Context(), "user:p.wouters", "o.maes")
	check(t, err)
	two.refuses("user:p.wouters", third, "stale") // who ordered it is no operator any more
}

func TestTwoOperatorsMustStay(t *testing.T) {
	two := newTwoPeople(t)
	_, err := two.DisableUser(t.Context(), "user:p.wouters", "o.maes")
	check(t, err)
	_, err = two.SetRoles(t.Context(), "user:p.wouters", "p.wouters", []node.Role{node.Officer})
	refused(t, err, schema.Conflict, "operators_needed")
	_, err = two.DisableUser(t.Context(), "operator:uid 0", "p.wouters")
	refused(t, err, schema.Conflict, "operators_needed")
	id := two.order(two.SetTwoOperators(t.Context(), "operator:uid 0", false))
	_, err = two.ConfirmPending(t.Context(), "user:p.wouters", id)
	check(t, err)
	if two.TwoOperators() {
		t.Error("it is still on")
	}
	check(t, two.apply("operator:uid 0", "LU"))
}

// TestWeightyRolesNeedTwo: every way to a role that a second person's word rests on.
func TestWeightyRolesNeedTwo(t *testing.T) {
	two := newTwoPeople(t)
	ctx := t.Context()
	add := func(name string, roles ...node.Role) error {
		_, err := two.AddUser(ctx, "user:o.maes", node.User{Name: name, Roles: roles})
		return err
	}
	check(t, add("a.weber", node.Officer, node.Auditor, node.Keyholder))
	two.order(add("b.lang", node.Approver))
	two.order(add("c.roth", node.Officer, node.Operator))
	roles := func(roles ...node.Role) error {
		_, err := two.SetRoles(ctx, "user:o.maes", "a.weber", roles)
		return err
	}
	id := two.order(roles(node.Officer, node.Approver))
	_, err := two.ConfirmPending(ctx, "user:p.wouters", id)
	check(t, err)
	check(t, roles(node.Approver)) // it has that role already
	_, _, err = two.MakeToken(ctx, "user:a.weber", "a.weber", 0)
	check(t, err) // for oneself
	secret, _, err := two.MakeToken(ctx, "user:o.maes", "a.weber", 0)
	id = two.order(err)
	if _, good := two.Bearer(ctx, secret); good {
		t.Error("a token is good before it is confirmed")
	}
	_, err = two.ConfirmPending(ctx, "user:p.wouters", id)
	check(t, err)
	if u, good := two.Bearer(ctx, secret); !good || u.Name != "a.weber" {
		t.Errorf("got %+v, %v, want the confirmed token to be good", u, good)
	}
	link, _, err := two.MakeLink(ctx, "user:o.maes", "a.weber")
	id = two.order(err)
	_, err = two.Enrolling(ctx, link)
	refused(t, err, schema.NotAllowed, "link_spent")
	_, err = two.ConfirmPending(ctx, "user:p.wouters", id)
	check(t, err)
	if u, err := two.Enrolling(ctx, link); err != nil || u.Name != "a.weber" {
		t.Errorf("got %+v, %v, want the confirmed link to be good", u, err)
	}
	_, err = two.DisableUser(ctx, "user:o.maes", "a.weber")
	check(t, err)
	_, err = two.Enrolling(ctx, link)
	refused(t, err, schema.NotAllowed, "link_spent")
	_, err = two.EnableUser(ctx, "user:o.maes", "a.weber")
	two.order(err)
}
