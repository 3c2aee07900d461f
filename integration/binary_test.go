package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program, built once, in a folder that TestMain removes.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "comity")
	out, err := exec.Command("go", "build", "-o", path, "github.com/comity-exchange/comity/cmd/comity").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

var buildDir string

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		os.Exit(crashMain(dir))
	}
	dir, err := os.MkdirTemp("", "comity-integration-")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// comity runs the program to its end and gives what it printed.
func comity(tb testing.TB, args ...string) ([]byte, error) {
	tb.Helper()
	path, err := binary()
	check(tb, err)
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("comity %s: %w\n%s", strings.Join(args, " "), err, talk.Bytes())
	}
	return out.Bytes(), nil
}

// ask runs the program with --json and reads its answer.
func ask(tb testing.TB, answer any, args ...string) error {
	tb.Helper()
	out, err := comity(tb, append(args, "--json")...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, answer)
}

// process is a running program.
type process struct {
	*exec.Cmd
	talk *bytes.Buffer
	done chan struct{}
}

// launch starts the program; the end of the test kills it.
func launch(tb testing.TB, stdout *os.File, args ...string) *process {
	tb.Helper()
	path, err := binary()
	check(tb, err)
	p := &process{Cmd: exec.Command(path, args...), talk: new(bytes.Buffer), done: make(chan struct{})}
	p.Stdout, p.Stderr = stdout, p.talk
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	check(tb, p.Start())
	go func() {
		p.Wait()
		close(p.done)
	}()
	tb.Cleanup(p.kill)
	return p
}

// kill is kill -9, and waits.
func (p *process) kill() {
	p.Process.Kill()
	<-p.done
}

// serve starts the node of a directory as a process of its own and waits until it answers.
func serve(tb testing.TB, dir string) *process {
	tb.Helper()
	p := launch(tb, nil, "serve", "--node", dir)
	var last error
	for range 200 {
		var status struct{}
		if last = ask(tb, &status, "status", "--node", dir); last == nil {
			return p
		}
		select {
		case <-p.done:
			tb.Fatalf("the node of %s ended: %s", dir, p.talk)
		case <-time.After(50 * time.Millisecond):
		}
	}
	tb.Fatalf("the node of %s does not answer: %v\n%s", dir, last, p.talk)
	return nil
}

// pairOnDisk makes BE and NL with the command line, introduces them, and starts both.
func pairOnDisk(tb testing.TB) (be, nl string, processes [2]*process) {
	tb.Helper()
	base := tb.TempDir()
	dirs := [2]string{filepath.Join(base, "be"), filepath.Join(base, "nl")}
	for i, code := range []string{"BE", "NL"} {
		_, err := comity(tb, "init", "--jurisdiction", code, "--name", "Test "+code, "--dir", dirs[i], "--listen", freePort(tb))
		check(tb, err)
		check(tb, os.WriteFile(filepath.Join(dirs[i], "policy.yaml"), []byte(openPolicy), 0o600))
	}
	for i := range dirs {
		processes[i] = serve(tb, dirs[i])
	}
	for i, dir := range dirs {
		other := dirs[1-i]
		var card struct {
			Fingerprint string `json:"fingerprint"`
		}
		check(tb, ask(tb, &card, "card", "show", "--node", other))
		code := strings.ToLower([]string{"NL", "BE"}[i])
		_, err := comity(tb, "peer", "add", filepath.Join(other, code+".card"), "--fingerprint", card.Fingerprint, "--node", dir, "--yes")
		check(tb, err)
		_, err = comity(tb, "policy", "apply", filepath.Join(dir, "policy.yaml"), "--node", dir, "--yes")
		check(tb, err)
	}
	return dirs[0], dirs[1], processes
}
