package integration

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// The test binary is also a node that dies where it is told to. Only this file reads
// these variables; the program does not know them.
const (
	crashDir   = "COMITY_CRASH_NODE"  // run the node of this directory instead of the tests
	crashFault = "COMITY_CRASH_FAULT" // what to do, and when
)

// fault is what happens at the n-th passing of a point.
type fault struct {
	point string
	n     int64
	peer  bool // the peer is killed while this node stands at the point, not this node
}

func (f fault) String() string {
	if f.point == "" {
		return "none"
	}
	who := "self"
	if f.peer {
		who = "peer"
	}
	return fmt.Sprintf("%s %d %s", f.point, f.n, who)
}

func parseFault(text string) (f fault) {
	if part := strings.Fields(text); len(part) == 3 {
		f.point, f.peer = part[0], part[2] == "peer"
		f.n, _ = strconv.ParseInt(part[1], 10, 64)
	}
	return f
}

// hook does it, in the process of the node.
func (f fault) hook() func(point string) {
	var passed atomic.Int64
	return func(point string) {
		if point != f.point || passed.Add(1) != f.n {
			return
		}
		if f.peer {
			fmt.Println("here")
			bufio.NewReader(os.Stdin).ReadString('\n') // until the peer is dead
			return
		}
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// crashMain is the node.
func crashMain(dir string) int {
	log := zerolog.New(os.Stderr)
	c, err := program.ReadConfig(dir)
	if err != nil {
		log.Error().Err(err).Msg("no configuration")
		return 1
	}
	parts, err := program.Load(c, log)
	if err != nil {
		log.Error().Err(err).Msg("no parts")
		return 1
	}
	parts.Fault = parseFault(os.Getenv(crashFault)).hook()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	p, err := program.OpenWith(ctx, c, parts, log)
	if err != nil {
		log.Error().Err(err).Msg("not open")
		return 1
	}
	<-ctx.Done()
	p.Close(context.Background())
	return 0
}

// victim is a node in a process of its own that is started again whenever it dies.
type victim struct {
	code   schema.Jurisdiction
	dir    string
	client *web.Client
	peer   *victim
	errs   chan error // what must not happen

	mu     sync.Mutex   // guards what follows
	next   func() fault // for each start
	proc   *os.Process
	deaths int
	over   bool
}

func newVictim(tb testing.TB, code schema.Jurisdiction, errs chan error) *victim {
	tb.Helper()
	dir, err := os.MkdirTemp("", "c") // short: it holds a Unix socket
	check(tb, err)
	tb.Cleanup(func() { os.RemoveAll(dir) })
	_, err = program.Init(tb.Context(), dir, program.InitOptions{Jurisdiction: code, Name: string(code), Listen: freePort(tb), Now: time.Now()})
	check(tb, err)
	return &victim{code: code, dir: dir, client: web.Dial(program.Defaults(dir).SocketPath()), errs: errs, next: func() fault { return fault{} }}
}

// live keeps the node running until the end of the test.
func (v *victim) live(tb testing.TB) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			v.mu.Lock()
			f := v.next()
			v.mu.Unlock()
			if err := v.run(f); err != nil {
				v.errs <- fmt.Errorf("%s with fault %s: %w", v.code, f, err)
				return
			}
			v.mu.Lock()
			over := v.over
			v.mu.Unlock()
			if over {
				return
			}
		}
	}()
	tb.Cleanup(func() {
		v.mu.Lock()
		v.over = true
		v.mu.Unlock()
		v.kill()
		<-done
		v.client.Close()
	})
}

// run is one life. The error tells of an end other than by SIGKILL.
func (v *victim) run(f fault) error {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+v.dir, crashFault+"="+f.String())
	var talk bytes.Buffer
	cmd.Stderr = &talk
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	v.mu.Lock()
	if v.over {
		v.mu.Unlock()
		return nil
	}
	err = cmd.Start()
	v.proc = cmd.Process
	v.mu.Unlock()
	if err != nil {
		return err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err == nil && line == "here\n" {
		v.peer.kill()
		io.WriteString(in, "on\n")
	}
	err = cmd.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.deaths++
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !s.Signaled() || s.Signal() != syscall.SIGKILL {
		return fmt.Errorf("ended by itself: %w\n%s", err, talk.Bytes())
	}
	return nil
}

func (v *victim) kill() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.proc != nil {
		v.proc.Kill()
	}
}

func (v *victim) died() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.deaths
}

// insist repeats an act until the node answers: what a client does while its node is down.
func insist[T any](tb testing.TB, v *victim, act func(ctx context.Context) (T, error)) (answer T) {
	tb.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(tb.Context(), 5*time.Second)
		answer, err := act(ctx)
		cancel()
		if err == nil {
			return answer
		}
		select {
		case bad := <-v.errs:
			tb.Fatal(bad)
		default:
		}
		if time.Now().After(end) {
			tb.Fatalf("%s does not answer: %v", v.code, err)
		}
	}
}

// newVictims makes two nodes that know each other; they live until the end of the test.
func newVictims(tb testing.TB) (be, nl *victim) {
	tb.Helper()
	errs := make(chan error, 4)
	be, nl = newVictim(tb, "BE", errs), newVictim(tb, "NL", errs)
	be.peer, nl.peer = nl, be
	for _, v := range []*victim{be, nl} {
		v.live(tb)
	}
	for _, v := range []*victim{be, nl} {
		card := insist(tb, v.peer, func(ctx context.Context) (*web.Card, error) { return v.peer.client.Card(ctx) })
		insist(tb, v, func(ctx context.Context) (*web.PeerCheck, error) {
			return v.client.AddPeer(ctx, []byte(card.Text), card.Fingerprint, false)
		})
		insist(tb, v, func(ctx context.Context) (*web.PolicyVersion, error) {
			return v.client.ApplyPolicy(ctx, []byte(openPolicy), nil, false)
		})
	}
	return be, nl
}

// list of one box, oldest first.
func (v *victim) list(tb testing.TB, box node.Box) (items []web.Item) {
	tb.Helper()
	var after web.Cursor
	for {
		page := insist(tb, v, func(ctx context.Context) (*web.Page[web.Item], error) {
			return v.client.Messages(ctx, web.MessageFilter{Box: box, After: after, Limit: 100})
		})
		items = append(items, page.Items...)
		if after = page.Next; after == "" {
			break
		}
	}
	for i, j := 0, len(items)-1; i < j; i, j = i+1, j-1 {
		items[i], items[j] = items[j], items[i]
	}
	return items
}
