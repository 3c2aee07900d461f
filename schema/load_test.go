package schema

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// overlay is the embedded catalogue with some files replaced or added.
func overlay(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	whole := fstest.MapFS{}
	err := fs.WalkDir(data, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := data.ReadFile(name)
		whole[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		whole[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return whole
}

// swapped is one embedded file with one piece of text replaced; the piece must be there.
func swapped(t *testing.T, name, old, new string) map[string]string {
	t.Helper()
	raw, err := data.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), old) {
		t.Fatalf("%s has no %q", name, old)
	}
	return map[string]string{name: strings.Replace(string(raw), old, new, 1)}
}

func TestLoadRefusesIncompleteData(t *testing.T) {
	for _, row := range []struct{ name, file, old, new, want string }{
		{"a leaf without category", "types/status.acknowledged.json", `"competent": {"type": "boolean", "x-category": "case.meta"}`, `"competent": {"type": "boolean"}`, "no x-category"},
		{"a leaf of a shared block without category", "common.json", `"codes/sexes.json", "x-category": "id.sex"}`, `"codes/sexes.json"}`, "no x-category"},
		{"an unknown category", "common.json", `"x-category": "id.birth"`, `"x-category": "id.brith"`, "id.brith"},
		{"a string without form", "common.json", `"stage": {"type": "string", "format": "text"`, `"stage": {"type": "string"`, "no known format"},
		{"a string of an unknown form", "common.json", `"iban": {"type": "string", "format": "iban"}`, `"iban": {"type": "string", "format": "ibam"}`, "no known format"},
		{"a text without bound", "common.json", `"maxLength": 20000, `, ``, "no maxLength"},
		{"a text that nobody knows how to translate", "common.json", `"maxLength": 20000, "x-translate": "text"`, `"maxLength": 20000`, "no x-translate"},
		{"an open object", "common.json", `"x-category": "contact.address", "minProperties": 1, "additionalProperties": false`, `"x-category": "contact.address", "minProperties": 1`, "additionalProperties"},
		{"a list without bound", "types/mla.response.json", `"maxItems": 500, `, ``, "no maxItems"},
		{"a field without label", "types/mla.request.json", `"confidentiality"`, `"confidentality"`, "no label"},
		{"a code without label", "codes/extents.json", `"partly"`, `"part"`, "no label"},
		{"a field without label in French", "labels/fr.json", `"iban"`, `"ibam"`, "labels/fr.json"},
		{"a text that nobody reads", "labels/fr.json", `"fields": {`, `"texts": {"types/mla.request/titel": "x"}, "fields": {`, "types/mla.request/titel"},
		{"a subject that is no member", "common.json", `"born": "date_of_birth"`, `"born": "birth_date"`, "birth_date"},
		{"a reference that leads nowhere", "types/mla.request.json", `$defs/relation`, `$defs/relations`, "not found"},
		{"a block that contains itself", "common.json", `"signature": {"$ref": "#/$defs/signature"}`, `"signature": {"$ref": "#/$defs/authority"}`, "itself"},
		{"a reply that is no type", "types/mla.request.json", `"status.refused", "evidence`, `"status.rejected", "evidence`, "status.rejected"},
		{"a type under another name", "types/mla.request.json", `"x-type": "mla.request"`, `"x-type": "mla.requests"`, "x-type"},
		{"no version", "types/mla.request.json", `"x-version": 1`, `"x-version": 0`, "x-version"},
		{"no legal effect in French", "types/mla.request.json", `"fr": "Demande à l'autre`, `"de": "Demande à l'autre`, "x-legal-effect"},
		{"an odd rule", "types/mla.request.json", `"x-re": "none"`, `"x-re": "never"`, "x-re"},
		{"a category without sensitivity", "codes/categories.json", `"gen.dna": 4`, `"gen.dna": 5`, "x-sensitivity"},
		{"an instrument under another code", "instruments/EIO.json", `"code": "EIO"`, `"code": "EAW"`, "EAW"},
		{"an instrument with an unknown ground", "instruments/EIO.json", `"torture-risk"`, `"torture"`, "torture"},
		{"an instrument with an odd clock", "instruments/EIO.json", `"n": 7, "unit": "day"`, `"n": 7, "unit": "days"`, "E-ACK"},
		{"an instrument that requires what is not there", "instruments/EIO.json", `/body/proceedings`, `/body/proceeding`, "does not exist"},
		{"a member of an instrument that nobody reads", "instruments/EIO.json", `"clocks"`, `"clock"`, "clock"},
		{"a duplicate name", "types/mla.request.json", `"x-version": 1,`, `"x-version": 1, "x-version": 1,`, "duplicate_name"},
		{"a schema that is none", "types/mla.request.json", `"type": "object",`, `"type": "objects",`, "types/mla.request.json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := load(overlay(t, swapped(t, row.file, row.old, row.new)))
			if row.want == "duplicate_name" {
				row.want = "appears twice"
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want an error with %q", err, row.want)
			}
		})
	}
}

