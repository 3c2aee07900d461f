package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

// hold keeps the writer busy until release, so that what comes meanwhile commits together.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	started, open := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), func(node.Tx) error { close(started); <-open; return nil })
	}()
	<-started
	return sync.OnceFunc(func() {
		close(open)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// waiting waits until n transactions stand in the queue.
func waiting(s *Store, n int) {
	for len(s.queue) < n {
		time.Sleep(time.Millisecond)
	}
}

var errOwn = errors.New("the caller's own error")

// TestOneOfAGroupFailsAlone commits 60 transactions together, of which every third fails
// or panics after it has written.
func TestOneOfAGroupFailsAlone(t *testing.T) {
	s := fresh(t)
	release := hold(t, s)
	errs := make([]error, 60)
	messages := make([]*node.Message, len(errs))
	var wg sync.WaitGroup
	for i := range errs {
		messages[i] = queued("NL")
		wg.Go(func() {
			errs[i] = s.Update(context.Background(), func(tx node.Tx) error {
				m := messages[i]
				if err := errors.Join(tx.AddMessage(m), tx.AddContent(contentOf(m, 100)), tx.Journal(entryOf(m), entryOf(m))); err != nil {
					return err
				}
				switch i % 6 {
				case 0:
					return errOwn
				case 3:
					panic("impossible state")
				}
				return nil
			})
		})
	}
	waiting(s, len(errs))
	release()
	wg.Wait()
	for i, err := range errs {
		switch {
		case i%6 == 0 && !errors.Is(err, errOwn), i%6 == 3 && (err == nil || !strings.Contains(err.Error(), "impossible state")), i%3 != 0 && err != nil:
			t.Errorf("transaction %d: got %v", i, err)
		}
		view(t, s, func(r node.Reader) error {
			_, missing := r.Message(messages[i].ID, node.Out)
			_, empty := r.Content("out/" + string(messages[i].ID))
			lines, err := r.EntriesOf(string(messages[i].ID))
			if there := i%3 != 0; there != (missing == nil) || there != (empty == nil) || there != (len(lines) == 2) {
				t.Errorf("transaction %d: message %v, content %v, %d journal lines", i, missing, empty, len(lines))
			}
			return err
		})
	}
	counts(t, s)
	if c, err := s.Verify(context.Background()); err != nil || c.Size != 80 || c != s.Head() {
		t.Errorf("got journal %d (%v), head %d", c.Size, err, s.Head().Size)
	}
}

func TestAGroupCommitsTogetherAndShowsTogether(t *testing.T) {
	s := fresh(t)
	release := hold(t, s)
	const members = 20
	sizes := make(chan int, members) // journal lines that each transaction sees
	var wg sync.WaitGroup
	for range members {
		wg.Go(func() {
			update(t, s, func(tx node.Tx) error {
				lines, err := tx.Entries(0, 100)
				sizes <- len(lines)
				if s.Head().Size != 0 {
					t.Error("the head shows what is not durable")
				}
				return errors.Join(err, tx.Journal(entryOf(queued("NL"))))
			})
		})
	}
	waiting(s, members)
	release()
	wg.Wait()
	for want := range members {
		if got := <-sizes; got != want {
			t.Errorf("got %d lines, want %d", got, want)
		}
	}
	if got := s.Head().Size; got != members {
		t.Errorf("got head %d, want %d", got, members)
	}
}

func TestViewNeverWaitsForTheWriter(t *testing.T) {
	s := fresh(t)
	m := queued("NL")
	entered, open := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), func(tx node.Tx) error {
			err := tx.AddMessage(m)
			close(entered)
			<-open
			return err
		})
	}()
	<-entered
	for range 2 * defaultReaders {
		view(t, s, func(r node.Reader) error {
			if _, err := r.Message(m.ID, node.Out); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("a reader sees an open transaction: %v", err)
			}
			return nil
		})
	}
	// A snapshot stays what it was while the writer goes on.
	view(t, s, func(r node.Reader) error {
		before, err := r.Counts()
		close(open)
		if err := <-done; err != nil {
			t.Error(err)
		}
		after, err2 := r.Counts()
		if len(before) != 0 || len(after) != 0 {
			t.Errorf("the snapshot moved: %v, then %v", before, after)
		}
		return errors.Join(err, err2)
	})
	view(t, s, func(r node.Reader) error { _, err := r.Message(m.ID, node.Out); return err })
}

