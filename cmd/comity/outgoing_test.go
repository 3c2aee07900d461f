package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestOutgoingKeepsEveryMemberAsItWas(t *testing.T) {
	o, err := readOutgoing([]byte(" {\"n\": 1.50e1 , \"s\":\"\\u00e9\",\"o\":{ \"b\":[ ] }}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.reply("0198f3c2-0000-7000-8000-000000000001"); err != nil {
		t.Fatal(err)
	}
	want := `{"n":1.50e1,"s":"\u00e9","o":{ "b":[ ] },"re":"0198f3c2-0000-7000-8000-000000000001"}`
	if got := string(o.bytes()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestOutgoingRefusesWhatIsNotOneObject(t *testing.T) {
	for _, in := range []string{"", "[]", "1", "{", `{"a"}`, `{"a":1,"a":2}`, `{"a":1} {}`, "{\"a\":\"\xff\"}"} {
		if _, err := readOutgoing([]byte(in)); err == nil || asProblem(err).Code != "bad_json" {
			t.Errorf("%q: got %v, want bad_json", in, err)
		}
	}
}

func TestAttachAddsAfterWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	plain, odd := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "b:c.txt")
	for _, name := range []string{plain, odd} {
		if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, err := readOutgoing([]byte(`{"attachments":[{"name":"old"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.attach([]string{plain + ":fin.account", odd}); err != nil {
		t.Fatal(err)
	}
	var got struct{ Attachments []attachment }
	if err := json.Unmarshal(o.bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []attachment{{Name: "old"},
		{Name: "a.pdf", MediaType: "application/pdf", Category: "fin.account", Data: []byte("content")},
		{Name: "b:c.txt", MediaType: "text/plain", Data: []byte("content")}}
	if len(got.Attachments) != len(want) {
		t.Fatalf("got %d attachments, want %d", len(got.Attachments), len(want))
	}
	for i, w := range want {
		g := got.Attachments[i]
		if g.Name != w.Name || g.MediaType != w.MediaType || g.Category != w.Category || string(g.Data) != string(w.Data) {
			t.Errorf("attachment %d: got %+v, want %+v", i, g, w)
		}
	}
}

func TestAttachSaysWhichFileIsMissing(t *testing.T) {
	o := &outgoing{}
	name := filepath.Join(t.TempDir(), "none.pdf")
	if p := asProblem(o.attach([]string{name})); p.Code != "file_unreadable" || p.Pointer != name {
		t.Errorf("got %s at %s, want file_unreadable at %s", p.Code, p.Pointer, name)
	}
}
