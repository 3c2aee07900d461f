package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func TestMessageRoundTrip(t *testing.T) {
	out, in := queued("NL"), received("NL")
	in.ID, in.Re, in.Case, in.Code = out.ID, schema.NewID(), "", "none"
	s := fresh(t)
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddMessage(out), tx.AddMessage(in)) })
	if out.N != 1 || out.Queue == 0 || in.N != 2 || in.Queue != 0 {
		t.Errorf("got out N %d queue %d, in N %d queue %d", out.N, out.Queue, in.N, in.Queue)
	}
	view(t, s, func(r node.Reader) error {
		for _, want := range []*node.Message{out, in} {
			got, err := r.Message(want.ID, want.Box)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		if _, err := r.Message(schema.NewID(), node.Out); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("unknown message: %v", err)
		}
		return nil
	})
}

func TestTheSecondOfAKindExists(t *testing.T) {
	s := fresh(t)
	m, p := queued("NL"), pouch(1, 1, 1)
	key := node.Idempotency{Client: "agency:demo", Key: "k", ID: m.ID, At: day}
	for name, add := range map[string]func(tx node.Tx) error{
		"message":     func(tx node.Tx) error { again := *m; return tx.AddMessage(&again) },
		"content":     func(tx node.Tx) error { return tx.AddContent(contentOf(m, 10)) },
		"pouch":       func(tx node.Tx) error { return tx.AddPouch(p) },
		"idempotency": func(tx node.Tx) error { return tx.AddIdempotency(key) },
	} {
		update(t, s, add)
		if err := s.Update(context.Background(), add); !errors.Is(err, node.ErrExists) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	next := pouch(2, 2, 2)
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.AddPouch(next) }); !errors.Is(err, node.ErrExists) {
		t.Errorf("second pouch in flight: got %v", err)
	}
}

// pouch to NL that holds the queue places first to last.
func pouch(seq, first, last int64) *node.Pouch {
	return &node.Pouch{Box: node.Out, Peer: "NL", Epoch: 1, Seq: seq, Hash: [32]byte{byte(seq)}, Manifest: []byte("manifest"),
		Signature: []byte("signature"), First: first, Last: last, Committed: day}
}

func TestMessagesFilter(t *testing.T) {
	s := fresh(t)
	origin := schema.NewID()
	var all []*node.Message
	for i := range 40 {
		m := queued("NL")
		if i%2 == 1 {
			m = received("FR")
		}
		if m.Case = ""; i%5 == 0 {
			m.Case = "BE-2026-1"
		}
		if i%8 == 0 {
			m.Re = origin
		}
		if i%7 != 0 {
			m.Authority = []schema.Address{"BE/one", "BE/two"}[i/3%2]
		}
		if i%3 == 0 {
			m.Type = "notice.wanted"
		}
		all = append(all, m)
	}
	update(t, s, func(tx node.Tx) error {
		for _, m := range all {
			if err := tx.AddMessage(m); err != nil {
				return err
			}
		}
		return nil
	})
	for _, f := range []node.Filter{{}, {Box: node.In}, {Peer: "NL"}, {Peer: "FR", Box: node.Out}, {State: node.Queued}, {Type: "notice.wanted"},
		{Case: "BE-2026-1"}, {Case: "BE-2026-1", Box: node.In, Peer: "FR", State: node.Received, Type: "notice.wanted"}, {Re: origin},
		{Re: origin, Type: "notice.wanted"}, {After: 17}, {After: 17, Peer: "NL"}, {Limit: 3}, {Limit: 3, Box: node.Out, After: 30}, {Case: "none"},
		{Authority: "BE/one"}, {Authority: "BE/two", Box: node.In}, {Authority: "BE/one", Case: "BE-2026-1"}, {Authority: "BE/two", Re: origin, Peer: "NL"}, {Authority: "BE"}} {
		if f.Limit == 0 {
			f.Limit = 200
		}
		var want []int64 // the filter's meaning, told once more
		for _, m := range slices.Backward(all) {
			if (f.Box == "" || f.Box == m.Box) && (f.Peer == "" || f.Peer == m.Peer) && (f.State == "" || f.State == m.State) &&
				(f.Type == "" || f.Type == m.Type) && (f.Case == "" || f.Case == m.Case) && (f.Re == "" || f.Re == m.Re) &&
				(f.Authority == "" || f.Authority == m.Authority) && (f.After == 0 || m.N < f.After) && len(want) < f.Limit {
				want = append(want, m.N)
			}
		}
		view(t, s, func(r node.Reader) error {
			list, err := r.Messages(f)
			var got []int64
			for _, m := range list {
				got = append(got, m.N)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: got %v, want %v", f, got, want)
			}
			return err
		})
	}
}

