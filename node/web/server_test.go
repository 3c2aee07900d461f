package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServerHasLimits(t *testing.T) {
	s := Server(http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 16<<10 {
		t.Errorf("a limit is missing: %+v", s)
	}
}

// serve runs Server on a listener until the test ends.
func serve(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	s := Server(h)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
}

func TestLargeHeadersAreRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l, newWeb(newClock().now).Public())
	for name, header := range map[string]string{
		"one of 1 MB":  "X: " + strings.Repeat("x", 1<<20) + "\r\n",
		"10,000 lines": strings.Repeat("X: yyyyyyyy\r\n", 10_000),
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		go fmt.Fprintf(c, "GET /livez HTTP/1.1\r\nHost: x\r\n%s\r\n", header)
		answer, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.Contains(answer, " 431 ") {
			t.Errorf("%s: got %q, %v, want 431", name, answer, err)
		}
		c.Close()
		if res, err := http.Get("http://" + l.Addr().String() + "/livez"); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: others are affected: %v", name, err)
		}
	}
}

// TestSlowBodyIsCutOff sends half a body and waits.
func TestSlowBodyIsCutOff(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := newWeb(newClock().now)
	w.AddToken("demo", "secret")
	s := Server(w.Public())
	s.ReadTimeout = 200 * time.Millisecond
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(answer, " 408 ") {
		t.Errorf("got %q, %v, want 408", answer, err)
	}
}

// TestSocketKnowsItsCaller goes through a real Unix socket: the kernel says who asks.
func TestSocketKnowsItsCaller(t *testing.T) {
	dir, err := os.MkdirTemp("", "web") // t.TempDir may be longer than a socket's path can be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		uid, ok := owner(r)
		fmt.Fprint(rw, uid, ok)
	}))
	res, err := Dial(path).http.Get("http://node/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if want := fmt.Sprint(os.Getuid(), true); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestClientSaysThatNobodyAnswers(t *testing.T) {
	_, err := Dial(filepath.Join(t.TempDir(), "no.sock")).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "comity serve") {
		t.Errorf("got %v, want a problem that says how to start the node", err)
	}
}

func TestClientRefusesStrangers(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a web page":  func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "<html>") },
		"another 404": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(404) },
		"a redirect": func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "https://evil.example/", http.StatusFound)
		},
		"half a reply": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "10")
			io.WriteString(rw, "{")
		},
	} {
		s := httptest.NewServer(h)
		if page, err := New(s.URL, "token").Types(t.Context()); err == nil {
			t.Errorf("%s: got %+v, want a problem", name, page)
		}
		s.Close()
	}
}
