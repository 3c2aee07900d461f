package store

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// fileLayer is a file layer of the driver, as a rule the operating system's, that tells
// a full disk from a broken one. The driver's own looks for the bare error number, which
// package os wraps, so a write without room came up as an I/O error.
type fileLayer struct{ vfs.VFSFilename }

// register puts the layer over the one of that name, and gives the name to open it by.
func register(base string) (string, error) {
	below, ok := vfs.Find(base).(vfs.VFSFilename)
	if !ok {
		return "", fmt.Errorf("there is no file layer %q", base)
	}
	name := "comity"
	if base != "" {
		name += "+" + base
	}
	vfs.Register(name, fileLayer{below})
	return name, nil
}

// OpenFilename implements vfs.VFSFilename.
func (l fileLayer) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := l.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, flags, noRoom(err)
	}
	return layerFile{f}, flags, nil
}

// layerFile hands on what this store uses of a file: no memory map, and the WAL goes at
// the last close.
type layerFile struct{ vfs.File }

// WriteAt implements vfs.File.
func (f layerFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, noRoom(err)
}

// SharedMemory implements vfs.FileSharedMemory; nil for all but the database.
func (f layerFile) SharedMemory() vfs.SharedMemory {
	if m, ok := f.File.(vfs.FileSharedMemory); ok {
		return m.SharedMemory()
	}
	return nil
}

// SizeHint implements vfs.FileSizeHint. SQLite ignores the error and writes.
func (f layerFile) SizeHint(size int64) error {
	if h, ok := f.File.(vfs.FileSizeHint); ok {
		return h.SizeHint(size)
	}
	return sqlite3.NOTFOUND
}

// HasMoved implements vfs.FileHasMoved.
func (f layerFile) HasMoved() (bool, error) {
	if m, ok := f.File.(vfs.FileHasMoved); ok {
		return m.HasMoved()
	}
	return false, sqlite3.NOTFOUND
}

func noRoom(err error) error {
	if outOfSpace(err) {
		return vfs.SystemError(err, sqlite3.FULL)
	}
	return err
}

func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// full says that an error is over when there is room again. The WAL's index, which SQLite
// keeps in a file of shared memory, grows with the WAL and fails with a code of its own.
func full(err error) bool {
	return errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.IOERR_SHMSIZE)
}
