//go:build mutants

package integration

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMutantsAreKilled plants each mutant and wants its test to fail, which must pass without.
func TestMutantsAreKilled(t *testing.T) {
	root, err := filepath.Abs("..")
	check(t, err)
	sound := map[string]bool{} // tests that pass as they are
	planted, killed := 0, 0
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			changed, err := m.edit()
			check(t, err)
			if key := m.pkg + " " + m.run; !sound[key] {
				if out, failed := testWith(t, root, m, ""); failed || strings.Contains(out, "no tests to run") {
					t.Fatalf("%s of %s does not pass without the mutant:\n%s", m.run, m.pkg, out)
				}
				sound[key] = true
			}
			planted++
			begin := time.Now()
			out, failed := testWith(t, root, m, overlay(t, root, m.file, changed))
			switch {
			case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
				t.Fatalf("the mutant does not compile:\n%s", out)
			case !failed:
				t.Fatalf("the mutant survives %s of %s", m.run, m.pkg)
			}
			killed++
			t.Logf("killed by %s of %s in %s", m.run, m.pkg, time.Since(begin).Round(100*time.Millisecond))
		})
	}
	t.Logf("%d of %d mutants killed", killed, planted)
}

// overlay writes what go build takes in place of one file.
func overlay(t *testing.T, root, file string, changed []byte) string {
	t.Helper()
	dir := t.TempDir()
	copied := filepath.Join(dir, filepath.Base(file))
	check(t, os.WriteFile(copied, changed, 0o600))
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, filepath.FromSlash(file)): copied}})
	check(t, err)
	list := filepath.Join(dir, "overlay.json")
	check(t, os.WriteFile(list, text, 0o600))
	return list
}

// testWith runs the killing test. The overlay stands in the environment, so that a test
// that builds the program builds the mutant.
func testWith(t *testing.T, root string, m mutant, overlay string) (out string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-timeout=3m", "-run", m.run, "./"+m.pkg)
	cmd.Dir = root
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with all that it starts
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Env = os.Environ()
	if overlay != "" {
		cmd.Env = append(cmd.Env, "GOFLAGS=-overlay="+overlay)
	}
	text, err := cmd.CombinedOutput()
	return string(text), err != nil
}