func TestLoadNeedsAnExample(t *testing.T) {
	files := overlay(t, nil)
	delete(files, "examples/mla.request.json")
	if _, err := load(files); err == nil || !strings.Contains(err.Error(), "no example") {
		t.Errorf("got %v, want no example", err)
	}
}

// The worked example of SCHEMA.md, followed to the letter.
func TestAddingATypeChangesNoCode(t *testing.T) {
	text, err := os.ReadFile("SCHEMA.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)`([a-z./]+\\.json)`[^\n]*:\n```json\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 4 {
		t.Fatalf("got %d blocks in SCHEMA.md, want 4", len(blocks))
	}
	files := map[string]string{}
	for _, b := range blocks {
		name, content := b[1], b[2]
		if strings.HasPrefix(name, "labels/") {
			content = withFields(t, name, content)
		}
		files[name] = content
	}
	c, err := load(overlay(t, files))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.Example("status.reminder")
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := listed(m.Findings), "/subject crime.file\n/body/reference crime.file\n/body/question crime.file\n"; got != want {
		t.Errorf("got findings %q, want %q", got, want)
	}
	if got := c.View(m, "fr"); len(got) != 4 || got[3].Label != "Question" || got[0].Label != "Demande concernée" {
		t.Errorf("got view %+v", got)
	}
	if got, want := c.Label("fr", "status.reminder"), "Question sur l'avancement"; got != want {
		t.Errorf("got title %q, want %q", got, want)
	}
	if _, err := c.Read([]byte(strings.Replace(string(raw), `"question"`, `"queston"`, 1))); err == nil || !strings.Contains(err.Error(), "Did you mean question?") {
		t.Errorf("got %v, want the closest field", err)
	}
}

// withFields is an embedded label file with more fields.
func withFields(t *testing.T, name, more string) string {
	t.Helper()
	raw, err := data.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Fields map[string]string            `json:"fields"`
		Codes  map[string]map[string]string `json:"codes"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(more), &all.Fields); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The limits in SCHEMA.md are those of the code.
func TestDocumentedLimits(t *testing.T) {
	text, err := os.ReadFile("SCHEMA.md")
	if err != nil {
		t.Fatal(err)
	}
	for line, limit := range map[string]bool{
		"| message | 256 KiB |": MaxMessage == 256<<10, "| depth | 32 |": MaxDepth == 32, "| names and values together | 10,000 |": MaxValues == 10_000,
		"| member name | 64 octets |": MaxName == 64, "| string | 64 KiB |": MaxString == 64<<10, "| number | 32 octets;": MaxNumber == 32,
		"| attachment | 512 KiB |": MaxAttachment == 512<<10, "| attachments | 32 |": MaxAttachments == 32, "rounded up to tar records | 704 KiB |": MaxParcel == 704<<10,
		"| draft with files in base64 | 1 MiB |": MaxDraft == 1<<20, "| faults reported | 50 |": MaxFaults == 50,
	} {
		if !limit || !strings.Contains(string(text), line) {
			t.Errorf("SCHEMA.md and limits.go differ on %q", line)
		}
	}
	for _, f := range formats {
		if !regexp.MustCompile("[` ]" + f.name + "[` ]").Match(text) {
			t.Errorf("SCHEMA.md does not name the format %s", f.name)
		}
	}
}
