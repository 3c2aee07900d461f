package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/ncruces/go-sqlite3"
)

// act is what a house does while the power fails.
type act struct {
	name string
	base func(t testing.TB, root string) *house // the house before; furnished if nil
	shut bool                                   // the act itself opens the store
	copy bool                                   // the WAL is copied back
	long bool                                   // so many writes follow it that they are not failed one by one
	run  func(h *house)
}

var acts = []act{
	{name: "create", long: true, base: vacant, shut: true, run: func(h *house) {
		if h.start() {
			h.applyPolicy()
		}
	}},
	{name: "upgrade", base: older, shut: true, run: func(h *house) {
		if h.start(func(r node.Reader) error { _, err := r.CardAt("NL", time.Now()); return err }) {
			h.submit()
		}
	}},
	{name: "submit", run: (*house).submit},
	{name: "submit together", run: submitTogether},
	{name: "receive", run: (*house).receive},
	{name: "commit and settle", run: func(h *house) { h.turn(); h.submit(); h.turn(); h.turn() }},
	{name: "journal only", run: (*house).read},
	{name: "policy", run: (*house).applyPolicy},
	{name: "peer", run: func(h *house) {
		if h.addPeer("FR"); h.facts[len(h.facts)-1].acknowledged {
			h.suspendPeer("FR")
		}
	}},
	{name: "misconduct", run: func(h *house) { h.report("equivocation") }},
	{name: "large", long: true, run: submitLarge},
	{name: "forget keys", run: forgetKeysOver},
	{name: "copy back", copy: true, run: copyBack},
	{name: "close", copy: true, run: func(h *house) { h.submit(); h.close() }},
	{name: "open after a failure", base: dropped, shut: true, copy: true, run: func(h *house) {
		if h.start() {
			h.submit()
		}
	}},
}

// played are the acts of this run. Nothing in them is concurrent, so under the race
// detector one is enough; the check runs them all without it.
func played() []act {
	if !raced {
		return acts
	}
	return slices.DeleteFunc(slices.Clone(acts), func(a act) bool { return a.name != "submit" })
}

// start opens the house. As a rule it is a fact without a trace: only its error matters.
func (h *house) start(traces ...trace) bool {
	h.try("open", h.open, traces...)
	return h.node != nil
}

// older is a furnished house that was left by the first version of the database.
func older(t testing.TB, root string) *house {
	before := furnished(t, root)
	h := before.again(before.disk.boot(t, folder(t, root), newWeather(0, 0)))
	db, err := os.ReadFile(first(t, h.disk.path()))
	if err != nil {
		t.Fatal(err)
	}
	h.disk.synced = map[string]*image{"node.db": {data: db}}
	h.disk.cut()
	return h
}

// first copies what the first version of the database had into one of that version.
func first(t testing.TB, path string) string {
	t.Helper()
	old := path + ".first"
	c := rawConn(t, old)
	defer c.close()
	if _, err := c.version(true); err != nil {
		t.Fatal(err)
	}
	if err := c.migrate(1, "0001_first.sql"); err != nil {
		t.Fatal(err)
	}
	sql := "ATTACH '" + path + "' AS now; DELETE FROM head;"
	err := c.query("SELECT m.name, group_concat(p.name) FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table' GROUP BY m.name", func(r *row) error {
		table, columns := r.text(), r.text()
		sql += "INSERT INTO main." + table + " (" + columns + ") SELECT " + columns + " FROM now." + table + ";"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.db.Exec(sql + "DETACH now; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	return old
}

// vacant is a folder for a node, and nothing in it.
func vacant(t testing.TB, root string) *house {
	h := &house{t: t, disk: newDisk(t, folder(t, root)), create: true}
	h.disk.cut()
	return h
}

// dropped is a house that the power left with a long WAL.
func dropped(t testing.TB, root string) *house {
	before := furnished(t, root)
	h := before.again(before.disk.boot(t, folder(t, root), newWeather(0, 0)))
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	h.submit()
	h.receive()
	h.turn()
	h.disk.cut()
	h.close()
	return h
}

// submitTogether commits five messages in one transaction of the database.
func submitTogether(h *house) {
	started, open := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		h.store.Update(context.Background(), func(node.Tx) error { close(started); <-open; return nil })
	})
	<-started
	members := make([]*house, 5)
	for i := range members {
		members[i] = &house{t: h.t, disk: h.disk, store: h.store, node: h.node}
		wg.Go(members[i].submit)
	}
	waiting(h.store, len(members))
	close(open)
	wg.Wait()
	for _, m := range members {
		h.facts = append(h.facts, m.facts...)
	}
}

// submitLarge commits more than the writer's page cache and the log's buffer hold.
func submitLarge(h *house) {
	m := queued("NL")
	h.try("large", func() error { return submit(h.store, m, 9<<20) },
		func(r node.Reader) error { _, err := r.Message(m.ID, node.Out); return err },
		func(r node.Reader) error {
			c, err := r.Content("out/" + string(m.ID))
			if err == nil && !bytes.Equal(c.Sealed, contentOf(m, 9<<20).Sealed) {
				return errors.New("the content is not what was stored")
			}
			return err
		},
		journalled(string(m.ID), acted("message.submitted")))
}

// forgetKeysOver forgets three keys in one step of the sweep.
func forgetKeysOver(h *house) {
	now := time.Now()
	var over []trace
	h.try("add keys", func() error {
		return h.store.Update(context.Background(), func(tx node.Tx) error {
			for i := range 3 {
				key := fmt.Sprint("over ", i)
				if err := tx.AddIdempotency(keyOf(key, now.Add(-node.KeyLife))); err != nil {
					return err
				}
				over = append(over, func(r node.Reader) error {
					switch _, err := r.Idempotency("agency:demo", key); {
					case err == nil:
						return node.ErrNotFound
					case errors.Is(err, node.ErrNotFound):
						return nil
					default:
						return err
					}
				})
			}
			return nil
		})
	})
	if h.facts[len(h.facts)-1].acknowledged {
		h.try("forget keys", func() error { _, err := h.store.forget(&spot{}, now); return err }, over...)
	}
}

// copyBack goes on writing while the WAL is copied back and begun anew.
func copyBack(h *house) {
	w := h.store.writer
	err := h.store.Update(context.Background(), func(node.Tx) error {
		w.conn.db.WALHook(func(*sqlite3.Conn, string, int) error { // as if the WAL had grown enough
			w.pages, w.checkpointAt = checkpointPages, checkpointPages
			return nil
		})
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
	for range 3 {
		h.submit()
	}
}

func (a act) before(t testing.TB, root string) *house {
	if a.base != nil {
		return a.base(t, root)
	}
	return furnished(t, root)
}

// ready is the house at the beginning of the act, on a disk of its own.
func (a act) ready(t testing.TB, base *house, root string, relax bool) *house {
	t.Helper()
	h := base.again(base.disk.boot(t, folder(t, root), newWeather(0, 0)))
	h.relax = relax
	if a.shut {
		return h
	}
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	h.read() // the WAL is in use
	return h
}
