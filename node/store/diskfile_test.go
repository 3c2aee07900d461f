package store

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// errNoSpace is what package os gives for a write without room.
var errNoSpace = &fs.PathError{Op: "write", Path: "node.db", Err: syscall.ENOSPC}

// diskFile is an open file of a disk.
type diskFile struct {
	vfs.File // in the cache
	disk     *disk
	image    *image
	main     bool // the database: only it has shared memory
	folder   bool // the first sync takes the folder with it, as the operating system's layer does
}

func (f *diskFile) SharedMemory() vfs.SharedMemory {
	return f.File.(vfs.FileSharedMemory).SharedMemory()
}

func (f *diskFile) ReadAt(p []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	off := f.disk.off()
	f.disk.mu.Unlock()
	if off {
		return 0, sqlite3.IOERR_READ
	}
	return f.File.ReadAt(p, at)
}

func (f *diskFile) WriteAt(p []byte, at int64) (int, error) {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off() {
		return 0, sqlite3.IOERR_WRITE
	}
	if d.full() {
		return 0, errNoSpace
	}
	f.image.changes = append(f.image.changes, change{at, slices.Clone(p)})
	if f.main {
		d.copies++
	}
	if !d.pass() {
		return 0, sqlite3.IOERR_WRITE
	}
	return f.File.WriteAt(p, at)
}

func (f *diskFile) Truncate(size int64) error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off() {
		return sqlite3.IOERR_TRUNCATE
	}
	f.image.changes = append(f.image.changes, change{at: size})
	if !d.pass() {
		return sqlite3.IOERR_TRUNCATE
	}
	return f.File.Truncate(size)
}

// SizeHint makes the file larger, as the operating system's layer does.
func (f *diskFile) SizeHint(size int64) error {
	old, err := f.File.Size()
	if err != nil || size <= old {
		return err
	}
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off() {
		return sqlite3.IOERR_TRUNCATE
	}
	if d.full() {
		return errNoSpace
	}
	f.image.changes = append(f.image.changes, change{at: size})
	if !d.pass() {
		return sqlite3.IOERR_TRUNCATE
	}
	return f.File.(vfs.FileSizeHint).SizeHint(size)
}

func (f *diskFile) Sync(vfs.SyncFlag) error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.pass() {
		return sqlite3.IOERR_FSYNC
	}
	if d.loses() {
		f.image.changes = nil // the cache calls it clean and never writes it again
		return sqlite3.IOERR_FSYNC
	}
	f.image.sync()
	if !f.folder {
		return nil
	}
	f.folder = false
	if !d.pass() {
		return sqlite3.IOERR_DIR_FSYNC
	}
	if d.loses() {
		d.folder = nil
		return sqlite3.IOERR_DIR_FSYNC
	}
	d.syncFolder()
	return nil
}

// loses counts a sync and says whether it is the one that fails. The caller holds mu.
func (d *disk) loses() bool {
	d.syncs++
	if d.fault.kind != syncFails || d.syncs != d.fault.step {
		return false
	}
	d.faults++
	return true
}

func (i *image) clone() *image {
	return &image{data: slices.Clone(i.data), changes: slices.Clone(i.changes)}
}

// note remembers which file of the folder this is.
func (i *image) note(path string) { i.inode, _ = os.Stat(path) }

func (i *image) sync() {
	for _, c := range i.changes {
		i.data = c.apply(i.data)
	}
	i.changes = nil
}

// apply gives the file's octets after the change, in place if they fit.
func (c change) apply(data []byte) []byte {
	if c.data == nil {
		return resize(data, c.at)
	}
	data = resize(data, max(int64(len(data)), c.at+int64(len(c.data))))
	copy(data[c.at:], c.data)
	return data
}

func resize(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size:size]
	}
	return append(data, make([]byte, size-int64(len(data)))...)
}

func sortedNames(m map[string]*image) []string { return slices.Sorted(maps.Keys(m)) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
