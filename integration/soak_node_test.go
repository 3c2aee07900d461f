package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// soakNode is a node on disk, its process, and the proxy through which its peers reach it.
type soakNode struct {
	t      *testing.T
	code   schema.Jurisdiction
	dir    string // of the node; its log is there too
	temp   string // what the process takes for the folder of temporary files
	client *web.Client
	proxy  *wire
	card   *pki.Card

	mu      sync.Mutex // guards process
	process *exec.Cmd
	most    atomic.Int64 // octets of memory, of all processes so far
}

func newSoakNode(t *testing.T, code schema.Jurisdiction) *soakNode {
	t.Helper()
	base := t.TempDir()
	n := &soakNode{t: t, code: code, dir: filepath.Join(base, "n"), temp: filepath.Join(base, "tmp")} // short: it holds a Unix socket
	check(t, os.Mkdir(n.temp, 0o700))
	listen := freePort(t)
	n.proxy = newWire(t, listen)
	made, err := program.Init(t.Context(), n.dir, program.InitOptions{Jurisdiction: code, Name: "Test " + string(code), Listen: listen,
		Endpoints: []pki.Endpoint{{Addr: n.proxy.addr()}}, Now: time.Now()})
	check(t, err)
	text, err := os.ReadFile(made.Card)
	check(t, err)
	n.card, err = pki.ReadCard(text, time.Now())
	check(t, err)
	n.client = web.Dial(filepath.Join(n.dir, "comity.sock"))
	t.Cleanup(n.kill)
	return n
}

// start runs the node until it answers. Its log goes to a file that the auditor searches.
func (n *soakNode) start() {
	n.mu.Lock()
	defer n.mu.Unlock()
	path, err := binary()
	if err != nil {
		n.t.Error(err)
		return
	}
	log, err := os.OpenFile(filepath.Join(n.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		n.t.Error(err)
		return
	}
	defer log.Close()
	n.process = exec.Command(path, "serve", "--node", n.dir)
	n.process.Stdout, n.process.Stderr = log, log
	n.process.Env = append(os.Environ(), "TMPDIR="+n.temp)
	n.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := n.process.Start(); err != nil {
		n.t.Error(err)
		return
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, err = n.client.Status(ctx)
		cancel()
		if err == nil {
			return
		}
	}
	n.t.Errorf("%s does not start: %v", n.code, err)
}

// kill is kill -9.
func (n *soakNode) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil {
		return
	}
	n.measure()
	n.process.Process.Kill()
	n.process.Wait()
	n.process = nil
}

// peak is the most resident memory that any of the node's processes ever had, octets.
func (n *soakNode) peak() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.measure()
	return n.most.Load()
}

// measure reads the high-water mark of the present process (Linux). The caller holds mu.
func (n *soakNode) measure() {
	if n.process == nil {
		return
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.process.Process.Pid))
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	if err != nil || !found {
		return
	}
	fmt.Sscan(rest, &kilobytes)
	n.most.Store(max(n.most.Load(), kilobytes<<10))
}

func (n *soakNode) apply(policy string) {
	patiently(n.t, "apply a policy", func(ctx context.Context) error {
		_, err := n.client.ApplyPolicy(ctx, []byte(policy), nil, false)
		return err
	})
}

func (n *soakNode) pin(other *soakNode) {
	patiently(n.t, "add a peer", func(ctx context.Context) error {
		_, err := n.client.AddPeer(ctx, other.card.Text, other.card.Certificate.Root().Hex(), false)
		return err
	})
}

func (n *soakNode) suspend(peer schema.Jurisdiction) {
	patiently(n.t, "suspend a peer", func(ctx context.Context) error {
		_, err := n.client.SuspendPeer(ctx, peer, false)
		return err
	})
}

func (n *soakNode) resume(peer schema.Jurisdiction) {
	patiently(n.t, "resume a peer", func(ctx context.Context) error {
		_, err := n.client.ResumePeer(ctx, peer, false)
		return err
	})
}

// queued messages, of all peers.
func (n *soakNode) queued() (waiting int64) {
	patiently(n.t, "ask for the status", func(ctx context.Context) error {
		s, err := n.client.Status(ctx)
		if err != nil {
			return err
		}
		for _, c := range s.Counts {
			if c.State == node.Queued {
				waiting += c.N
			}
		}
		return nil
	})
	return waiting
}
