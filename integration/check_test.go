package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The check must stop where something is wrong and say so by its exit code,
// from whatever directory it is called, also through .ci/run.
func TestCheckFailsAtTheFaultyStep(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("left out: the check is a shell script and there is no sh")
	}
	tests := []struct {
		name, script string
		files        map[string]string
		want, not    string // steps that must and must not be named
	}{
		{"formatting", "integration/check", map[string]string{"pki/a.go": "package pki\nvar  a = 1\n"}, "== FAILED: gofmt", "== go vet"},
		{"vet", ".ci/run", map[string]string{"pki/a.go": "package pki\n\nimport \"fmt\"\n\nfunc a() { fmt.Printf(\"%d\", \"a\") }\n"}, "== FAILED: go vet", "== build"},
		{"modules", ".ci/run", map[string]string{"go.mod": "module " + module + "\n\ngo 1.26\n\nrequire golang.org/x/text v0.1.0\n"}, "== FAILED: modules", "== go vet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"go.mod": "module " + module + "\n\ngo 1.26\n", "integration/check": script(t, "check"), ".ci/run": script(t, "../.ci/run")}
			for name, text := range tt.files {
				files[name] = text
			}
			tr := plant(t, files)
			cmd := exec.Command("sh", filepath.Join(tr.root, tt.script))
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off")
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("got exit %v, want 1", err)
			}
			if got := string(out); !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
				t.Errorf("got\n%s\nwant %q and not %q", got, tt.want, tt.not)
			}
		})
	}
}

func script(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
