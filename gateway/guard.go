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
	errWireLine wireError = "what is not a line of the protocol, or a payload longer than announced"
	errWireLong wireError = "a line over the limit"
	errWireSize wireError = "a payload over the limit"
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

// wire follows the protocol. Its zero value stands before a line.
type wire struct {
	state   wireState
	literal string    // what is left of a fixed text
	then    wireState // entered when literal is complete
	room    int       // octets that the present line may still have
	header  bool      // the line is an HMSG
	tokens  int       // complete ones of the line
	length  int       // octets of the present token
	number  int       // its value, -1 if it is not a number below 10^9
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
	wireLF                       // LF of a line that announces a payload
)

// pass says how many octets of b may be passed on, and the fault of the one after them.
func (w *wire) pass(b []byte) (int, wireError) {
	for i := 0; i < len(b); {
		n, fault := w.next(b[i:])
		i += n
		if fault != "" {
			return i, fault
		}
	}
	return len(b), ""
}

// next takes what belongs together from the front of b, at least one octet unless it is a fault.
func (w *wire) next(b []byte) (int, wireError) {
	if w.skip > 0 {
		n := min(w.skip, len(b))
		w.skip -= n
		return n, ""
	}
	switch w.state {
	case wireTokens:
		return w.arguments(b)
	case wireText:
		return w.text(b)
	case wireLiteral:
		return w.fixed(b)
	case wireStart:
		return w.start(b[0])
	case wireP:
		return w.pingPong(b[0])
	default:
		return w.announced(b[0])
	}
}

// expect takes one octet and makes text the only thing that may follow it.
func (w *wire) expect(text string, then wireState) (int, wireError) {
	w.state, w.literal, w.then = wireLiteral, text, then
	return 1, ""
}

// start tells the line by its first octet.
func (w *wire) start(c byte) (int, wireError) {
	w.room, w.tokens, w.length, w.number, w.header = maxLine, 0, 0, 0, c == 'H'
	switch c {
	case 'M':
		return w.expect("SG ", wireTokens)
	case 'H':
		return w.expect("MSG ", wireTokens)
	case 'I':
		w.room = maxInfo
		return w.expect("NFO ", wireText)
	case '-':
		return w.expect("ERR ", wireText)
	case '+':
		return w.expect("OK\r\n", wireStart)
	case 'P':
		w.state = wireP
		return 1, ""
	}
	return 0, errWireLine
}

func (w *wire) pingPong(c byte) (int, wireError) {
	if c != 'I' && c != 'O' {
		return 0, errWireLine
	}
	return w.expect("NG\r\n", wireStart)
}

func (w *wire) fixed(b []byte) (int, wireError) {
	n := min(len(b), len(w.literal))
	for i := range n {
		if b[i] != w.literal[i] {
			return i, errWireLine
		}
	}
	if w.literal = w.literal[n:]; w.literal == "" {
		w.state = w.then
	}
	return n, ""
}

// text passes JSON and error texts, which have no control characters.
func (w *wire) text(b []byte) (int, wireError) {
	for i, c := range b {
		switch {
		case c == '\r':
			w.expect("\n", wireStart)
			return i + 1, ""
		case c < ' ' || c == 0x7f:
			return i, errWireLine
		case w.room == 0:
			return i, errWireLong
		}
		w.room--
	}
	return len(b), ""
}

// arguments passes tokens of visible ASCII, and works out the value of each.
func (w *wire) arguments(b []byte) (int, wireError) {
	length, number := w.length, w.number
	for i, c := range b {
		if c <= ' ' || c >= 0x7f {
			w.length, w.number = length, number
			if fault := w.token(c); fault != "" {
				return i, fault
			}
			if c == '\r' {
				return i + 1, ""
			}
			length, number = 0, 0
		} else {
			if d := int(c) - '0'; d < 0 || d > 9 || number < 0 || length == 9 || (number == 0 && length > 0) {
				number = -1
			} else {
				number = number*10 + d
			}
			length++
		}
		if w.room--; w.room < 0 {
			return i, errWireLong
		}
	}
	w.length, w.number = length, number
	return len(b), ""
}

// token ends a token: by a space, or by CR together with the line.
func (w *wire) token(c byte) wireError {
	if (c != ' ' && c != '\r') || w.length == 0 || (w.tokens == 1 && w.number < 0) {
		return errWireLine // the second token is the sid
	}
	w.tokens++
	if c == '\r' {
		w.state = wireLF
		return ""
	}
	w.before = w.number
	return ""
}

// announced ends the line of a message and judges what it announces.
func (w *wire) announced(c byte) (int, wireError) {
	most, header := 4, 0
	if w.header {
		most, header = 5, w.before
	}
	if c != '\n' || w.tokens > most || w.tokens < most-1 || header < 0 || w.number < header {
		return 0, errWireLine
	}
	if header > maxHeader || w.number-header > maxPayload {
		return 0, errWireSize
	}
	w.skip = w.number
	return w.expect("\r\n", wireStart)
}
