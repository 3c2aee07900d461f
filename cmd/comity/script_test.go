package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"comity": main})
}

// TestScript runs the scripts of testdata/script. Each comity in them is a
// process of its own.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TODAY", today())
			e.Setenv("GORACE", "atexit_sleep_ms=0") // a process under -race would sleep a second at its end
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "freeport": freeport, "grab": grab, "until": until, "edit": edit, "tamper": tamper, "agency": agency,
		},
	})
}

// exits CODE PROGRAM ARGS… runs a program that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitOf(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit code: got %d, want %d", got, want)
	}
}

func exitOf(ts *testscript.TestScript, err error) int {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	ts.Check(err)
	return 0
}

// freeport NAME… sets each variable to a TCP port that is free on loopback.
func freeport(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer l.Close() // after all are chosen: no port twice
		_, port, err := net.SplitHostPort(l.Addr().String())
		ts.Check(err)
		ts.Setenv(name, port)
	}
}

// grab NAME PATTERN sets a variable to what the pattern's group finds in the
// output of the last command.
func grab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: grab NAME PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("%s is not in %s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], found[1])
}

// until PATTERN PROGRAM ARGS… runs a program again and again until what it prints
// matches; the last output stays for stdout. It gives up after 15 seconds.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN PROGRAM ARGS…")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		exitOf(ts, ts.Exec(args[1], args[2:]...))
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s did not print %s in 15 s", strings.Join(args[1:], " "), args[0])
		}
	}
}

// edit FILE OLD NEW replaces the only OLD in a file.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%q stands %d times in %s", args[1], n, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// tamper BUNDLE OUT writes a proof bundle in which one octet of the message is another.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tamper BUNDLE OUT")
	}
	b, err := web.ReadBundle([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	b.Message[len(b.Message)/2] ^= 1
	packed, err := b.Zip()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), packed, 0o600))
}

// today is the date in Belgium, where the scripts' events happen.
func today() string {
	zone, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		panic(err)
	}
	return time.Now().In(zone).Format(time.DateOnly)
}

// agency CODE NAME send FILE | release ID does something at the demo's first node as its
// agency, by the token in demo.json. CODE is ok or that of the problem that is wanted;
// NAME is set to the message's id.
func agency(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: agency CODE NAME send|release FILE|ID")
	}
	var demo demoJSON
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("demo.json")), &demo))
	client := web.New(demo.Nodes[0].URL, demo.Nodes[0].Token)
	defer client.Close()
	id, err := schema.ID(args[3]), error(nil)
	switch args[2] {
	case "send":
		var sent *web.Sent
		sent, err = client.Send(context.Background(), web.SendRequest{Body: []byte(ts.ReadFile(args[3])), Key: args[1]})
		if err == nil {
			id = sent.ID
		}
	case "release":
		var seen *web.Release
		if seen, err = client.OpenRelease(context.Background(), id, ""); err == nil {
			_, _, err = client.Release(context.Background(), id, "", seen.Tag)
		}
	}
	if got := "ok"; err != nil {
		if got = asProblem(err).Code; got != args[0] {
			ts.Fatalf("got the problem %s, want %s: %v", got, args[0], err)
		}
	} else if got != args[0] {
		ts.Fatalf("it went well, want the problem %s", args[0])
	}
	if args[1] != "" {
		ts.Setenv(args[1], string(id))
	}
}
