package pki

import (
	"bytes"
	"testing"
)

func TestAPacketHasOneEncoding(t *testing.T) {
	for _, row := range []struct {
		name  string
		in    []byte
		fault string
		size  int
	}{
		{"nothing", nil, "truncated", 0},
		{"no length", []byte{0xCB}, "truncated", 0},
		{"empty", []byte{0xCB, 0}, "", 0},
		{"one octet", []byte{0xCB, 1, 7}, "", 1},
		{"too little", []byte{0xCB, 2, 7}, "truncated", 0},
		{"half a length", []byte{0xCB, 200}, "truncated", 0},
		{"quarter of a length", []byte{0xCB, 255, 0}, "truncated", 0},
		{"old format", []byte{0xAC, 1, 7}, "framing", 0},
		{"no packet", []byte{0x4B, 1, 7}, "framing", 0},
		{"partial", []byte{0xCB, 224, 7}, "partial", 0},
		{"largest partial", []byte{0xCB, 254, 7}, "partial", 0},
		{"four octets for 8383", append([]byte{0xCB, 255, 0, 0, 0x20, 0xBF}, make([]byte, 8383)...), "framing", 0},
		{"four octets for 8384", append([]byte{0xCB, 255, 0, 0, 0x20, 0xC0}, make([]byte, 8384)...), "", 8384},
		{"longer than anything", []byte{0xCB, 255, 0xFF, 0xFF, 0xFF, 0xFF}, "truncated", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, rest, fault := nextFrame(row.in)
			if fault != row.fault || len(f.raw) > 0 && (len(f.body) != row.size || len(rest) != 0) {
				t.Errorf("got %q with %d octets, want %q with %d", fault, len(f.body), row.fault, row.size)
			}
		})
	}
}

func TestHeadersReadBack(t *testing.T) {
	for _, size := range []int{0, 1, 191, 192, 8383, 8384, 65535, 65536} {
		in := append(appendHeader(nil, tagLiteral, size), make([]byte, size+3)...)
		f, rest, fault := nextFrame(in)
		if fault != "" || f.tag != tagLiteral || len(f.body) != size || len(rest) != 3 || len(in)-size-3 != headerSize(size) {
			t.Errorf("%d: got %q, %d octets, %d left", size, fault, len(f.body), len(rest))
		}
		if !bytes.Equal(f.raw, in[:len(in)-3]) {
			t.Errorf("%d: the raw packet is not the input", size)
		}
	}
}
