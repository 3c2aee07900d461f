package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"

	"github.com/comity-exchange/comity/schema"
)

// renew writes what an earlier run left in the write-ahead log at path to a new file and
// puts that in its place. If the earlier run saw an fsync fail, some of the log may be in
// the cache alone, clean, so that no later fsync would write it; a power failure while it
// is copied into the database would then leave the database without the log that mends it.
// The problem is state_damaged if the log has rotted.
func renew(path string) error {
	log, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(log) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read write-ahead log: %w", err)
	}
	if rotten(log) {
		return damaged("The node's write-ahead log is damaged; transactions that were acknowledged cannot be read any more.")
	}
	next := path + ".new"
	if err := writeSynced(next, log); err != nil {
		os.Remove(next)
		return fmt.Errorf("renew write-ahead log: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("renew write-ahead log: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}

func damaged(detail string) *schema.Problem {
	return &schema.Problem{Kind: schema.Unverified, Code: "state_damaged", Detail: detail,
		Fix: "Keep the files as evidence, check the disk, and restore the newest backup."}
}

// SQLite's file format, section 4: a header of 32 octets; then frames, each a header of 24
// octets and a page. A frame's checksum goes on from that of the frame before it.
const (
	walHeader   = 32
	frameHeader = 24
)

// sum is the log's running checksum.
type sum [2]uint32

// writeAhead is a write-ahead log whose header matches itself.
type writeAhead struct {
	order  binary.ByteOrder
	salt   []byte // of this generation of the log
	start  sum    // from which the first frame goes on
	frames [][]byte
}

// rotten says that the log was damaged after it was synced. SQLite takes a frame that does
// not match for the end of the log, as it is after a power failure. But a transaction is
// begun only when the one before it is synced, so one that goes on from a commit behind
// the bad frame proves that the bad one was whole; and a frame that one bit keeps from
// matching was not torn. More than a bit of the last transaction has no such witness.
func rotten(log []byte) bool {
	l, ok := readLog(log)
	if !ok {
		return len(log) > walHeader && bitOff(log[:walHeader], func(header []byte) bool {
			l, ok := readLog(append(header, log[walHeader:min(len(log), walHeader+frameHeader+65536)]...))
			return ok && len(l.frames) > 0 && l.follows(l.frames[0], l.start)
		})
	}
	last, bad := l.start, 0
	for bad < len(l.frames) && l.follows(l.frames[bad], last) {
		last = stored(l.frames[bad])
		bad++
	}
	if bad == len(l.frames) {
		return false
	}
	for i := bad + 1; i+1 < len(l.frames); i++ {
		before, f, next := l.frames[i-1], l.frames[i], l.frames[i+1]
		if commits(f) && l.follows(f, stored(before)) && l.follows(next, stored(f)) {
			return true
		}
	}
	return bitOff(l.frames[bad], func(f []byte) bool { return l.follows(f, last) })
}

// bitOff says that whole would be true with one bit of b flipped.
func bitOff(b []byte, whole func(b []byte) bool) bool {
	b = bytes.Clone(b)
	for bit := range 8 * len(b) {
		b[bit/8] ^= 1 << (bit % 8)
		if whole(b) {
			return true
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
	return false
}

func readLog(log []byte) (l writeAhead, ok bool) {
	if len(log) < walHeader {
		return l, false
	}
	l = writeAhead{order: binary.LittleEndian, salt: log[16:24], start: words(log[24:])}
	magic, size := binary.BigEndian.Uint32(log), int(binary.BigEndian.Uint32(log[8:]))
	if magic&1 == 1 {
		l.order = binary.BigEndian
	}
	if magic&^1 != 0x377f0682 || size < 512 || size > 65536 || l.checksum(sum{}, log[:24]) != l.start {
		return l, false
	}
	for b := log[walHeader:]; len(b) >= frameHeader+size; b = b[frameHeader+size:] {
		l.frames = append(l.frames, b[:frameHeader+size])
	}
	return l, true
}

// follows says that a frame is of this log and whole, if last is right.
func (l writeAhead) follows(f []byte, last sum) bool {
	return bytes.Equal(f[8:16], l.salt) && l.checksum(l.checksum(last, f[:8]), f[frameHeader:]) == stored(f)
}

// commits says that a frame is the last of its transaction.
func commits(f []byte) bool { return binary.BigEndian.Uint32(f[4:]) != 0 }

func stored(f []byte) sum { return words(f[16:]) }

func words(b []byte) sum { return sum{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])} }

// checksum over b, whose length is a multiple of 8, begun at s.
func (l writeAhead) checksum(s sum, b []byte) sum {
	little := l.order == binary.LittleEndian
	for ; len(b) >= 8; b = b[8:] {
		x, y := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if little {
			x, y = bits.ReverseBytes32(x), bits.ReverseBytes32(y)
		}
		s[0] += x + s[1]
		s[1] += y + s[0]
	}
	return s
}
