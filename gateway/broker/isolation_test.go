package broker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The actor of these tests is admitted, has a valid key, and means ill: MM, on the
// host of BE and on a hub, where AA is the peer it is after.

// everything a peer might listen to that is not its own.
var foreignSubscriptions = []string{
	">", "*", "*.>", "*.*", "*.*.*", "in.>", "in.*", "in.AA.>", "in.*.*", "in.*.>", "to.>", "to.*.pouch", "to.AA.pouch",
	"$SYS.>", "$SYS.ACCOUNT.>", "$JS.>", "$JS.API.>", "$JS.EVENT.>", "$NRG.>", "_R_.>", "_R_.*.*", "_GR_.>", "_INBOX", "_INBOX*.>", "_SYS_.>",
	"in.AA.pouch.x", "in.AA.other", "in.aa.pouch.>",
	"in.*.* workers", // the queue form of a subscription
}

// everything a peer might publish to that is not for it.
var foreignPublications = []string{
	"in.MM.pouch", "in.AA.pouch", "in.BE.pouch", "to.AA", "to.AA.other", "to.AA.pouch.x", "to.BE.other", "to.>", "to.*.pouch", "*.AA.pouch",
	"$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.USER.INFO", "$JS.API.INFO", "$JS.API.STREAM.PURGE.X",
	"_R_.abc", "_R_.abc.def", "_GR_.a.b.c", "_INBOX.r", "_INBOX.>",
}

// stage makes a host or hub with AA and a partner that exchange, and MM.
type stage struct {
	name       string
	aa, be, mm *client
}

func stages(t *testing.T) []stage {
	host, hub := openHost(t, "BE"), openHost(t, "")
	return []stage{
		{"host", join(t, host, admit(t, host, "AA")), joinOwner(t, host), join(t, host, admit(t, host, "MM"))},
		{"hub", join(t, hub, admit(t, hub, "AA")), join(t, hub, admit(t, hub, "BE")), join(t, hub, admit(t, hub, "MM"))},
	}
}

func TestMaliciousPeerCannotListen(t *testing.T) {
	for _, s := range stages(t) {
		t.Run(s.name, func(t *testing.T) {
			for i, subject := range foreignSubscriptions {
				own := s.name == "hub" && slices.Contains([]string{"in.*.pouch"}, subject)
				s.mm.subscribe(subject, i+1)
				got := s.mm.settle()
				if !own && (len(got) != 1 || !strings.HasPrefix(got[0], "-ERR 'Permissions Violation for Subscription")) {
					t.Errorf("subscribe %s: got %q, want a permissions violation", subject, got)
				}
			}
			// What it may subscribe stays silent while others talk.
			for i, subject := range []string{"_INBOX.>", "_INBOX.r", "in.BE.pouch", "in.BE.evidence", "in.BE.ping"} {
				s.mm.subscribe(subject, 100+i)
			}
			if got := s.mm.settle(); len(got) != 0 {
				t.Fatalf("its own subjects: got %q", got)
			}
			exchange(t, s.aa, "AA", s.be, "BE")
			exchange(t, s.be, "BE", s.aa, "AA")
			if got := s.mm.settle(); len(got) != 0 {
				t.Errorf("it overheard %q", got)
			}
		})
	}
}

func TestMaliciousPeerCannotSpeakForOthers(t *testing.T) {
	for _, s := range stages(t) {
		t.Run(s.name, func(t *testing.T) {
			for _, c := range []*client{s.aa, s.be} {
				c.subscribe("_INBOX.>", 1)
				c.subscribe("in.AA.pouch", 2)
				c.subscribe("in.BE.pouch", 3)
				c.settle()
			}
			for _, subject := range foreignPublications {
				s.mm.publish(subject, "", "forged")
				got := s.mm.settle()
				if len(got) == 0 || !(strings.HasPrefix(got[0], "-ERR 'Permissions Violation for Publish") ||
					strings.HasPrefix(got[0], "-ERR 'Invalid Publish Subject")) {
					t.Errorf("publish %s: got %q, want a refusal", subject, got)
				}
			}
			for name, c := range map[string]*client{"AA": s.aa, "BE": s.be} {
				for _, got := range c.settle() {
					if strings.Contains(got, "forged") {
						t.Errorf("%s received %q", name, got)
					}
				}
			}
		})
	}
}

