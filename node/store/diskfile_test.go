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

// after gives the file as the weather leaves it: its size after any of the changes, and
// each sector after any of them, on its own.
func (i *image) after(w weather) []byte {
	last := len(i.changes)
	now := slices.Clone(i.data)
	sizes := []int{len(now)}
	for _, c := range i.changes {
		sizes = append(sizes, max(c.end(), sizes[len(sizes)-1]))
		if c.data == nil {
			sizes[len(sizes)-1] = c.end()
		}
	}
	data := make([]byte, sizes[w.version(last)])
	sectors := make([][]int64, last+1) // by the version that they get
	for at := int64(0); at < int64(len(data)); at += w.sector {
		n := w.version(last)
		sectors[n] = append(sectors[n], at)
	}
	for n := 0; ; n++ {
		for _, at := range sectors[n] {
			sector := data[at:min(at+w.sector, int64(len(data)))]
			if at < int64(len(now)) {
				copy(sector, now[at:])
			}
			if w.mood == torn && n < last && w.IntN(4) == 0 {
				i.changes[n].spoil(w, sector, at)
			}
		}
		if n == last {
			return data
		}
		now = i.changes[n].apply(now)
	}
}

func (c change) end() int { return int(c.at) + len(c.data) }

// version chooses one of 0 to last.
func (w weather) version(last int) int {
	switch w.mood {
	case allLost:
		return 0
	case allKept:
		return last
	}
	return w.IntN(last + 1)
}

// spoil fills what the change writes of a sector with anything. What lies beside it in
// the sector stays (SQLite: powersafe overwrite).
func (c change) spoil(w weather, sector []byte, at int64) {
	for i := range sector {
		if o := at + int64(i) - c.at; o >= 0 && o < int64(len(c.data)) {
			sector[i] = byte(w.Uint32())
		}
	}
}

func sortedNames(m map[string]*image) []string { return slices.Sorted(maps.Keys(m)) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
