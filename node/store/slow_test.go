package store

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/ncruces/go-sqlite3/vfs"
)

// slow is the operating system's file layer on a disk whose fsync takes its time.
type slow struct {
	vfs.VFSFilename
	took  atomic.Int64 // nanoseconds of each fsync
	begun atomic.Int64 // fsyncs of the WAL
	done  atomic.Int64
}

func (v *slow) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := v.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, flags, err
	}
	return &slowFile{f, v, strings.HasSuffix(name.String(), "-wal")}, flags, nil
}

type slowFile struct {
	vfs.File
	layer *slow
	wal   bool
}

func (f *slowFile) SharedMemory() vfs.SharedMemory {
	return f.File.(vfs.FileSharedMemory).SharedMemory()
}

func (f *slowFile) Sync(flags vfs.SyncFlag) error {
	if f.wal {
		f.layer.begun.Add(1)
		defer f.layer.done.Add(1)
	}
	time.Sleep(time.Duration(f.layer.took.Load()))
	return f.File.Sync(flags)
}

// TestSlowSyncs (assurance F30): an fsync of 200 ms makes writing slower. No acknowledgement
// comes before an fsync that began after its transaction has ended, and reading does not wait.
func TestSlowSyncs(t *testing.T) {
	const wait = 200 * time.Millisecond
	layer := &slow{VFSFilename: vfs.Find("os").(vfs.VFSFilename)}
	vfs.Register(t.Name(), layer)
	t.Cleanup(func() { vfs.Unregister(t.Name()) })
	s := reopen(t, filepath.Join(t.TempDir(), "node.db"), Options{Create: true, VFS: t.Name()})
	known := queued("NL")
	if err := submit(s, known, 4096); err != nil {
		t.Fatal(err)
	}
	layer.took.Store(int64(wait))
	before := layer.done.Load()
	const callers, each = 50, 4
	var wg sync.WaitGroup
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for range each {
				begun := layer.begun.Load() // any sync that covers this transaction begins later
				began := time.Now()
				if err := submit(s, queued("NL"), 4096); err != nil {
					t.Error(err)
				}
				if layer.done.Load() <= begun || time.Since(began) < wait {
					t.Errorf("acknowledged after %v, %d fsyncs of %d begun", time.Since(began), layer.done.Load(), begun)
				}
			}
		})
	}
	stop := make(chan struct{})
	reads := make(chan []time.Duration)
	go func() { reads <- readUntil(s, known, stop) }()
	wg.Wait()
	took := time.Since(start)
	close(stop)
	latencies := <-reads
	slices.Sort(latencies)
	syncs := layer.done.Load() - before
	if len(latencies) < 100 {
		t.Fatalf("got %d reads", len(latencies))
	}
	median, most, slowest := latencies[len(latencies)/2], latencies[len(latencies)*9/10], latencies[len(latencies)-1]
	t.Logf("%d transactions in %v with %d fsyncs; %d reads meanwhile, median %v, 9 in 10 under %v, slowest %v", callers*each, took.Round(time.Millisecond), syncs,
		len(latencies), median, most, slowest)
	if took < each*wait || syncs > 3*each {
		t.Errorf("%d transactions took %v and %d fsyncs", callers*each, took, syncs)
	}
	if median > wait/20 || most > wait/4 {
		t.Errorf("reads waited: median %v, 9 in 10 under %v, slowest %v", median, most, slowest)
	}
	layer.took.Store(0)
	if c, err := s.Verify(context.Background()); err != nil || c.Size != callers*each+1 {
		t.Errorf("got journal %d (%v)", c.Size, err)
	}
}

// readUntil reads a message over and over and gives how long each time took.
func readUntil(s *Store, m *node.Message, stop chan struct{}) (took []time.Duration) {
	for {
		select {
		case <-stop:
			return took
		default:
		}
		start := time.Now()
		err := s.View(context.Background(), func(r node.Reader) error {
			_, err := r.Message(m.ID, node.Out)
			return err
		})
		if err != nil {
			return nil
		}
		took = append(took, time.Since(start))
		time.Sleep(time.Millisecond)
	}
}
