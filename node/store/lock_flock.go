//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/comity-exchange/comity/schema"
)

// lock keeps a second process, or a second Store of this one, away from a database.
// SQLite's own locks do not: two nodes on one database would each keep a journal head
// in memory and send the same pouch numbers. It lives in a file beside the database,
// because on some systems SQLite locks the database file in the same way.
type lock struct{ file *os.File }

// acquire takes the lock of the database at path. The kernel releases it when the
// process ends, however it ends.
func acquire(path string, create bool) (*lock, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !create {
		return nil, noState()
	}
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, inUse()
		}
		return nil, fmt.Errorf("lock database: %w", err)
	}
	return &lock{f}, nil
}

func inUse() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "in_use",
		Detail: "Another process has this node's database open.",
		Fix:    "Stop the other comity process first; comity status shows whether one is running."}
}

func (l *lock) release() { l.file.Close() }
