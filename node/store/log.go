package store

import "github.com/ncruces/go-sqlite3/vfs"

// logLimit is how many octets of the write-ahead log wait in memory before they are written.
const logLimit = 1 << 20

// gathering is a file layer that writes the log of a transaction in few pieces.
// SQLite hands over a frame header and a page at a time, two system calls for each
// page. No reader looks at frames before the commit that ends in a sync, so they can
// wait in memory until then.
type gathering struct{ vfs.VFSFilename }

// gather registers the layer over the one called name and gives its own name.
func gather(name string) string {
	base, ok := vfs.Find(name).(vfs.VFSFilename)
	if !ok {
		return name
	}
	gathered := "gathering-" + name
	vfs.Register(gathered, gathering{base})
	return gathered
}

// OpenFilename implements vfs.VFSFilename.
func (g gathering) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := g.VFSFilename.OpenFilename(name, flags)
	if err != nil || flags&vfs.OPEN_WAL == 0 {
		return f, flags, err
	}
	return &logFile{File: f}, flags, nil
}

// logFile is the write-ahead log. What was handed over and not yet written lies in
// waiting; every act but a write that follows on writes it first.
type logFile struct {
	vfs.File
	waiting []byte
	at      int64 // where waiting belongs in the file
}

// write writes what waits. After an error SQLite gives up the transaction and hands
// over other frames for the same places.
func (f *logFile) write() error {
	if len(f.waiting) == 0 {
		return nil
	}
	_, err := f.File.WriteAt(f.waiting, f.at)
	f.waiting = f.waiting[:0]
	return err
}

func (f *logFile) WriteAt(p []byte, off int64) (int, error) {
	if off != f.at+int64(len(f.waiting)) || len(f.waiting)+len(p) > logLimit {
		if err := f.write(); err != nil {
			return 0, err
		}
		f.at = off
	}
	f.waiting = append(f.waiting, p...)
	return len(p), nil
}

func (f *logFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.write(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *logFile) Sync(flags vfs.SyncFlag) error {
	if err := f.write(); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

func (f *logFile) Size() (int64, error) {
	if err := f.write(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

func (f *logFile) Truncate(size int64) error {
	if err := f.write(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *logFile) Close() error {
	err := f.write()
	if closed := f.File.Close(); err == nil {
		err = closed
	}
	return err
}

// Unwrap implements vfs.FileUnwrap.
func (f *logFile) Unwrap() vfs.File { return f.File }
