package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// faulty is the operating system's file layer with faults to switch on.
type faulty struct {
	vfs.VFSFilename
	syncs  atomic.Int64 // fsyncs of the WAL that will fail
	full   atomic.Bool  // no room for another write
	panics atomic.Bool  // the driver breaks
	failed atomic.Int64 // faults that happened
}

func (v *faulty) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := v.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, flags, err
	}
	return &faultyFile{f, v, strings.HasSuffix(name.String(), "-wal")}, flags, nil
}

type faultyFile struct {
	vfs.File
	layer *faulty
	wal   bool
}

func (f *faultyFile) SharedMemory() vfs.SharedMemory {
	return f.File.(vfs.FileSharedMemory).SharedMemory()
}

func (f *faultyFile) Sync(flags vfs.SyncFlag) error {
	if f.layer.panics.Load() {
		panic("driver")
	}
	if f.wal && f.layer.syncs.Add(-1) >= 0 {
		f.layer.failed.Add(1)
		return sqlite3.IOERR_FSYNC
	}
	return f.File.Sync(flags)
}

func (f *faultyFile) ReadAt(p []byte, off int64) (int, error) {
	if f.layer.panics.Load() {
		panic("driver")
	}
	return f.File.ReadAt(p, off)
}

func (f *faultyFile) WriteAt(p []byte, off int64) (int, error) {
	if f.layer.full.Load() {
		f.layer.failed.Add(1)
		return 0, sqlite3.FULL
	}
	return f.File.WriteAt(p, off)
}

// onFaulty opens a new store on a faulty file layer.
func onFaulty(t *testing.T) (*Store, *faulty) {
	t.Helper()
	layer := &faulty{VFSFilename: vfs.Find("os").(vfs.VFSFilename)}
	vfs.Register(t.Name(), layer)
	t.Cleanup(func() { vfs.Unregister(t.Name()) })
	return reopen(t, filepath.Join(t.TempDir(), "node.db"), Options{Create: true, VFS: t.Name()}), layer
}

// absent checks that neither the readers nor the head show a message.
func absent(t *testing.T, s *Store, m *node.Message, head node.Checkpoint) {
	t.Helper()
	view(t, s, func(r node.Reader) error {
		if _, err := r.Message(m.ID, node.Out); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("what was not committed is shown: %v", err)
		}
		return nil
	})
	if got := s.Head(); got != head {
		t.Errorf("the head moved from %v to %v", head, got)
	}
}

// TestAfterAFailedSyncNothingIsAcknowledged (assurance F3): the fsync fails once and then
// works again, but by then nobody knows what the disk holds.
func TestAfterAFailedSyncNothingIsAcknowledged(t *testing.T) {
	s, layer := onFaulty(t)
	kept, lost := queued("NL"), queued("NL")
	if err := submit(s, kept, 100); err != nil {
		t.Fatal(err)
	}
	head := s.Head()
	layer.syncs.Store(1)
	for range 3 {
		if err := submit(s, lost, 100); code(err) != "store_failed" {
			t.Errorf("got %v", err)
		}
		absent(t, s, lost, head)
	}
	if layer.failed.Load() != 1 || s.Failed() == nil {
		t.Errorf("got %d faults, cause %v", layer.failed.Load(), s.Failed())
	}
	path := s.path
	s.Close()
	s = reopen(t, path, Options{})
	view(t, s, func(r node.Reader) error { _, err := r.Message(kept.ID, node.Out); return err })
	if c, err := s.Verify(context.Background()); err != nil || c.Size < head.Size {
		t.Errorf("got journal %v (%v)", c, err)
	}
	if err := submit(s, queued("NL"), 100); err != nil {
		t.Error(err)
	}
}

// TestFullDisk (assurance F4): refused while there is no room, fine when there is again.
func TestFullDisk(t *testing.T) {
	s, layer := onFaulty(t)
	if err := submit(s, queued("NL"), 100); err != nil {
		t.Fatal(err)
	}
	head := s.Head()
	for _, size := range []int{100, 12 << 20} { // the large one does not even fit the cache until the commit
		m := queued("NL")
		layer.full.Store(true)
		for range 2 {
			if err := submit(s, m, size); code(err) != "disk_full" {
				t.Errorf("%d octets: got %v", size, err)
			}
			absent(t, s, m, head)
		}
		layer.full.Store(false)
		if err := submit(s, m, size); err != nil {
			t.Errorf("%d octets with room again: %v", size, err)
		}
		head = s.Head()
	}
	if c, err := s.Verify(context.Background()); err != nil || c.Size != 3 || layer.failed.Load() == 0 {
		t.Errorf("got journal %v (%v), %d faults", c, err, layer.failed.Load())
	}
	counts(t, s)
}