func TestContents(t *testing.T) {
	s := fresh(t)
	secret := []byte{0, 1, 2, 0xff, 0}
	names := []string{"out/a", "out/a/2", "out/a/1", "out/ab", "out/a-1", "out/b/1", "in/a"}
	update(t, s, func(tx node.Tx) error {
		for _, name := range names {
			if err := tx.AddContent(node.Content{Name: name, Sealed: secret, Wrapped: []byte("w")}); err != nil {
				return err
			}
		}
		return tx.AddContent()
	})
	view(t, s, func(r node.Reader) error {
		c, err := r.Content("out/a/2")
		if err != nil || c.Name != "out/a/2" || !bytes.Equal(c.Sealed, secret) || string(c.Wrapped) != "w" {
			t.Errorf("got %+v (%v)", c, err)
		}
		if _, err := r.Content("out"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("unknown content: %v", err)
		}
		for prefix, want := range map[string]string{"out/a": "out/a out/a/1 out/a/2", "out/b": "out/b/1", "in/a": "in/a", "x": ""} {
			list, err := r.Contents(prefix)
			var got []string
			for _, c := range list {
				got = append(got, c.Name)
			}
			if strings.Join(got, " ") != want || err != nil {
				t.Errorf("%s: got %v (%v), want %s", prefix, got, err, want)
			}
		}
		return nil
	})
}

// TestQueue follows six messages through two pouches.
func TestQueue(t *testing.T) {
	s := fresh(t)
	var q []*node.Message
	var ids []schema.ID // an agency may choose them: their order says nothing
	for range 6 {
		ids = append(ids, schema.NewID())
	}
	for i := range 6 {
		m := queued("NL")
		m.ID = ids[5-i]
		q = append(q, m)
		update(t, s, func(tx node.Tx) error {
			file := contentOf(m, 5)
			file.Name += "/" + fmt.Sprint(i)
			other := queued("FR") // takes places in between
			return errors.Join(tx.AddMessage(m), tx.AddContent(file, contentOf(m, 10)), tx.AddMessage(other))
		})
	}
	pending := func(after int64, count int, want ...*node.Message) {
		t.Helper()
		view(t, s, func(r node.Reader) error {
			got, err := r.Pending("NL", after, count)
			for _, m := range got {
				contents, err := r.Contents("out/" + string(m.ID))
				if err != nil || len(contents) != 2 || contents[0].Name != "out/"+string(m.ID) || len(contents[1].Sealed) != 5 {
					t.Errorf("message %d: got contents %v (%v)", m.N, contents, err)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("after %d: got %d messages, want %d", after, len(got), len(want))
			}
			return err
		})
	}
	pending(0, 10, q...)
	pending(q[1].Queue, 2, q[2:4]...)
	first := pouch(1, q[0].Queue, q[3].Queue)
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.Deny("NL", q[1].Queue, "policy"), tx.AddPouch(first))
	})
	pending(0, 10, q[0], q[2], q[3], q[4], q[5])
	where(t, s, q, "1 - 1 1 - -")

	first.Receipt, first.ReceiptSig, first.Settled = []byte("receipt"), []byte("rs"), day.Add(time.Minute)
	second := pouch(2, q[4].Queue, q[4].Queue)
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.SettlePouch(first), tx.Settle(first, map[schema.ID]string{q[2].ID: "category"}), tx.AddPouch(second))
	})
	where(t, s, q, "1 - 1 1 2 -")
	pending(0, 10, q[4], q[5])
	view(t, s, func(r node.Reader) error {
		for i, want := range []string{"accepted//1", "denied/policy/0", "refused/category/1", "accepted//1", "queued//0", "queued//0"} {
			m, err := r.Message(q[i].ID, node.Out)
			if err != nil {
				return err
			}
			if got := fmt.Sprintf("%s/%s/%d", m.State, m.Code, m.Seq); got != want || (m.Seq == 1) != m.Settled.Equal(first.Settled) {
				t.Errorf("message %d: got %s settled %v, want %s", i, got, m.Settled, want)
			}
		}
		return nil
	})
	counts(t, s)
}

// where checks which pouch (by Seq) carries each message.
func where(t *testing.T, s *Store, q []*node.Message, want string) {
	t.Helper()
	var got []string
	view(t, s, func(r node.Reader) error {
		for _, m := range q {
			m, err := r.Message(m.ID, m.Box)
			if err != nil {
				return err
			}
			p, err := r.PouchOf(m)
			switch {
			case errors.Is(err, node.ErrNotFound):
				got = append(got, "-")
			case err != nil:
				return err
			default:
				got = append(got, fmt.Sprint(p.Seq))
			}
		}
		return nil
	})
	if strings.Join(got, " ") != want {
		t.Errorf("carried by %v, want %s", got, want)
	}
}

