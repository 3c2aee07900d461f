package gateway

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unpack runs the real tar on an archive and gives the folder.
func unpack(t *testing.T, archive []byte) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("tar", "-xvf", "-")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	return dir
}

func sha256sum(dir string) (string, error) {
	cmd := exec.Command("sha256sum", "-c", "--strict", manifestName)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// An opened pouch is a tar file whose manifest the stock sha256sum checks.
func TestStockTools(t *testing.T) {
	for _, tool := range []string{"tar", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("left out: this machine has no %s", tool)
		}
	}
	nl := goldenHouses()["NL"]
	dir := unpack(t, must(nl.vault.Open(readGolden("example.sealed"))))
	out, err := sha256sum(dir)
	if err != nil {
		t.Fatalf("sha256sum: %v\n%s", err, out)
	}
	if got := strings.Count(out, ": OK\n"); got != 3 {
		t.Errorf("sha256sum found %d files, want 3:\n%s", got, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("messages %v, %v", files, err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != 0o444&info.Mode() {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		raw := must(os.ReadFile(name))
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(raw)
		bad[len(bad)/2] ^= 1
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := sha256sum(dir); err == nil || !strings.Contains(out, filepath.Base(name)+": FAILED") {
			t.Errorf("one octet flipped in %s: %v\n%s", filepath.Base(name), err, out)
		}
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := sha256sum(dir); err != nil {
		t.Errorf("mended again: %v\n%s", err, out)
	}
}
