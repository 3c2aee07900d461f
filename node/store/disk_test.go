package store

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// disk is a disk with a volatile cache under one folder. The folder's real files are the
// cache: what a running process reads. What a power failure leaves is kept here: of each
// file what was synced and what was written since, and of the folder likewise.
//
// Every open that makes a file, write, change of size, sync and delete is a step. The
// WAL's index is shared memory and no step: nothing of it survives.
type disk struct {
	vfs.VFSFilename // the operating system's
	dir, name       string

	mu     sync.Mutex // guards the rest
	files  map[string]*image
	folder []entry // changes of the folder since it was synced
	synced map[string]*image
	fault  fault
	step   int // since the fault was set, as is all that follows
	syncs  int
	faults int // that happened
	copies int // writes to the database file
}

// fault is what goes wrong, from which step on.
type fault struct {
	kind kind
	step int // counted from when it is set; 0 never
}

type kind int

const (
	powerFails kind = iota + 1 // at that step: all that follows comes to nothing
	syncFails                  // once, counting only syncs: what was to be synced is in the cache alone, and stays there
	noSpace                    // from that step on, for all that needs room
)

// image is a file as the disk has it.
type image struct {
	data    []byte   // synced
	changes []change // in the cache since then
	inode   os.FileInfo
}

// change is a write, or a new size when data is nil.
type change struct {
	at   int64
	data []byte
}

// entry is a name that came or went.
type entry struct {
	name string
	file *image // nil: deleted
}

var disks atomic.Int64

func newDisk(t testing.TB, dir string) *disk {
	d := &disk{VFSFilename: vfs.Find("os").(vfs.VFSFilename), dir: dir, name: "disk" + itoa(disks.Add(1)),
		files: map[string]*image{}, synced: map[string]*image{}}
	vfs.Register(d.name, d)
	t.Cleanup(func() { vfs.Unregister(d.name); vfs.Unregister("comity+" + d.name) })
	return d
}

func (d *disk) path() string { return filepath.Join(d.dir, "node.db") }

// set arms a fault; steps are counted anew.
func (d *disk) set(k kind, step int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.step, d.syncs, d.faults, d.copies = fault{k, step}, 0, 0, 0, 0
}

// seen since the fault was set.
func (d *disk) seen() (steps, faults, copies int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.step, d.faults, d.copies
}

// cut switches the power off between two steps.
func (d *disk) cut() { d.set(powerFails, 1); d.mu.Lock(); d.pass(); d.mu.Unlock() }

func (d *disk) off() bool { return d.fault.kind == powerFails && d.faults > 0 }

// pass counts a step; false when the power failed in it. The caller holds mu.
func (d *disk) pass() bool {
	d.step++
	if d.fault.kind == powerFails && d.step == d.fault.step {
		d.faults++
	}
	return !d.off()
}

func (d *disk) full() bool {
	if d.fault.kind != noSpace || d.step+1 < d.fault.step {
		return false
	}
	d.faults++
	return true
}

// OpenFilename implements vfs.VFSFilename.
func (d *disk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	base := filepath.Base(name.String())
	if d.off() {
		return nil, flags, sqlite3.CANTOPEN
	}
	d.replaced(base)
	isNew := d.files[base] == nil
	if isNew && d.full() {
		return nil, flags, errNoSpace
	}
	f, flags, err := d.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, flags, err
	}
	if name == nil { // a file of this process alone
		return f, flags, nil
	}
	if isNew {
		d.files[base] = &image{}
		d.folder = append(d.folder, entry{base, d.files[base]})
		if !d.pass() {
			f.Close()
			return nil, flags, sqlite3.CANTOPEN
		}
	}
	d.files[base].note(name.String())
	const journal = vfs.OPEN_MAIN_JOURNAL | vfs.OPEN_SUPER_JOURNAL | vfs.OPEN_WAL
	return &diskFile{File: f, disk: d, image: d.files[base], main: flags&vfs.OPEN_MAIN_DB != 0,
		folder: flags&vfs.OPEN_CREATE != 0 && flags&journal != 0}, flags, nil
}

// replaced notices a file that the store has put in another's place without SQLite. That
// is synced, folder and all; before that the disk holds the old file.
func (d *disk) replaced(base string) {
	at, err := os.Stat(filepath.Join(d.dir, base))
	file := d.files[base]
	if err != nil || file == nil || file.inode == nil || os.SameFile(at, file.inode) {
		return
	}
	data, err := os.ReadFile(filepath.Join(d.dir, base))
	if err != nil {
		panic(err)
	}
	d.files[base] = &image{data: data}
	d.folder = append(d.folder, entry{base, d.files[base]})
	d.syncFolder()
}

// Delete implements vfs.VFS.
func (d *disk) Delete(name string, syncFolder bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off() {
		return sqlite3.IOERR_DELETE
	}
	if err := d.VFSFilename.Delete(name, false); err != nil {
		return err
	}
	base := filepath.Base(name)
	delete(d.files, base)
	d.folder = append(d.folder, entry{name: base})
	if !d.pass() || syncFolder && !d.pass() {
		return sqlite3.IOERR_DELETE
	}
	if syncFolder {
		d.syncFolder()
	}
	return nil
}

// Access implements vfs.VFS.
func (d *disk) Access(name string, flags vfs.AccessFlag) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off() {
		return false, sqlite3.IOERR_ACCESS
	}
	return d.VFSFilename.Access(name, flags)
}

func (d *disk) syncFolder() {
	for _, e := range d.folder {
		e.apply(d.synced)
	}
	d.folder = nil
}

func (e entry) apply(folder map[string]*image) {
	if e.file == nil {
		delete(folder, e.name)
		return
	}
	folder[e.name] = e.file
}