// TestTheDriverPanics, as it does when it is out of memory: no caller and no other
// goroutine goes down with it.
func TestTheDriverPanics(t *testing.T) {
	s, layer := onFaulty(t)
	m := queued("NL")
	if err := submit(s, m, 100); err != nil {
		t.Fatal(err)
	}
	look := func(r node.Reader) error { _, err := r.Message(m.ID, node.Out); return err }
	layer.panics.Store(true)
	if err := s.View(context.Background(), look); err == nil || !strings.Contains(err.Error(), "driver panicked") {
		t.Errorf("view: got %v", err)
	}
	layer.panics.Store(false)
	view(t, s, look)
	layer.panics.Store(true)
	if err := submit(s, queued("NL"), 100); code(err) != "store_failed" {
		t.Errorf("update: got %v", err)
	}
	layer.panics.Store(false)
	if err := submit(s, queued("NL"), 100); code(err) != "store_failed" {
		t.Errorf("update afterwards: got %v", err)
	}
	path := s.path
	s.Close()
	view(t, reopen(t, path, Options{}), look)
}

// TestBitRot (assurance F5) flips one bit in each page of the database in turn: whatever
// is read is right, or there is an error.
func TestBitRot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	s := reopen(t, path, Options{Create: true})
	for range 5 {
		if err := submit(s, queued("NL"), 3000); err != nil {
			t.Fatal(err)
		}
	}
	want := everything(t, s)
	s.Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at := 2000; at < len(good); at += 4096 {
		bad := append([]byte(nil), good...)
		bad[at] ^= 4
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(context.Background(), path, Options{})
		if err != nil {
			found++
			continue
		}
		got, err := read(s)
		s.Close()
		if err != nil {
			found++
		} else if got != want {
			t.Errorf("octet %d flipped: read something else without an error", at)
		}
	}
	if found < 5 {
		t.Errorf("found %d of %d flipped bits", found, len(good)/4096)
	}
}

// everything that the readers show, as text.
func everything(t *testing.T, s *Store) string {
	t.Helper()
	text, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(s *Store) (string, error) {
	var b strings.Builder
	err := s.View(context.Background(), func(r node.Reader) error {
		pending, err := r.Pending("NL", 0, 100)
		for _, p := range pending {
			contents, failed := r.Contents("out/" + string(p.ID))
			err = errors.Join(err, failed)
			b.WriteString(string(p.ID) + p.Case)
			for _, c := range contents {
				b.Write(c.Sealed)
			}
		}
		records, err2 := r.Records(0, 100)
		for _, record := range records {
			b.Write(record)
		}
		return errors.Join(err, err2)
	})
	return b.String(), err
}

// TestContentIsStoredAsItComes: the store adds no copy and no other form of what the
// node sealed, and keeps no trace of it in the clear columns.
func TestContentIsStoredAsItComes(t *testing.T) {
	s := fresh(t)
	m := queued("NL")
	sealed := "canary-of-sealed-octets"
	update(t, s, func(tx node.Tx) error {
		c := contentOf(m, 0)
		c.Sealed = []byte(sealed)
		return errors.Join(tx.AddMessage(m), tx.AddContent(c), tx.Journal(entryOf(m)))
	})
	p := pouch(1, m.Queue, m.Queue)
	p.Receipt = []byte("receipt")
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddPouch(p), tx.Settle(p, nil)) })
	view(t, s, func(r node.Reader) error {
		c, err := r.Content("out/" + string(m.ID))
		if string(c.Sealed) != sealed {
			t.Errorf("got %q", c.Sealed)
		}
		return err
	})
	path := s.path
	s.Close()
	file, err := os.ReadFile(path)
	if got := strings.Count(string(file), sealed); got != 1 || err != nil {
		t.Errorf("found %d times in the database file (%v), want once", got, err)
	}
}
