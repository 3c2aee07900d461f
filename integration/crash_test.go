package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/comity-exchange/comity/integration/auditor"
)

// messageLine is what the list of messages shows of one.
type messageLine struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Case  string `json:"case"`
}

func listOf(tb testing.TB, dir, box string) (items []messageLine) {
	tb.Helper()
	var page struct {
		Items []messageLine `json:"items"`
	}
	check(tb, ask(tb, &page, "message", "list", "--box", box, "--limit", "100", "--node", dir))
	return page.Items
}

// TestKilledAtAnyMoment kills -9 either side at random moments while messages are
// submitted one after the other, starts it again, and wants each message that was
// answered "queued" to arrive exactly once, accepted by a verified receipt.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: kills real processes for some seconds")
	}
	be, nl, processes := pairOnDisk(t)
	dirs := [2]string{be, nl}
	file := filepath.Join(t.TempDir(), "request.json")
	check(t, os.WriteFile(file, messageOf(t, 4096), 0o600))

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	answered := map[string]bool{}
	for round := range 8 {
		victim := random.IntN(2)
		stop := make(chan struct{})
		go func() {
			time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
			processes[victim].kill()
			close(stop)
		}()
		for try := range 4 {
			var sent messageLine
			key := fmt.Sprintf("crash-%d-%d", round, try)
			if err := ask(t, &sent, "message", "send", file, "--to", "NL", "--key", key, "--node", be); err == nil {
				answered[sent.ID] = true
			}
		}
		<-stop
		processes[victim] = serve(t, dirs[victim])
	}

	deadline := time.Now().Add(60 * time.Second)
	for {
		waiting := 0
		for _, m := range listOf(t, be, "out") {
			if m.State != "accepted" {
				waiting++
			}
		}
		if waiting == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d messages are not accepted after a minute", waiting)
		}
		time.Sleep(100 * time.Millisecond)
	}
	arrived := map[string]int{}
	for _, m := range listOf(t, nl, "in") {
		arrived[m.ID]++
	}
	sent := listOf(t, be, "out")
	for _, m := range sent {
		if arrived[m.ID] != 1 {
			t.Errorf("message %s arrived %d times, want once", m.ID, arrived[m.ID])
		}
	}
	if len(arrived) != len(sent) {
		t.Errorf("%d messages arrived, %d were sent", len(arrived), len(sent))
	}
	for id := range answered {
		if arrived[id] == 0 {
			t.Errorf("message %s was answered and is lost", id)
		}
	}
	if len(answered) == 0 {
		t.Error("no submission was answered at all: the test showed nothing")
	}
	for _, dir := range dirs {
		if _, err := comity(t, "journal", "verify", "--node", dir); err != nil {
			t.Error(err)
		}
	}
	for _, p := range processes {
		p.kill()
	}
	h := auditor.House{Quiet: true, Types: os.DirFS(filepath.Join("..", "schema")), Nodes: []auditor.Node{booksOnDisk(t, be, "BE"), booksOnDisk(t, nl, "NL")}}
	for id := range answered {
		h.Sent = append(h.Sent, auditor.Sent{From: "BE", To: "NL", ID: id})
	}
	t.Log(audit(t, h))
}
