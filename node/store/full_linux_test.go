package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

const smallDisk = "COMITY_STORE_TEST_SMALL_DISK"

// TestARealDiskIsFull fills a file system of 1 MiB, in a process that has it for itself.
func TestARealDiskIsFull(t *testing.T) {
	if dir := os.Getenv(smallDisk); dir != "" {
		fillDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestARealDiskIsFull$", "-test.count=1")
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &failed), failed != nil && failed.ExitCode() == noMount:
		t.Skipf("this system lets the test mount no file system of its own: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

const noMount = 77 // exit code of the process that may not mount

func fillDisk(t *testing.T, dir string) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		os.Exit(noMount)
	}
	s := reopen(t, filepath.Join(dir, "node.db"), Options{Create: true})
	ballast := filepath.Join(dir, "ballast")
	spare := filepath.Join(dir, "spare")
	if err := errors.Join(os.WriteFile(ballast, make([]byte, 300<<10), 0o600), os.WriteFile(spare, make([]byte, 1<<20), 0o600)); err != nil {
		t.Fatal(err)
	}
	var kept []schema.ID
	for round := range 3 {
		for code(submit(s, queued("NL"), 4096)) == "" {
		}
		for range 3 {
			if err := submit(s, queued("NL"), 4096); code(err) != "disk_full" {
				t.Fatalf("round %d: got %v, cause %v", round, err, s.Failed())
			}
		}
		if err := os.Truncate(ballast, int64(200-100*round)<<10); err != nil {
			t.Fatal(err)
		}
		m := queued("NL")
		if err := submit(s, m, 4096); err != nil {
			t.Fatalf("round %d, with room again: %v", round, err)
		}
		kept = append(kept, m.ID)
	}
	path := s.path
	s.Close()
	if err := os.Remove(spare); err != nil { // the write-ahead log is renewed beside itself
		t.Fatal(err)
	}
	lookFor(t, path, kept)
}
