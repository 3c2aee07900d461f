package auditor

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var catalogue = filepath.Join("..", "..", "schema")

// The auditor's walk finds in every example what the catalogue's golden files list.
func TestCategoriesOfTheExamples(t *testing.T) {
	types, err := readTypes(os.DirFS(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	goldens, err := filepath.Glob(filepath.Join(catalogue, "testdata", "categories", "*.txt"))
	if err != nil || len(goldens) < 8 {
		t.Fatalf("got %d golden files, %v; want at least 8", len(goldens), err)
	}
	minors := 0
	for _, golden := range goldens {
		name := strings.TrimSuffix(filepath.Base(golden), ".txt")
		q, _, err := types.read(readFile(t, filepath.Join(catalogue, "examples", name+".json")))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, got := listed(readFile(t, golden)), map[finding]bool{}
		for _, f := range q.findings {
			got[f] = true
			if f.minor {
				minors++
			}
			if !want[f] {
				t.Errorf("%s: got %v, which the golden file does not list", name, f)
			}
		}
		for f := range want {
			if !got[f] {
				t.Errorf("%s: %v is not found", name, f)
			}
		}
		if q.kind != name || q.marking == "" {
			t.Errorf("%s: got type %q, marking %q", name, q.kind, q.marking)
		}
	}
	if minors == 0 {
		t.Error("no example has data on a person under 18: half of this test shows nothing")
	}
}

// listed reads a golden file: pointer, category, subject, minor.
func listed(golden []byte) map[finding]bool {
	all := map[finding]bool{}
	for s := bufio.NewScanner(bytes.NewReader(golden)); s.Scan(); {
		words := strings.Fields(s.Text())
		minor := words[len(words)-1] == "minor"
		if minor {
			words = words[:len(words)-1]
		}
		f := finding{category: words[1], minor: minor || words[1] == "person.minor"}
		if len(words) > 2 {
			f.subject = words[2]
		}
		all[f] = true
	}
	return all
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A file is data whatever its sender calls it.
func TestFilesAreFound(t *testing.T) {
	types, err := readTypes(os.DirFS(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	for _, category := range []string{"case.meta", "bio.fingerprint", ""} {
		file, want := map[string]any{"name": "a.txt"}, category
		if category == "" {
			want = "unstated"
		} else {
			file["category"] = category
		}
		w := &walk{types: types, found: map[finding]bool{}}
		w.visit("message.json", types.files["message.json"], map[string]any{"attachments": []any{file}}, person{})
		if !w.found[finding{category: want}] || len(w.found) != 1 {
			t.Errorf("a file of %q: got %v", category, w.found)
		}
	}
}

// A translation holds what its original holds; of what it is not told, the worst is taken.
func TestTranslationsOfWhatIsAndIsNotThere(t *testing.T) {
	types, err := readTypes(os.DirFS(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	raw := readFile(t, filepath.Join(catalogue, "examples", "information.spontaneous.json"))
	for pointer, want := range map[string]finding{
		"/body/persons/0/role_note": {"crime.accusation", false, "contact-or-associate"},
		"/body/persons/1/name":      {"id.name", true, "victim"},
		"/subject":                  {"crime.file", false, ""},
		"/body/evaluation/source":   {"intel.assessment", false, ""},
		"/body/persons/2/role_note": {"unstated", false, ""},
		"/body/persons":             {"unstated", false, ""},
		"/body/nothing":             {"unstated", false, ""},
		"/case":                     {"unstated", false, ""},
		"":                          {"unstated", false, ""},
	} {
		w := &walk{types: types, created: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), found: map[finding]bool{}}
		var top map[string]any
		if err := json.Unmarshal(raw, &top); err != nil {
			t.Fatal(err)
		}
		w.translated(strings.Split(pointer, "/")[1:], top, top["body"].(map[string]any), "types/information.spontaneous.json")
		if !w.found[want] {
			t.Errorf("%q: got %v, want %v", pointer, w.found, want)
		}
	}
}
