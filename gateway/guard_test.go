package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// replay is a connection on which the other side has sent fixed octets.
type replay struct {
	net.Conn
	io.Reader
	closed bool
}

func (r *replay) Read(p []byte) (int, error) { return r.Reader.Read(p) }
func (r *replay) Close() error               { r.closed = true; return nil }

// through gives what the guard lets through of octets that arrive as r cuts them.
func through(r io.Reader) ([]byte, error, bool) {
	conn := &replay{Reader: r}
	got, err := io.ReadAll(&guard{Conn: conn})
	return got, err, conn.closed
}

var (
	megabyte = strings.Repeat("x", maxPayload)
	header   = "NATS/1.0\r\nNats-Request-Info: {}\r\n\r\n"
)

// What an honest server sends, as recorded from nats-server and at the limits.
var honest = []string{
	"",
	`INFO {"server_id":"N","version":"2.15.2","headers":true,"max_payload":1048576} ` + "\r\n",
	"INFO {\"name\":\"h\u00f4te\"}\r\nPING\r\nPONG\r\n+OK\r\n",
	"INFO " + strings.Repeat(" ", maxInfo) + "\r\n",
	"-ERR 'Authorization Violation'\r\n",
	"-ERR " + strings.Repeat("x", maxLine) + "\r\n",
	"MSG in.NL.pouch 1 0\r\n\r\n",
	"MSG in.NL.pouch 1 _R_.a.b 5\r\nhello\r\nPING\r\n",
	"MSG in.NL.pouch 999999999 5\r\n\r\n\r\n\r\r\n",
	"MSG in.NL.pouch 1 5\r\nMSG x\r\nMSG in.NL.pouch 2 4\r\n+OK\r\r\n",
	fmt.Sprintf("MSG in.NL.pouch 1 %d\r\n%s\r\n", maxPayload, megabyte),
	fmt.Sprintf("HMSG in.NL.pouch 1 _R_.a %d %d\r\n%shello\r\n", len(header), len(header)+5, header),
	"HMSG _INBOX.a.b 2 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
	fmt.Sprintf("HMSG in.NL.pouch 1 %d %d\r\n%s%s\r\n", len(header), len(header)+maxPayload, header, megabyte),
}

func TestGuardPassesTheProtocolUnchanged(t *testing.T) {
	for _, want := range honest {
		got, err, closed := through(strings.NewReader(want))
		if err != nil || closed || string(got) != want {
			t.Errorf("%.60q: got %d of %d octets, %v, closed %v", want, len(got), len(want), err, closed)
		}
	}
}