// counts compares Counts with a count of the messages themselves.
func counts(t testing.TB, s *Store) {
	t.Helper()
	view(t, s, func(r node.Reader) error {
		all, err := r.Messages(node.Filter{Limit: 200})
		if err != nil {
			return err
		}
		want := map[node.Count]int64{}
		for _, m := range all {
			want[node.Count{Box: m.Box, Peer: m.Peer, State: m.State}]++
		}
		list, err := r.Counts()
		got := map[node.Count]int64{}
		for _, c := range list {
			n := c.N
			c.N = 0
			got[c] = n
		}
		if !maps.Equal(got, want) {
			t.Errorf("got counts %v, want %v", got, want)
		}
		return err
	})
}

func TestSettleAndDenyTouchOnlyTheQueue(t *testing.T) {
	s := fresh(t)
	m, other := queued("NL"), queued("FR")
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddMessage(m), tx.AddMessage(other)) })
	p := pouch(1, 1, 9)
	for name, f := range map[string]func(tx node.Tx) error{
		"settle a pouch that is not there": func(tx node.Tx) error { return tx.SettlePouch(p) },
		"refuse another peer's message":    func(tx node.Tx) error { return tx.Settle(p, map[schema.ID]string{other.ID: "x"}) },
		"refuse an unknown message":        func(tx node.Tx) error { return tx.Settle(p, map[schema.ID]string{schema.NewID(): "x"}) },
		"deny another peer's message":      func(tx node.Tx) error { return tx.Deny("NL", other.Queue, "x") },
		"remove an unknown peer":           func(tx node.Tx) error { return tx.RemovePeer("DE") },
	} {
		if err := s.Update(context.Background(), f); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddPouch(p), tx.SettlePouch(p), tx.Settle(p, nil)) })
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.SettlePouch(p) }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("second receipt: got %v", err)
	}
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.Deny("NL", m.Queue, "x") }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("deny what has left: got %v", err)
	}
	view(t, s, func(r node.Reader) error {
		got, err := r.Message(other.ID, node.Out)
		if got.State != node.Queued {
			t.Errorf("another peer's message became %s", got.State)
		}
		return err
	})
	counts(t, s)
}

func TestLedger(t *testing.T) {
	s := fresh(t)
	in := &node.Pouch{Box: node.In, Peer: "NL", Epoch: 1, Seq: 7, Hash: [32]byte{9}, Manifest: []byte("m"), Signature: []byte("s"),
		Committed: day, Receipt: []byte("r"), ReceiptSig: []byte("rs"), Settled: day}
	older, newer := pouch(900, 1, 2), pouch(1, 3, 4)
	older.Receipt, older.ReceiptSig, older.Settled = []byte("r"), []byte("rs"), day
	newer.Epoch = 2
	m := received("NL")
	m.Seq = 7
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.AddPouch(in), tx.AddPouch(newer), tx.AddPouch(older), tx.AddMessage(m), tx.AddEvidence("NL", "equivocation", []byte("e")))
	})
	view(t, s, func(r node.Reader) error {
		for name, tt := range map[string]struct {
			find func() (*node.Pouch, error)
			want *node.Pouch
		}{
			"by number":      {func() (*node.Pouch, error) { return r.Pouch(node.In, "NL", 1, 7) }, in},
			"last out":       {func() (*node.Pouch, error) { return r.LastPouch(node.Out, "NL") }, newer},
			"last in":        {func() (*node.Pouch, error) { return r.LastPouch(node.In, "NL") }, in},
			"in flight":      {func() (*node.Pouch, error) { return r.InFlight("NL") }, newer},
			"of an arrival":  {func() (*node.Pouch, error) { return r.PouchOf(m) }, in},
			"unknown number": {func() (*node.Pouch, error) { return r.Pouch(node.Out, "NL", 1, 7) }, nil},
			"last of nobody": {func() (*node.Pouch, error) { return r.LastPouch(node.Out, "FR") }, nil},
			"none in flight": {func() (*node.Pouch, error) { return r.InFlight("FR") }, nil},
		} {
			got, err := tt.find()
			if !reflect.DeepEqual(got, tt.want) || (tt.want == nil) != errors.Is(err, node.ErrNotFound) {
				t.Errorf("%s: got %+v (%v), want %+v", name, got, err, tt.want)
			}
		}
		return nil
	})
}

