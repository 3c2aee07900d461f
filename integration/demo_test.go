package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// readyLine is what comity demo --json prints when it is ready.
type readyLine struct {
	ReadyMS int `json:"ready_ms"`
	Nodes   []struct {
		Code, URL, Login, Socket, Token string
	} `json:"nodes"`
	Sample string `json:"sample"`
}

// TestDemo starts the demo as a user does, sends the sample through the agency API
// and sees it settled by a verified receipt and answered by the robot.
func TestDemo(t *testing.T) {
	read, write, err := os.Pipe()
	check(t, err)
	p := launch(t, write, "demo", "--json")
	write.Close()
	line, err := bufio.NewReader(read).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the demo printed nothing: %v\n%s", err, p.talk)
	}
	var ready readyLine
	check(t, json.Unmarshal(line, &ready))
	if len(ready.Nodes) != 3 {
		t.Fatalf("got %d nodes, want 3", len(ready.Nodes))
	}
	t.Logf("ready in %d ms", ready.ReadyMS)
	be := ready.Nodes[0]

	body, err := os.ReadFile(ready.Sample)
	check(t, err)
	sent := call(t, "POST", be.URL+"/v1/messages", be.Token, body, http.StatusAccepted)
	id := sent["id"].(string)
	if sent["state"] != "queued" {
		t.Errorf("got state %v, want queued", sent["state"])
	}
	eventually(t, "accepted", func() bool {
		return call(t, "GET", be.URL+"/v1/messages/"+id, be.Token, nil, http.StatusOK)["state"] == "accepted"
	})
	eventually(t, "an answer of the robot", func() bool {
		page := call(t, "GET", be.URL+"/v1/messages?box=in", be.Token, nil, http.StatusOK)
		for _, item := range page["items"].([]any) {
			if item.(map[string]any)["re"] == id {
				return true
			}
		}
		return false
	})

	page, err := http.Get(be.Login)
	check(t, err)
	page.Body.Close()
	t.Run("memory of three nodes", func(t *testing.T) {
		if got := residentMiB(t, p.Process.Pid); got >= 100 {
			t.Errorf("got %d MiB resident, want under 100", got)
		} else {
			t.Logf("%d MiB resident", got)
		}
	})
}

// call does one API request as an agency and reads the JSON object answered.
func call(tb testing.TB, method, url, token string, body []byte, want int) map[string]any {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, url, bytes.NewReader(body))
	check(tb, err)
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint(time.Now().UnixNano()))
	}
	answer, err := http.DefaultClient.Do(r)
	check(tb, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(tb, err)
	if answer.StatusCode != want {
		tb.Fatalf("%s %s: got %s, want %d\n%s", method, url, answer.Status, want, text)
	}
	var object map[string]any
	check(tb, json.Unmarshal(text, &object))
	return object
}

// eventually waits up to 15 seconds for what an exchange brings about.
func eventually(tb testing.TB, what string, happened func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(15 * time.Second); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("waited 15 s in vain for: %s", what)
		}
	}
}

// residentMiB is a process's resident memory (Linux).
func residentMiB(tb testing.TB, pid int) int {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Skip("left out: no /proc on this system")
	}
	var kib int
	for line := range strings.Lines(string(status)) {
		fmt.Sscanf(line, "VmRSS: %d kB", &kib)
	}
	return kib >> 10
}
