// Command comity runs a jurisdiction's node and speaks to it.
//
// Data goes to stdout, talk to stderr. The exit code says what kind of trouble
// there was: see exit.go.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // deadlines end by the clocks of the executing State, also where the machine has no zone files

	"github.com/mattn/go-isatty"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run does one command and returns its exit code. It ends early when ctx does.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &cli{in: stdin, out: stdout, err: stderr, now: time.Now}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return c.finish(root.ExecuteContext(ctx))
}

// cli is one run of the command: its streams, its clock, and the options that
// every verb understands.
type cli struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time

	node    string        // the node's directory
	as      string        // file with a personal token; "" to speak as the socket's owner
	json    bool          // data and errors as JSON
	quiet   bool          // no talk on stderr
	noColor bool          // no colour, even on a terminal
	yes     bool          // do not ask
	dryRun  bool          // change nothing
	timeout time.Duration // of one request to the node
}

// terminal says whether a stream is a person's terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