func TestPeersPoliciesSettings(t *testing.T) {
	s := fresh(t)
	nl := node.Peer{Code: "NL", Fingerprint: [32]byte{1}, Card: []byte("card 1"), Added: day}
	fr := node.Peer{Code: "FR", Fingerprint: [32]byte{2}, Card: []byte("card"), Suspended: true, Added: day}
	one := node.PolicyVersion{SHA256: [32]byte{1}, Text: []byte("version: 1"), Actor: "operator:uid 1000", At: day, Tests: []byte("- send: mla.request"), Tested: 1}
	two := node.PolicyVersion{SHA256: [32]byte{2}, Text: []byte("version: 2"), Actor: "operator:uid 1000", At: day, Tests: []byte{}}
	key := node.Idempotency{Client: "agency:demo", Key: "k", Body: [32]byte{3}, ID: schema.NewID(), At: day}
	view(t, s, func(r node.Reader) error {
		_, newest := r.Policy(0)
		_, setting := r.Setting("a")
		_, idem := r.Idempotency("agency:demo", "k")
		for name, err := range map[string]error{"policy": newest, "setting": setting, "idempotency": idem} {
			if !errors.Is(err, node.ErrNotFound) {
				t.Errorf("%s in an empty store: %v", name, err)
			}
		}
		return nil
	})
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.PutPeer(nl), tx.PutPeer(fr), tx.PutPeer(node.Peer{Code: "DE"}), tx.RemovePeer("DE"),
			tx.AddPolicy(&one), tx.AddPolicy(&two), tx.AddIdempotency(key), tx.PutSetting("a", []byte("1")), tx.PutSetting("b", nil))
	})
	nl.Card = []byte("card 2")
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.PutPeer(nl), tx.PutSetting("a", []byte("2"))) })
	view(t, s, func(r node.Reader) error {
		peers, e1 := r.Peers()
		policies, e2 := r.Policies()
		newest, e3 := r.Policy(0)
		first, e4 := r.Policy(1)
		gotKey, e5 := r.Idempotency("agency:demo", "k")
		a, e6 := r.Setting("a")
		b, e7 := r.Setting("b")
		for name, pair := range map[string][2]any{"peers": {peers, []node.Peer{fr, nl}}, "policies": {policies, []node.PolicyVersion{one, two}},
			"newest": {newest, &two}, "first": {first, &one}, "idempotency": {gotKey, &key}, "a": {a, []byte("2")}, "b": {b, []byte{}}} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: got %+v, want %+v", name, pair[0], pair[1])
			}
		}
		return errors.Join(e1, e2, e3, e4, e5, e6, e7)
	})
	if one.Version != 1 || two.Version != 2 {
		t.Errorf("got policy versions %d and %d", one.Version, two.Version)
	}
}

// TestQueriesUseIndexes asks SQLite for its plans: nothing that a growing store asks
// often may read a whole table or sort.
func TestQueriesUseIndexes(t *testing.T) {
	c := fresh(t).writer.conn
	statements := []string{findMessage, queueHead, acceptMembers, refuseMember, denyMessage, lowerTally, findContent, listContent,
		settlePouch, findPouch, lastPouch, pouchInFlight, findHashes, listRecords, recordsOf, findPolicy, findIdem, findSetting, findLink, listWaiting, dropTokens, sweepEnd, forgetKeys, forgetLast}
	for _, f := range []node.Filter{{Box: node.In, State: node.Received}, {Peer: "NL", Box: node.Out}, {Case: "c", Box: node.In, After: 9}, {Re: "x", Peer: "NL"},
		{Authority: "a", Box: node.In}, {Authority: "a", Case: "c"}, {Authority: "a", Re: "x"}, {Authority: "a", Peer: "NL", Box: node.Out}} {
		where, _ := conditions(f)
		statements = append(statements, listMessages+where+listOrder)
	}
	for _, sql := range statements {
		plan, err := list(c, func(r *row) string { r.col = 3; return r.text() }, "EXPLAIN QUERY PLAN "+sql)
		if err != nil || len(plan) == 0 {
			t.Fatalf("%s: %v", sql, err)
		}
		for _, step := range plan {
			if strings.Contains(step, "SCAN") || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s\n%s", sql, step)
			}
		}
		for column, index := range map[string]string{"case_ref = ?": "message_by_case", " re = ?": "message_by_re", " peer = ? AND box = ? AND n": "message_by_peer", "WHERE authority = ?": "message_by_authority"} {
			if strings.Contains(sql, column) && !strings.Contains(plan[0], index) {
				t.Errorf("%s\n%s", sql, plan[0])
			}
		}
	}
}

func TestEverythingOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	s := reopen(t, path, Options{Create: true})
	m := queued("NL")
	if err := submit(s, m, 10); err != nil {
		t.Fatal(err)
	}
	head := s.Head()
	s.Close()
	s = reopen(t, path, Options{})
	if got := s.Head(); got != head || got.Size != 1 {
		t.Errorf("got head %v, want %v", got, head)
	}
	next := queued("NL")
	if err := submit(s, next, 10); err != nil || next.Queue <= m.Queue {
		t.Errorf("got queue %d after %d (%v)", next.Queue, m.Queue, err)
	}
}