func TestGuardEndsTheConnection(t *testing.T) {
	for _, c := range []struct {
		wire string // "|" stands in front of the first octet that must not pass
		want wireError
	}{
		{"MSG in.x 1 461168601|8427387904\r\n", ""},
		{"MSG in.x 1 1048577\r|\n" + megabyte + "x\r\n", errWireSize},
		{"MSG in.x 1 943718400\r|\n", errWireSize},
		{"HMSG in.x 1 12 1048589\r|\n", errWireSize},
		{"HMSG in.x 1 4097 4097\r|\n", errWireSize},
		{"HMSG in.x 1 13 12\r|\n", errWireLine},
		{"HMSG in.x 1 12\r|\n", errWireLine},
		{"HMSG in.x 1 a 2 3 4\r|\n", errWireLine},
		{"MSG in.x 1 -1\r|\n", errWireLine},
		{"MSG in.x 1 +1\r|\n", errWireLine},
		{"MSG in.x 1 01\r|\n", errWireLine},
		{"MSG in.x 1 0x1\r|\n", errWireLine},
		{"MSG in.x 1 1e3\r|\n", errWireLine},
		{"MSG in.x 1 |\r\n", errWireLine},
		{"MSG in.x 1\r|\n", errWireLine},
		{"MSG in.x one| 1\r\n", errWireLine},
		{"MSG in.x 1 a b 1\r|\n", errWireLine},
		{"MSG | in.x 1 1\r\n", errWireLine},
		{"MSG in.x|\t1 1\r\n", errWireLine},
		{"MSG in.x 1 | 1\r\n", errWireLine},
		{"MSG in.x 1 1|\nx\r\n", errWireLine},
		{"MSG in.\u00e9| 1 1\r\n", ""},
		{"MSG \x00|", ""},
		{"MSG in.x 1 2\r\nxx|x\r\n", errWireLine},
		{"MSG in.x 1 2\r\nxx\r|x", errWireLine},
		{"MSG in.x 1 2\r\nxx|\n", errWireLine},
		{"MSG " + strings.Repeat("x", maxLine) + "|x", errWireLong},
		{"-ERR " + strings.Repeat("x", maxLine) + "|x", errWireLong},
		{"INFO " + strings.Repeat(" ", maxInfo) + "| ", errWireLong},
		{"INFO {}|\n", errWireLine},
		{"INFO {}\r|\r\n", errWireLine},
		{"INFO {|\x1b[31m}\r\n", errWireLine},
		{"-ERR a|\x00\r\n", errWireLine},
		{"-ERR|\r\n", errWireLine},
		{"+OK|\n", errWireLine},
		{"+OK| \r\n", errWireLine},
		{"PING| \r\n", errWireLine},
		{"PI|G\r\n", errWireLine},
		{"P|ANG\r\n", errWireLine},
		{"|ping\r\n", errWireLine},
		{"|msg in.x 1 1\r\nx\r\n", errWireLine},
		{"|\r\n", errWireLine},
		{"|CONNECT {}\r\n", errWireLine},
		{"|HTTP/1.1 400 Bad Request\r\n", ""},
		{"PING\r\nMSG in.x 1 1\r\nx\r\n|\x16\x03\x01", errWireLine},
	} {
		before, after, ok := strings.Cut(c.wire, "|")
		if !ok {
			t.Fatalf("%.60q has no mark", c.wire)
		}
		if c.want == "" { // the place of the mark is not a promise
			got, err, closed := through(strings.NewReader(before + after))
			if err == nil || !closed || bytes.Contains(got, []byte("\n")) {
				t.Errorf("%.60q: got %q, %v", c.wire, got, err)
			}
			continue
		}
		got, err, closed := through(strings.NewReader(before + after))
		if string(got) != before || err != error(c.want) || !closed {
			t.Errorf("%.60q: got %d octets, %v, closed %v; want %d, %v", c.wire, len(got), err, closed, len(before), c.want)
		}
	}
}

// Every octet cut off and every octet changed: no panic, no longer result, and a line of a
// message never passes with a size over the limit.
func TestGuardMeetsEveryTruncationAndFlip(t *testing.T) {
	wire := []byte(honest[1] + honest[6] + honest[7] + honest[11] + honest[12])
	for i := range wire {
		if got, err, _ := through(bytes.NewReader(wire[:i])); err != nil || len(got) != i {
			t.Fatalf("truncated at %d: got %d octets, %v", i, len(got), err)
		}
		for bit := range 8 {
			bad := bytes.Clone(wire)
			bad[i] ^= 1 << bit
			got, err, closed := through(bytes.NewReader(bad))
			if !bytes.HasPrefix(bad, got) || (err == nil) != (len(got) == len(bad)) || closed != (err != nil) {
				t.Fatalf("bit %d of %d: got %d octets, %v, closed %v", bit, i, len(got), err, closed)
			}
		}
	}
}

func TestGuardStaysShut(t *testing.T) {
	g := &guard{Conn: &replay{Reader: strings.NewReader("PING\r\nQUIT\r\nPING\r\n")}}
	p := make([]byte, 64)
	if n, err := g.Read(p); n != 6 || err != nil {
		t.Fatalf("got %d, %v; want what came before the fault first", n, err)
	}
	for range 2 {
		if n, err := g.Read(p); n != 0 || !errors.Is(err, errWireLine) {
			t.Fatalf("got %d, %v; want nothing and the fault", n, err)
		}
	}
}