// On the host of BE the other peers are not even names: only BE is there.
func TestPeerOfAHostReachesItsOwnerOnly(t *testing.T) {
	s := stages(t)[0]
	s.aa.subscribe("in.BE.pouch", 1)
	s.aa.settle()
	s.mm.publish("to.AA.pouch", "_INBOX.r", "x")
	if got := s.mm.settle(); len(got) != 1 || !strings.Contains(got[0], "Permissions Violation") {
		t.Errorf("got %q, want a permissions violation", got)
	}
	if got := s.aa.settle(); len(got) != 0 {
		t.Errorf("another peer received %q", got)
	}
}

// A request's reply subject is the server's own, whatever the requester wrote:
// the answer can go nowhere but back into the requester's account.
func TestReplySubjectsCannotBeAimed(t *testing.T) {
	for _, s := range stages(t) {
		t.Run(s.name, func(t *testing.T) {
			s.be.subscribe("in.MM.pouch", 1)
			s.be.settle()
			s.aa.subscribe("_INBOX.>", 1)
			s.aa.subscribe("in.BE.pouch", 2)
			s.aa.settle()
			for _, reply := range []string{"in.BE.pouch", "in.AA.pouch", "to.AA.pouch", "to.BE.pouch", "_INBOX.r", "$JS.API.STREAM.DELETE.X", "$SYS.REQ.SERVER.PING"} {
				s.mm.publish("to.BE.pouch", reply, "x")
				s.mm.settle()
				got := s.be.settle()
				if len(got) != 1 {
					t.Fatalf("reply %s: BE got %q, want one request", reply, got)
				}
				f := strings.Fields(got[0])
				if !strings.HasPrefix(f[3], "_R_.") {
					t.Errorf("reply %s arrives as %s, want one of the server's", reply, f[3])
				}
				s.be.publish(f[3], "", "answer to MM")
				s.be.settle()
			}
			for _, reply := range []string{"_R_.a.b", "$JS.ACK.a.b.c", "_GR_.a.b"} {
				s.mm.publish("to.BE.pouch", reply, "x")
				s.mm.settle()
				for _, got := range s.be.settle() {
					if f := strings.Fields(got); f[0] != "HMSG" || !strings.HasPrefix(f[3], "_R_.") || f[3] == reply {
						t.Errorf("reply %s arrived at BE as %q", reply, got)
					}
				}
			}
			if got := s.aa.settle(); len(got) != 0 {
				t.Errorf("AA received %q", got)
			}
		})
	}
}

// Whoever guesses the subject of a pending reply can neither answer nor hear it.
func TestPendingRepliesBelongToTheExchange(t *testing.T) {
	for _, s := range stages(t) {
		t.Run(s.name, func(t *testing.T) {
			s.be.subscribe("in.AA.pouch", 1)
			s.be.settle()
			s.aa.subscribe("_INBOX.r", 1)
			s.aa.publish("to.BE.pouch", "_INBOX.r", "pouch")
			s.aa.settle()
			request := s.be.settle()
			if len(request) != 1 {
				t.Fatalf("got %q, want one request", request)
			}
			reply := strings.Fields(request[0])[3]
			s.mm.subscribe(reply, 7)
			s.mm.publish(reply, "", "forged receipt")
			if got := s.mm.settle(); len(got) != 2 {
				t.Errorf("got %q, want two violations", got)
			}
			s.be.publish(reply, "", "receipt")
			s.be.settle()
			s.be.publish(reply, "", "second receipt")
			if got := s.be.settle(); len(got) != 1 || !strings.Contains(got[0], "Permissions Violation") {
				t.Errorf("a second answer: got %q, want a permissions violation", got)
			}
			got := s.aa.settle()
			if len(got) != 1 || !strings.HasSuffix(got[0], "\nreceipt") {
				t.Errorf("AA got %q, want the one receipt", got)
			}
		})
	}
}

