package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
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

// frame is one page of the log.
type frame struct {
	commit   bool // the last of its transaction
	ours     bool // of this generation of the log
	stored   [2]uint32
	checksum func(from [2]uint32) [2]uint32
}

// rotten says that a frame was damaged after it was synced, or a bit of the header. SQLite
// takes a frame that does not match for the end of the log, as it is after a power failure;
// but a transaction is begun only when the one before it is synced, so a later one that
// goes on from a commit behind the bad frame proves that the bad one was whole. The last
// transaction has no such witness.
func rotten(log []byte) bool {
	frames, last, ok := readFrames(log)
	if !ok {
		return bitOff(log)
	}
	bad := 0
	for bad < len(frames) && frames[bad].follows(last) {
		last = frames[bad].stored
		bad++
	}
	for i := bad; i+1 < len(frames); i++ {
		f, next := frames[i], frames[i+1]
		if f.commit && (f.ours && next.follows(f.stored) || i == bad && next.follows(f.checksum(last))) {
			return true
		}
	}
	return false
}

func (f frame) follows(last [2]uint32) bool { return f.ours && f.checksum(last) == f.stored }

// bitOff says that one flipped bit keeps the header from matching it and its first frame. A
// header that was torn while the log began anew is no loss, but never so near to a whole one.
func bitOff(log []byte) bool {
	log = bytes.Clone(log[:min(len(log), walHeader+frameHeader+65536)])
	for bit := range 8 * min(len(log), walHeader) {
		log[bit/8] ^= 1 << (bit % 8)
		if frames, header, ok := readFrames(log); ok && len(frames) > 0 && frames[0].follows(header) {
			return true
		}
		log[bit/8] ^= 1 << (bit % 8)
	}
	return false
}

// readFrames gives the frames and the checksum of the header, if the header matches it.
func readFrames(log []byte) (frames []frame, header [2]uint32, ok bool) {
	if len(log) < walHeader {
		return nil, header, false
	}
	var order binary.ByteOrder = binary.LittleEndian
	magic, size := binary.BigEndian.Uint32(log), int(binary.BigEndian.Uint32(log[8:]))
	if magic&1 == 1 {
		order = binary.BigEndian
	}
	header = words(log[24:])
	if magic&^1 != 0x377f0682 || size < 512 || size > 65536 || fletcher(order, [2]uint32{}, log[:24]) != header {
		return nil, header, false
	}
	salt := log[16:24]
	for b := log[walHeader:]; len(b) >= frameHeader+size; b = b[frameHeader+size:] {
		f := b[:frameHeader+size]
		frames = append(frames, frame{commit: binary.BigEndian.Uint32(f[4:]) != 0, ours: bytes.Equal(f[8:16], salt), stored: words(f[16:]),
			checksum: func(from [2]uint32) [2]uint32 { return fletcher(order, fletcher(order, from, f[:8]), f[frameHeader:]) }})
	}
	return frames, header, true
}

func words(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// fletcher is the log's checksum over b, whose length is a multiple of 8, begun at sum.
func fletcher(order binary.ByteOrder, sum [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		sum[0] += order.Uint32(b) + sum[1]
		sum[1] += order.Uint32(b[4:]) + sum[0]
	}
	return sum
}