// FuzzGuard: however the same octets are cut into reads, the same octets pass and
// the same error follows; what passes is a prefix of them; and it is the protocol,
// by a slow reader that shares nothing with the guard.
func FuzzGuard(f *testing.F) {
	for _, s := range honest {
		if len(s) < 1<<10 {
			f.Add([]byte(s), uint8(3))
		}
	}
	f.Add([]byte("MSG in.x 1 4611686018427387904\r\nxx"), uint8(1))
	f.Add([]byte("HMSG in.x 1 12 11\r\n"), uint8(7))
	f.Add([]byte("MSG in.x 1 2\r\nxxx\r\n+OK\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, wire []byte, cut uint8) {
		whole, wholeErr, _ := through(bytes.NewReader(wire))
		for name, r := range map[string]io.Reader{
			"one by one": iotest.OneByteReader(bytes.NewReader(wire)),
			"in pieces":  &pieces{wire, int(cut) + 1},
			"data+EOF":   iotest.DataErrReader(bytes.NewReader(wire)),
		} {
			got, err, _ := through(r)
			if !bytes.Equal(got, whole) || err != wholeErr {
				t.Fatalf("%s: got %q, %v; whole: %q, %v", name, got, err, whole, wholeErr)
			}
		}
		if !bytes.HasPrefix(wire, whole) {
			t.Fatalf("got %q of %q", whole, wire)
		}
		if got, err := retell(string(whole)); err != nil || got != string(whole) {
			t.Fatalf("passed %q; told again %q, %v", whole, got, err)
		}
	})
}

// retell reads whole lines and messages the plain way and writes them again; an
// unfinished rest stays as it is.
func retell(wire string) (string, error) {
	var out strings.Builder
	for {
		line, rest, whole := strings.Cut(wire, "\r\n")
		word, text, _ := strings.Cut(line, " ")
		if !whole {
			return out.String() + wire, nil
		}
		switch word {
		case "PING", "PONG", "+OK":
			out.WriteString(word + "\r\n")
		case "INFO", "-ERR":
			out.WriteString(word + " " + text + "\r\n")
		case "MSG", "HMSG":
			arguments, size, err := retellMessage(word, strings.Fields(text))
			if err != nil {
				return "", err
			}
			out.WriteString(word + arguments + "\r\n")
			if len(rest) < size+2 {
				return out.String() + rest, nil
			}
			if rest[size:size+2] != "\r\n" {
				return "", fmt.Errorf("%d octets are followed by %q", size, rest[size:size+2])
			}
			out.WriteString(rest[:size+2])
			rest = rest[size+2:]
		default:
			return "", fmt.Errorf("a line that begins with %q", word)
		}
		wire = rest
	}
}

func retellMessage(word string, f []string) (string, int, error) {
	numbers := map[string]int{"MSG": 1, "HMSG": 2}[word] // at the end, behind the optional reply
	if n := len(f) - numbers; n != 2 && n != 3 {
		return "", 0, fmt.Errorf("%d arguments of %s", len(f), word)
	}
	last := 0
	for i := range f {
		if i != 1 && i < len(f)-numbers {
			continue
		}
		n, err := strconv.Atoi(f[i])
		if err != nil || (i > 1 && n > maxPayload+maxHeader) || (i == len(f)-1 && n < last*(numbers-1)) {
			return "", 0, fmt.Errorf("number %q", f[i])
		}
		f[i], last = strconv.Itoa(n), n
	}
	return " " + strings.Join(f, " "), last, nil
}

// pieces gives its octets in reads of n.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func BenchmarkGuard(b *testing.B) {
	for name, size := range map[string]int{"size=0": 0, "size=4KiB": 4 << 10} {
		b.Run(name, func(b *testing.B) {
			one := fmt.Sprintf("MSG in.NL.pouch 12 _R_.mxi887.ro5WP7 %d\r\n%s\r\n", size, strings.Repeat("x", size))
			const many = 64
			wire := []byte(strings.Repeat(one, many))
			conn := &replay{}
			g := &guard{Conn: conn}
			p := make([]byte, 32<<10)
			in := bytes.NewReader(wire)
			conn.Reader = in
			b.ReportAllocs()
			b.SetBytes(int64(len(one)))
			for i := 0; b.Loop(); i++ {
				if i%many != 0 {
					continue
				}
				in.Reset(wire)
				for {
					if _, err := g.Read(p); err != nil {
						break
					}
				}
				if g.err != nil {
					b.Fatal(g.err)
				}
			}
		})
	}
}
