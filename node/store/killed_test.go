package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

const writerPath = "COMITY_STORE_TEST_PATH"

// TestMain also serves as the process that TestKilled kills.
func TestMain(m *testing.M) {
	if path := os.Getenv(writerPath); path != "" {
		fmt.Println(submitForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// submitForever prints the id of every message that was acknowledged.
func submitForever(path string) error {
	s, err := Open(context.Background(), path, Options{Create: true})
	if err != nil {
		return err
	}
	var mu sync.Mutex // one line at a time
	failed := make(chan error)
	for range 8 {
		go func() {
			for {
				m := queued("NL")
				if err := submit(s, m, 4096); err != nil {
					failed <- err
					return
				}
				mu.Lock()
				fmt.Println(m.ID)
				mu.Unlock()
			}
		}()
	}
	return <-failed
}

// TestKilled kills a writing process and looks for everything it had acknowledged.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	var acknowledged []schema.ID
	for round := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), writerPath+"="+path)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		for n := 0; lines.Scan(); n++ { // what was printed before the kill still comes
			id, err := schema.ParseID(lines.Text())
			if err != nil {
				t.Fatalf("the writing process said %q", lines.Text())
			}
			acknowledged = append(acknowledged, id)
			if n == 100+400*round {
				if _, err := Open(context.Background(), path, Options{}); code(err) != "in_use" {
					t.Errorf("a second process: got %v", err)
				}
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		lookFor(t, path, acknowledged)
	}
}

func lookFor(t *testing.T, path string, acknowledged []schema.ID) {
	t.Helper()
	s := reopen(t, path, Options{})
	defer s.Close()
	view(t, s, func(r node.Reader) error {
		for _, id := range acknowledged {
			_, err := r.Message(id, node.Out)
			c, err2 := r.Content("out/" + string(id))
			if err := errors.Join(err, err2); err != nil || len(c.Sealed) != 4096 {
				t.Fatalf("of %d acknowledged: %v", len(acknowledged), err)
			}
		}
		return nil
	})
	if head, err := s.Verify(context.Background()); err != nil || head.Size < int64(len(acknowledged)) {
		t.Errorf("journal of %d: %v", head.Size, err)
	}
}
