package gateway

import "net"

// What a foreign host may say in one go. Lines count without their CRLF.
const (
	maxLine    = 4 << 10  // MSG, HMSG and -ERR
	maxInfo    = 16 << 10 // INFO
	maxHeader  = 4 << 10  // header block of an HMSG
	maxPayload = 1 << 20  // of a message, without its header block
)

// wireError ends the connection to a host that does not keep to the protocol.
type wireError string

const (
	errWireLine    wireError = "not a line of the protocol"
	errWireLong    wireError = "a line over the limit"
	errWireSize    wireError = "a payload over the limit"
	errWirePayload wireError = "a payload that does not end where it was announced to end"
)

func (e wireError) Error() string { return "the foreign host sent " + string(e) }

// guard stands between nats.go and a host of somebody else. The client library
// trusts its server: a line that announces a payload of 2^62 octets makes it
// allocate them, which ends the process. The guard lets through exactly
//
//	INFO {…}    -ERR text    +OK    PING    PONG
//	MSG subject sid [reply] size
//	HMSG subject sid [reply] header-size size
//
// each ended by CRLF and, where announced, followed by a payload of that size and
// CRLF. Tokens are parted by one space, numbers have no leading zeros. The octets
// up to the first wrong one are passed on, then the connection is closed and every
// Read returns a wireError. How the octets are cut into reads makes no difference.
type guard struct {
	net.Conn
	wire wire
	err  error
}

// Read is called by one goroutine at a time, as nats.go does.
func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.Conn.Read(p)
	good, fault := g.wire.pass(p[:n])
	if fault == "" {
		return n, err
	}
	g.err = fault
	g.Conn.Close()
	if good > 0 {
		return good, nil // nats.go drops octets that come with an error
	}
	return 0, g.err
}

// wire follows the protocol octet by octet. Its zero value stands before a line.
type wire struct {
	state   wireState
	literal string    // what is left of a fixed text
	then    wireState // entered when literal is complete
	line    int       // octets of the present line that still fit
	header  bool      // the line is an HMSG
	tokens  int       // complete ones of the line
	length  int       // octets of the present token
	number  int       // its value, -1 if it is not a number
	before  int       // the value of the token before it
	skip    int       // octets of payload still to pass
}

// wireState says what the next octet belongs to.
type wireState byte

const (
	wireStart   wireState = iota // first octet of a line
	wireP                        // second octet of PING or PONG
	wireLiteral                  // a fixed text
	wireText                     // free text up to CR
	wireTokens                   // the arguments of MSG and HMSG up to CR
	wireArgsLF                   // LF of a line that announced a payload
	wirePayload                  // CR after a payload
)

// pass says how many octets of b may be passed on, and the fault of the one after them.
func (w *wire) pass(b []byte) (int, wireError) {
	for i := 0; i < len(b); i++ {
		if w.skip > 0 {
			n := min(w.skip, len(b)-i)
			w.skip -= n
			i += n - 1
			continue
		}
		if fault := w.next(b[i]); fault != "" {
			return i, fault
		}
	}
	return len(b), ""
}

// next takes one octet outside payloads.
func (w *wire) next(c byte) wireError {
	switch w.state {
	case wireTokens:
		return w.argument(c)
	case wireText:
		return w.text(c)
	case wireLiteral:
		return w.fixed(c)
	case wireStart:
		return w.start(c)
	case wireP:
		return w.pingPong(c)
	case wireArgsLF:
		return w.announced(c)
	default:
		return w.payloadEnd(c)
	}
}

// expect makes text the only thing that may come next.
func (w *wire) expect(text string, then wireState) wireError {
	w.state, w.literal, w.then = wireLiteral, text, then
	return ""
}

// start tells the line by its first octet.
func (w *wire) start(c byte) wireError {
	w.line = maxLine
	switch c {
	case 'M':
		w.tokens, w.header = 0, false
		return w.expect("SG ", wireTokens)
	case 'H':
		w.tokens, w.header = 0, true
		return w.expect("MSG ", wireTokens)
	case 'I':
		w.line = maxInfo
		return w.expect("NFO ", wireText)
	case '-':
		return w.expect("ERR ", wireText)
	case '+':
		return w.expect("OK\r\n", wireStart)
	case 'P':
		w.state = wireP
		return ""
	}
	return errWireLine
}

func (w *wire) pingPong(c byte) wireError {
	if c != 'I' && c != 'O' {
		return errWireLine
	}
	return w.expect("NG\r\n", wireStart)
}

func (w *wire) fixed(c byte) wireError {
	if c != w.literal[0] {
		return errWireLine
	}
	if w.literal = w.literal[1:]; w.literal == "" {
		w.state, w.length, w.number = w.then, 0, -1
	}
	return ""
}

// text passes JSON and error texts, which have no control characters.
func (w *wire) text(c byte) wireError {
	if c == '\r' {
		return w.expect("\n", wireStart)
	}
	if w.line--; w.line < 0 {
		return errWireLong
	}
	if c < ' ' || c == 0x7f {
		return errWireLine
	}
	return ""
}

// argument passes one octet of a token, or ends it.
func (w *wire) argument(c byte) wireError {
	if w.line--; w.line < 0 {
		return errWireLong
	}
	if c > ' ' && c < 0x7f {
		w.number = digit(w.number, w.length, c)
		w.length++
		return ""
	}
	if w.length == 0 || (w.tokens == 1 && w.number < 0) {
		return errWireLine // two spaces, or a sid that is no number
	}
	w.tokens++
	if c == '\r' {
		w.state = wireArgsLF
		return ""
	}
	if c != ' ' {
		return errWireLine
	}
	w.before, w.number, w.length = w.number, -1, 0
	return ""
}

// digit adds c to a number of so many digits; -1 once it is not a number below 10^9.
func digit(number, digits int, c byte) int {
	switch {
	case c < '0' || c > '9' || digits == 9:
		return -1
	case digits == 0:
		return int(c - '0')
	case number <= 0: // not a number, or a leading zero
		return -1
	}
	return number*10 + int(c-'0')
}

// announced ends the line of a message and judges what it announces.
func (w *wire) announced(c byte) wireError {
	most, header := 4, 0
	if w.header {
		most, header = 5, w.before
	}
	if c != '\n' || w.tokens > most || w.tokens < most-1 || header < 0 || w.number < header {
		return errWireLine
	}
	if header > maxHeader || w.number-header > maxPayload {
		return errWireSize
	}
	w.state, w.skip = wirePayload, w.number
	return ""
}

func (w *wire) payloadEnd(c byte) wireError {
	if c != '\r' {
		return errWirePayload
	}
	return w.expect("\n", wireStart)
}