func TestContextEnds(t *testing.T) {
	s := fresh(t)
	release := hold(t, s)
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Update(ctx, func(tx node.Tx) error { t.Error("ran after its context ended"); return nil })
	}()
	waiting(s, 1)
	cancel()
	release()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("update: got %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	err := s.View(ctx, func(r node.Reader) error {
		cancel()
		_, err := r.Counts()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("view: got %v", err)
	}
	view(t, s, func(r node.Reader) error { _, err := r.Counts(); return err }) // the connection is good again
}

func TestATransactionCannotBeKept(t *testing.T) {
	s := fresh(t)
	var keptTx node.Tx
	var keptReader node.Reader
	update(t, s, func(tx node.Tx) error { keptTx = tx; return nil })
	view(t, s, func(r node.Reader) error { keptReader = r; return nil })
	for name, use := range map[string]func(){"tx": func() { keptTx.PutSetting("a", nil) }, "reader": func() { keptReader.Counts() }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a kept %s still works", name)
				}
			}()
			use()
		}()
	}
}

func TestAPanicInAViewLeavesThePoolWhole(t *testing.T) {
	s := fresh(t)
	for range 2 * defaultReaders {
		func() {
			defer func() { recover() }()
			s.View(context.Background(), func(r node.Reader) error { panic("in a view") })
		}()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.View(ctx, func(r node.Reader) error { _, err := r.Counts(); return err }); err != nil {
		t.Error(err)
	}
}

// TestCopiedWhileItRuns takes the files as a kill would leave them, again and again under
// load, with the WAL also torn, and looks for everything that was acknowledged by then.
func TestCopiedWhileItRuns(t *testing.T) {
	s := fresh(t)
	var mu sync.Mutex // guards acknowledged
	var acknowledged []*node.Message
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				m := queued("NL")
				if err := submit(s, m, 2000); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, m)
				mu.Unlock()
			}
		})
	}
	for round := range 5 {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("copy%d.db", round))
		var want []*node.Message
		update(t, s, func(tx node.Tx) error { // the writer stands still meanwhile
			mu.Lock()
			want = append(want, acknowledged...)
			mu.Unlock()
			garbage := bytes.Repeat([]byte{byte(round)}, 5000*round) // a commit that was torn
			return errors.Join(copyFile(s.path, path, nil), copyFile(s.path+"-wal", path+"-wal", garbage))
		})
		c := reopen(t, path, Options{})
		if wal, err := os.Stat(path + "-wal"); err != nil || wal.Size() != 0 {
			t.Errorf("opening leaves what an earlier process wrote in the WAL: %v", err)
		}
		view(t, c, func(r node.Reader) error {
			for _, m := range want {
				_, missing := r.Message(m.ID, node.Out)
				_, empty := r.Content("out/" + string(m.ID))
				lines, err := r.EntriesOf(string(m.ID))
				if missing != nil || empty != nil || len(lines) != 1 || err != nil {
					t.Fatalf("of %d acknowledged, message %d: %v, %v, %d lines (%v)", len(want), m.N, missing, empty, len(lines), err)
				}
			}
			return nil
		})
		if head, err := c.Verify(context.Background()); err != nil || head.Size < int64(len(want)) {
			t.Errorf("journal of %d: %v", head.Size, err)
		}
	}
	close(stop)
	wg.Wait()
	if len(acknowledged) == 0 {
		t.Error("nothing was written")
	}
}

func copyFile(from, to string, tail []byte) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.MultiReader(in, bytes.NewReader(tail)))
	return errors.Join(err, out.Close())
}
