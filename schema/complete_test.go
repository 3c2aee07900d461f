package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

var draft = Draft{ID: "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4cff", From: "BE/fps-justice", To: "NL/iro",
	Created: time.Date(2026, 11, 23, 22, 5, 52, 999, time.FixedZone("CET", 3600))}

func TestCompleteKeepsEveryByte(t *testing.T) {
	const all = `"id":"0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4cff","version":1,"from":"BE/fps-justice","to":"NL/iro","created":"2026-11-23T21:05:52Z",`
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("hello")))
	for _, row := range []struct{ name, raw, want string }{
		{"all missing", `{"type":"mla.request"}`, `{` + all + `"type":"mla.request"}`},
		{"odd spacing and escapes", " {\n\t\"type\" : \"mla.request\" ,\"x\":\"\\u0041\", \"n\":1.50 }\n", " {" + all + "\n\t\"type\" : \"mla.request\" ,\"x\":\"\\u0041\", \"n\":1.50 }\n"},
		{"some there", `{"to":"DE/bfj","type":"mla.request","id":"mine"}`, `{"version":1,"from":"BE/fps-justice","created":"2026-11-23T21:05:52Z","to":"DE/bfj","type":"mla.request","id":"mine"}`},
		{"a name inside the body does not count", `{"type":"mla.request","body":{"id":1,"to":2}}`, `{` + all + `"type":"mla.request","body":{"id":1,"to":2}}`},
		{"a file", `{"type":"mla.request","attachments":[ {"name":"a", "data" : "aGVsbG8=" ,"category":"id.name"}, {"name":"b","size":1,"sha256":"x"} ]}`,
			`{` + all + `"type":"mla.request","attachments":[ {"name":"a", "size":5,"sha256":"` + sum + `" ,"category":"id.name"}, {"name":"b","size":1,"sha256":"x"} ]}`},
		{"a file first and alone, escaped", `{"attachments":[{"data":"aGVsbG8\u003d"}],"type":"mla.request"}`,
			`{` + all + `"attachments":[{"size":5,"sha256":"` + sum + `"}],"type":"mla.request"}`},
		{"data elsewhere is content", `{"type":"mla.request","body":{"attachments":[{"data":"aGVsbG8="}]}}`, `{` + all + `"type":"mla.request","body":{"attachments":[{"data":"aGVsbG8="}]}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := catalogue(t).Complete([]byte(row.raw), draft)
			if err != nil || string(got) != row.want {
				t.Errorf("got %s (%v)\nwant %s", got, err, row.want)
			}
		})
	}
}

func TestCompleteLeavesOutWhatTheDraftLacks(t *testing.T) {
	got, _, err := catalogue(t).Complete([]byte(`{"type":"mla.request"}`), Draft{})
	if want := `{"version":1,"type":"mla.request"}`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

// TestFinishIsCompleteAndRead takes every example with and without each member that
// a draft fills, whole and broken: one pass gives what two give.
func TestFinishIsCompleteAndRead(t *testing.T) {
	c := catalogue(t)
	edits := []map[string]any{{}, {"/id": gone{}}, {"/version": gone{}, "/created": gone{}},
		{"/id": gone{}, "/version": gone{}, "/from": gone{}, "/to": gone{}, "/created": gone{}},
		{"/id": "mine"}, {"/version": 7, "/from": gone{}}, {"/body": gone{}, "/to": gone{}}, {"/nonsense": 1, "/id": gone{}}, {"/type": "mla"},
		{"/attachments": []any{map[string]any{"name": "a.txt", "media_type": "text/plain", "category": "crime.file", "data": "aGVsbG8="}}, "/id": gone{}}}
	for _, kind := range c.Types() {
		for i, edit := range edits {
			raw := edited(t, kind.Name, edit)
			got, gotFiles, gotErr := c.Finish(raw, draft)
			var want *Message
			whole, wantFiles, wantErr := c.Complete(raw, draft)
			if wantErr == nil {
				want, wantErr = c.Read(whole)
			}
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotErr, wantErr) || wantErr == nil && !reflect.DeepEqual(gotFiles, wantFiles) {
				t.Errorf("%s, edit %d: got %v %v, want %v %v", kind.Name, i, got, gotErr, want, wantErr)
			}
		}
	}
}

// A draft as an agency writes it becomes a message that Read accepts, with its files.
func TestCompletedDraftIsReadable(t *testing.T) {
	content := bytes.Repeat([]byte{0, 1, 2, 255}, 1000)
	raw := edited(t, "mla.request", map[string]any{"/id": gone{}, "/version": gone{}, "/from": gone{}, "/to": gone{}, "/created": gone{},
		"/attachments": []any{
			map[string]any{"name": "a.pdf", "media_type": "application/pdf", "category": "fin.account", "data": base64.StdEncoding.EncodeToString(content)},
			map[string]any{"name": "b.pdf", "media_type": "application/pdf", "data": base64.StdEncoding.EncodeToString(content)},
			map[string]any{"name": "c.txt", "media_type": "text/plain", "data": ""},
		}})
	whole, files, err := catalogue(t).Complete(raw, draft)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 || !bytes.Equal(files[0].Data, content) || files[0].SHA256 != sha256.Sum256(content) || len(files[1].Data) != 0 {
		t.Errorf("got %d files, want the content once and an empty one", len(files))
	}
	m, err := catalogue(t).Read(whole)
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != draft.ID || m.From != draft.From || m.To != draft.To || !m.Created.Equal(draft.Created.Truncate(time.Second)) {
		t.Errorf("got %s %s %s %s", m.ID, m.From, m.To, m.Created)
	}
	for i, want := range []int64{4000, 4000, 0} {
		if a := m.Attachments[i]; a.Size != want {
			t.Errorf("attachment %d: got size %d, want %d", i, a.Size, want)
		}
	}
	again, files, err := catalogue(t).Complete(whole, Draft{ID: NewID()})
	if err != nil || !bytes.Equal(again, whole) || len(files) != 0 {
		t.Errorf("a complete message was changed (%v)", err)
	}
}

func TestCompleteRefuses(t *testing.T) {
	for _, row := range []struct{ name, raw, code, pointer string }{
		{"nothing", ``, "not_an_object", ""},
		{"an array", `[]`, "not_an_object", ""},
		{"an empty object", `{}`, "unknown_type", "/type"},
		{"a broken end", `{"type":"mla.request"`, "bad_json", ""},
		{"a duplicate", `{"type":"mla.request","type":"mla.response"}`, "duplicate_name", "/type"},
		{"a deep draft", `{"x":` + strings.Repeat("[", 40), "too_deep", ""},
		{"not base64", `{"type":"mla.request","attachments":[{"data":"***"}]}`, "bad_base64", "/attachments/0/data"},
		{"base64 with line breaks", `{"type":"mla.request","attachments":[{"data":"aGVs\nbG8="}]}`, "bad_base64", "/attachments/0/data"},
		{"base64 with stray bits", `{"type":"mla.request","attachments":[{"data":"aGVsbG9="}]}`, "bad_base64", "/attachments/0/data"},
		{"described as well", `{"type":"mla.request","attachments":[{"size":5,"data":"aGVsbG8="}]}`, "described_twice", "/attachments/0"},
		{"described afterwards", `{"type":"mla.request","attachments":[{},{"data":"aGVsbG8=","sha256":""}]}`, "described_twice", "/attachments/1"},
		{"a large file", `{"type":"mla.request","attachments":[{"data":"` + strings.Repeat("AAAA", MaxAttachment/3+1) + `"}]}`, "attachment_too_large", "/attachments/0/data"},
		{"too many files", `{"type":"mla.request","attachments":[` + strings.Repeat(`{},`, MaxAttachments) + `{}]}`, "too_many", "/attachments"},
		{"a large message", `{"type":"mla.request","x":"` + strings.Repeat("x", MaxMessage) + `"}`, "message_too_large", ""},
		{"a large draft", strings.Repeat(" ", MaxDraft+1), "message_too_large", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, _, err := catalogue(t).Complete([]byte(row.raw), draft)
			p, ok := err.(*Problem)
			if !ok || p.Code != row.code || p.Pointer != row.pointer || p.Fix == "" {
				t.Errorf("got %v, want %s at %q", err, row.code, row.pointer)
			}
		})
	}
}

// FuzzComplete: the rest of the draft is the same value as before, and completing twice changes nothing.
func FuzzComplete(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Add([]byte(`{"type":"mla.request","attachments":[{"name":"a","data":"aGVsbG8="},{"size":1}]}`))
	c := catalogue(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole, files, err := c.Complete(raw, draft)
		if err != nil {
			if p, ok := err.(*Problem); !ok || p.Code == "" || p.Fix == "" {
				t.Fatalf("got %v, want a Problem", err)
			}
			return
		}
		for _, file := range files {
			if sha256.Sum256(file.Data) != file.SHA256 {
				t.Fatal("a file does not have its digest")
			}
		}
		again, _, err := c.Complete(whole, Draft{ID: NewID(), From: "DE", To: "FR", Created: time.Unix(0, 0)})
		if err != nil || !bytes.Equal(again, whole) {
			t.Fatalf("completed twice: %v", err)
		}
		if len(files) > 0 {
			return
		}
		var before, after map[string]any
		if json.Unmarshal(raw, &before) != nil {
			return // duplicate-free but not what encoding/json reads, as Read will say
		}
		if err := json.Unmarshal(whole, &after); err != nil {
			t.Fatalf("completion broke the message: %v", err)
		}
		for name, v := range before {
			if fmt.Sprint(after[name]) != fmt.Sprint(v) {
				t.Fatalf("completion changed a member")
			}
		}
	})
}
