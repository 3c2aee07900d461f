package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
)

// The archive inside a pouch is a ustar file (POSIX.1-1988) of which every octet
// is determined by names and contents: mode 0444, owner 0, time 0, no links, no
// extensions, zero blocks up to a size bucket. PROTOCOL 4.

const (
	block       = 512
	smallest    = 4 << 10 // bucket
	trailer     = 2 * block
	maxNameSize = 100
)

var errArchive = errors.New("not an archive of PROTOCOL 4")

// archiveHeader is the one header for a file.
func archiveHeader(name string, size int) (h [block]byte) {
	copy(h[:maxNameSize], name)
	copy(h[100:], "0000444\x000000000\x000000000\x00")
	octal(h[124:135], size)
	copy(h[136:], "00000000000\x00")
	h[156] = '0'
	copy(h[257:], "ustar\x0000")
	copy(h[329:], "0000000\x000000000\x00")
	sum := 8 * int(' ') // the checksum counts its own field as blanks
	for _, c := range h {
		sum += int(c)
	}
	octal(h[148:154], sum)
	h[155] = ' '
	return h
}

// octal fills field with n, padded with zeros on the left.
func octal(field []byte, n int) {
	for i := len(field) - 1; i >= 0; i-- {
		field[i], n = byte('0'+n&7), n>>3
	}
}

// stored is the room a file of so many octets takes in an archive.
func stored(size int) int { return block + (size+block-1)&^(block-1) }

// bucket is the size of an archive whose blocks take n octets: n rounded up to
// a multiple of 2^(e-7), where 2^e is the largest power of two not above n.
func bucket(n int) int {
	if n <= smallest {
		return smallest
	}
	step := 1 << max(bits.Len(uint(n))-1-7, 9)
	return (n + step - 1) &^ (step - 1)
}

// file is one file of an archive.
type file struct {
	name string
	data []byte
}

// archiveSize is the size of the padded archive of these files.
func archiveSize(files []file) int {
	n := trailer
	for i := range files {
		n += stored(len(files[i].data))
	}
	return bucket(n)
}

// writeArchive appends the archive of the files, in order, to b, which should
// have the capacity for it.
func writeArchive(b []byte, files []file) []byte {
	start, size := len(b), archiveSize(files)
	for i := range files {
		h := archiveHeader(files[i].name, len(files[i].data))
		b = append(append(b, h[:]...), files[i].data...)
		b = appendZeros(b, -len(files[i].data)&(block-1))
	}
	return appendZeros(b, start+size-len(b))
}

func appendZeros(b []byte, n int) []byte {
	for n > len(zeroBlock) {
		b, n = append(b, zeroBlock[:]...), n-len(zeroBlock)
	}
	return append(b, zeroBlock[:n]...)
}

// archiveReader reads an archive whose file names are known in advance. What it
// gives aliases the archive.
type archiveReader struct {
	rest []byte
	read int
}

// next gives the content of the next file, which must be called name and be at most limit long.
func (a *archiveReader) next(name string, limit int) ([]byte, error) {
	if len(a.rest) < block {
		return nil, fmt.Errorf("file %d: %w", a.read, errArchive)
	}
	size, err := strconv.ParseUint(string(a.rest[124:135]), 8, 32)
	if err != nil || len(name) > maxNameSize || archiveHeader(name, int(size)) != [block]byte(a.rest) {
		return nil, fmt.Errorf("header of file %d: %w", a.read, errArchive)
	}
	if int(size) > limit {
		return nil, fmt.Errorf("file %d of %d octets: %w", a.read, size, errTooLarge)
	}
	room := stored(int(size))
	if len(a.rest) < room || !zeros(a.rest[block+int(size):room]) {
		return nil, fmt.Errorf("end of file %d: %w", a.read, errArchive)
	}
	data := a.rest[block : block+int(size) : block+int(size)]
	a.rest, a.read = a.rest[room:], a.read+room
	return data, nil
}

// end checks that nothing but the right number of zero blocks follows.
func (a *archiveReader) end() error {
	if len(a.rest)+a.read != bucket(a.read+trailer) || !zeros(a.rest) {
		return fmt.Errorf("padding: %w", errArchive)
	}
	return nil
}

var zeroBlock [16 << 10]byte

func zeros(b []byte) bool {
	for len(b) > len(zeroBlock) {
		if !bytes.Equal(b[:len(zeroBlock)], zeroBlock[:]) {
			return false
		}
		b = b[len(zeroBlock):]
	}
	return bytes.Equal(b, zeroBlock[:len(b)])
}