// Headers that make a server do things elsewhere do nothing here.
func TestHeadersHaveNoPower(t *testing.T) {
	s := stages(t)[0]
	s.be.subscribe("in.MM.pouch", 1)
	s.be.subscribe("_INBOX.>", 2)
	s.be.settle()
	s.aa.subscribe("_INBOX.>", 1)
	s.aa.settle()
	for _, header := range []string{
		"Nats-Trace-Dest: _INBOX.trace", "traceparent: 00-00000000000000000000000000000001-0000000000000001-01",
		`Nats-Request-Info: {"acc":"J-AA"}`, "Nats-Rollup: all",
	} {
		block := "NATS/1.0\r\n" + header + "\r\n\r\n"
		s.mm.send("HPUB to.BE.pouch _INBOX.r %d %d\r\n%sx\r\n", len(block), len(block)+1, block)
		s.mm.settle()
		got := s.be.settle()
		if len(got) > 1 || (len(got) == 1 && !strings.HasPrefix(got[0], "HMSG in.MM.pouch 1 _R_.")) {
			t.Errorf("%s: BE got %q", header, got)
		}
		if len(got) == 1 && strings.Contains(got[0], `"J-AA"`) {
			t.Errorf("%s: BE is told that it came from AA: %q", header, got)
		}
	}
	if got := s.aa.settle(); len(got) != 0 {
		t.Errorf("AA received %q", got)
	}
}

func TestHostSurvivesWhatIsNotTheProtocol(t *testing.T) {
	h := openHost(t, "BE")
	owner, aa, id := joinOwner(t, h), join(t, h, admit(t, h, "AA")), admit(t, h, "MM")
	for _, hostile := range []string{
		"PUB to.BE.pouch 4611686018427387904\r\n",
		"PUB to.BE.pouch 1048577\r\n" + strings.Repeat("x", 1<<20+1) + "\r\n",
		"PUB to.BE.pouch -1\r\n",
		"HPUB to.BE.pouch 9 2\r\nxx\r\n",
		"SUB " + strings.Repeat("a", 8<<10) + " 1\r\n",
		"PUB to.BE.pouch 1\r\nxyz",
		"LS+ in.AA.pouch\r\n", "RS+ J-AA in.AA.pouch\r\n", "A+ J-AA\r\n", "RMSG J-BE in.AA.pouch 1\r\nx\r\n", "LMSG in.AA.pouch 1\r\nx\r\n",
		`CONNECT {"user":"AA","account":"J-AA"}` + "\r\nSUB in.AA.pouch 1\r\nPUB in.AA.pouch 1\r\nx\r\n",
		"GET / HTTP/1.1\r\n\r\n", "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04aaaa",
	} {
		mm := join(t, h, id)
		mm.send("%s", hostile)
		mm.send("PING\r\n")
		for i := 0; ; i++ {
			if _, err := mm.next(); err != nil || i == 10 {
				break
			}
			if i == 0 {
				mm.conn.Close()
			}
		}
		mm.conn.Close()
		exchange(t, aa, "AA", owner, "BE")
	}
}

func TestTooManySubscriptionsAreRefused(t *testing.T) {
	h := openHost(t, "BE")
	mm := join(t, h, admit(t, h, "MM"))
	var b strings.Builder
	for i := range 4200 {
		fmt.Fprintf(&b, "SUB _INBOX.%d %d\r\n", i, i+1)
	}
	mm.send("%s", b.String())
	var refused bool
	for {
		line, err := mm.next()
		if err != nil {
			break
		}
		if refused = strings.Contains(line, "maximum subscriptions exceeded"); refused {
			break
		}
	}
	if !refused {
		t.Error("4200 subscriptions were accepted")
	}
}
