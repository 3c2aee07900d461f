package integration

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
)

// lines collects log output from any goroutine.
type lines struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// hostileText is one of each kind that has split or coloured a log line elsewhere.
const hostileText = "x\r\n{\"level\":\"error\",\"message\":\"forged\"}\r\n\x1b[2J\x1b[31mred\x00\u202e\u2028\u0085"

// One event is one line, whatever its fields hold, in the form for machines and in
// that for a terminal. F31.
func TestALogLineStaysOneLine(t *testing.T) {
	for name, write := range map[string]func(*lines) zerolog.Logger{
		"machine":  func(l *lines) zerolog.Logger { return zerolog.New(l) },
		"terminal": func(l *lines) zerolog.Logger { return zerolog.New(zerolog.ConsoleWriter{Out: l, NoColor: true}) },
	} {
		var out lines
		log := write(&out)
		log.Error().Err(errors.New(hostileText)).Str("peer", hostileText).Msg("request failed")
		got := out.all()
		if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") || strings.ContainsAny(got[:len(got)-1], "\r\n\x1b\x00") {
			t.Errorf("%s: got %q, want one line without control characters", name, got)
		}
	}
}

// canaries are planted wherever an agency, a caller or a stranger can write, and
// looked for as they are, in hexadecimal and in base64.
var canaries = map[string]string{"subject": "CANARY-SUBJECT-7391", "facts": "CANARY-FACTS-7392", "person": "CANARY-PERSON-7393", "file": "CANARY-FILENAME-7394",
	"data": "CANARY-FILEDATA-7395", "key": "CANARY-KEY-7396", "path": "CANARY-PATH-7397", "agent": "CANARY-AGENT-7398", "wire": "CANARY-WIRE-7399", "token": "CANARY-TOKEN-7400", "draft": "CANARY-DRAFT-7401"}

func planted(tb testing.TB) []byte {
	m := request(tb)
	m["to"] = "NL/iro"
	m["subject"] = canaries["subject"]
	body := m["body"].(map[string]any)
	body["offences"].([]any)[0].(map[string]any)["facts"] = canaries["facts"]
	body["persons"].([]any)[0].(map[string]any)["name"] = canaries["person"]
	m["attachments"] = []any{map[string]any{"name": canaries["file"] + ".txt", "media_type": "text/plain", "category": "fin.transaction",
		"data": base64.StdEncoding.EncodeToString([]byte(canaries["data"]))}}
	return encode(tb, m)
}

// No content, key or token gets into the log at its most talkative, and no content
// into the files of the store; every line is one JSON object. I8, F31.
func TestLogsAndFilesHoldNoContent(t *testing.T) {
	var out lines
	log := zerolog.New(&out).Level(zerolog.TraceLevel)
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, log), b.start(t, log)
	introduce(t, be, nl)
	be.Web.AddToken("test", canaries["token"])
	good := planted(t)

	submit := func(body []byte, key string) (*node.Submitted, error) {
		return be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Key: key, Body: body, To: "NL"})
	}
	done, err := submit(good, canaries["key"])
	check(t, err)
	if got := await(t, be, done.ID); got.State != node.Accepted {
		t.Fatalf("got %+v, want accepted", got)
	}
	_, err = submit(bytes.Replace(good, []byte(`"subject":"`), []byte(`"subject":"`+canaries["draft"]+`\u001b[31m\r\n`), 1), "")
	wantCode(t, err, "control_character")
	_, err = submit([]byte(`{"`+canaries["draft"]+`":"`+canaries["draft"]), "")
	wantCode(t, err, "bad_json")
	_, err = nl.Node.ApplyPolicy(t.Context(), "operator:test", narrow("receive"), nil)
	check(t, err)
	refused, err := submit(good, "another")
	check(t, err)
	if got := await(t, be, refused.ID); got.State != node.Refused {
		t.Fatalf("got %+v, want refused", got)
	}
	_, err = be.Node.ApplyPolicy(t.Context(), "operator:test", narrow("send"), nil)
	check(t, err)
	_, err = submit(good, "a third")
	wantCode(t, err, "policy_denied")
	_, err = nl.Node.Open(t.Context(), "officer:test", done.ID, node.In)
	check(t, err)

	strangers(t, be.URL(), a.addr)
	pair := &webPair{be: be, nl: nl, agency: web.New(be.URL(), canaries["token"])}
	defer pair.agency.Close()
	for _, path := range []string{"/v1/messages/" + canaries["path"], "/v1/%0d%0a%1b[31m" + canaries["path"], "/v1/messages?case=" + canaries["path"] + "%0a{}"} {
		pair.fetch(t, "GET", path, nil, "agency", "User-Agent", canaries["agent"])
	}
	pair.fetch(t, "POST", "/v1/messages", good[:len(good)/2], "agency", "Idempotency-Key", canaries["key"]+"\t{}")
	check(t, nl.Close(t.Context())) // routes go down, which is logged
	eventually(t, "the broken route in the log", func() bool { return strings.Contains(out.all(), "route down") })
	check(t, be.Close(t.Context()))

	wantClean(t, "the log", out.all(), "")
	wantLines(t, out.all())
	for _, id := range []*identity{a, b} {
		check(t, filepath.WalkDir(id.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Type() != 0 {
				return err
			}
			text, err := os.ReadFile(path)
			wantClean(t, path, string(text), canaries["key"]) // a key is the client's own name for a request
			return err
		}))
	}
}

// strangers talk to both listeners in what is not their language.
func strangers(t *testing.T, url, host string) {
	t.Helper()
	for _, addr := range []string{strings.TrimPrefix(url, "http://"), host} {
		for _, text := range []string{"GET /" + canaries["wire"] + " HTTP/1.1\r\n\r\n", "CONNECT {\"name\":\"" + canaries["wire"] + "\"}\r\nPING\r\n",
			canaries["wire"] + hostileText + "\r\n\r\n", "\x16\x03\x01\x00\x10" + canaries["wire"]} {
			c, err := net.Dial("tcp", addr)
			check(t, err)
			fmt.Fprint(c, text)
			c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			c.Read(make([]byte, 4096))
			c.Close()
		}
	}
}

// wantClean looks for every canary but one in a text.
func wantClean(t *testing.T, what, text, but string) {
	t.Helper()
	for where, canary := range canaries {
		if canary == but {
			continue
		}
		for _, form := range []string{canary, strings.ToLower(canary), hex.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary))[:20]} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s holds the canary of %s: %.200q", what, where, text[max(0, i-80):])
			}
		}
	}
}

// wantLines wants every line to be one JSON object with a level and a message.
func wantLines(t *testing.T, text string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(text) {
		n++
		var event struct{ Level, Message string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Level == "" || event.Message == "" || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\x1b\x00") {
			t.Errorf("line %d is no event: %q (%v)", n, line, err)
		}
	}
	if n < 5 {
		t.Errorf("got %d lines in the log, want at least 5: the test showed nothing", n)
	}
}
