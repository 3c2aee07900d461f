package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// show writes out all of a value.
func (v *value) show() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %q", v.line, v.kind, v.text)
	for i := range v.items {
		fmt.Fprintf(&b, " [%s]", v.items[i].show())
	}
	for i := range v.pairs {
		fmt.Fprintf(&b, " {%d %q %s}", v.pairs[i].line, v.pairs[i].key, v.pairs[i].value.show())
	}
	return b.String()
}

// comparePlain says what the plain reader takes for something else than the YAML
// library does, and whether it reads the file at all.
func comparePlain(text string) (plain bool, fault string) {
	if checkText([]byte(text)) != nil {
		return false, ""
	}
	got, plain := readPlain(text)
	if !plain {
		return false, ""
	}
	node, err := readDocument([]byte(text))
	if p := new(schema.Problem); errors.As(err, &p) && (p.Code == "too_large" || p.Code == "too_many_rules") {
		return true, "" // other layouts have narrower limits
	}
	if err != nil || node == nil {
		return true, fmt.Sprintf("YAML says %v", err)
	}
	if want := valueOf(node); got.show() != want.show() {
		return true, fmt.Sprintf("got  %s\nwant %s", got.show(), want.show())
	}
	return true, ""
}

func TestThePlainLayoutIsReadAsYAML(t *testing.T) {
	tests := []struct {
		name, text string
		plain      bool
	}{
		{"one rule", one(), true},
		{"braces", head + "  - {name: a, peers: [NL], direction: send, types: [\"*\"], minors: true}\n", true},
		{"lists of lines", one("types:\n      - mla.*\n      - \"*\""), true},
		{"lists of lines at the key's indent", one("types:\n    - mla.* # c\n\n    - \"*\""), true},
		{"rules at the margin", "version: 1\nrules:\n- name: a\n  peers: [NL]\n- name: b\n", true},
		{"comments and spaces", "# a\n\nversion:   1   # b\nrules : []\n", false},
		{"comments", "# a\n\nversion:   1   # b\n  # c\nrules:  # d\n  # e\n  - name: x # f\n      # g\n    peers: [ NL , \"DE\" ]# h\n", false},
		{"groups", "version: 1\ngroups:\n  near: [NL]\n  far: [EUROPOL]\nrules: []\n", true},
		{"groups in braces", "version: 1\ngroups: {near: [NL]}\nrules: []\n", true},
		{"dates", one("from: 2026-01-01", "until: \"2026-12-31\""), true},
		{"a name over two lines", one("name: a\n      b"), false},
		{"a number", one("name: 12"), false},
		{"true in capitals", one("minors: TRUE"), false},
		{"single quotes", one("name: 'a'"), false},
		{"an escape", one(`name: "\x41"`), false},
		{"a tab", one("name:\ta"), false},
		{"carriage returns", strings.ReplaceAll(one(), "\n", "\r\n"), false},
		{"a document start", "---\n" + one(), false},
		{"an empty value", one("approve:"), false},
		{"no line end", "version: 1\nrules: []", true},
		{"Norway and yes", one("peers: [NO]", "minors: yes"), true},
		{"a colon in a word", one("types: [a:b]"), false},
		{"no space after the colon", one("minors:true"), false},
		{"a hash in a word", one("name: a#b"), false},
		{"a deeper line", one("minors: true\n      marking: restricted"), false},
		{"a flatter line", one("minors: true\n   marking: restricted"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plain, fault := comparePlain(tt.text)
			if plain != tt.plain || fault != "" {
				t.Errorf("got plain %v, want %v\n%s\n%s", plain, tt.plain, fault, tt.text)
			}
		})
	}
}

// Whatever a few changes make of a policy, the plain reader reads it as the YAML
// library does or leaves it to it.
func TestPlainAgreesWithYAML(t *testing.T) {
	r := newRandom(t)
	bits := []string{"\n", " ", "  ", "-", "- ", ":", ": ", "#", " #", "[", "]", "{", "}", ",", `"`, "true", "1", "null", "*", "a", "name", "~", "|", "'", "&", "!", "%", "?", "  - ", "    ", "\n  - name: x\n", "\nrules:\n", "0x1", "1e5", "2026-01-01", ".inf", "<<"}
	seeds := []string{one(), groupsHead() + "rules:\n" + r.rule("a") + r.rule("b"), string(mustParse(t, r.policy(3)).Canonical()), neighbours}
	files, err := filepath.Glob("testdata/worked/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no worked policies: %v", err)
	}
	for _, file := range files {
		seeds = append(seeds, readFile(t, file))
	}
	plain := 0
	for range 6000 {
		text := r.pick(seeds)
		for range r.IntN(4) {
			i := r.IntN(len(text) + 1)
			j := min(len(text), i+r.IntN(3)*r.IntN(8))
			text = text[:i] + r.pick(bits) + text[j:]
		}
		read, fault := comparePlain(text)
		if fault != "" {
			t.Fatalf("%s\n%s\n%q", fault, text, text)
		}
		if read {
			plain++
		}
	}
	if t.Logf("%d of 6000 are plain", plain); plain < 1000 || plain > 5500 {
		t.Errorf("%d of 6000 are plain: the changes are one-sided", plain)
	}
}

// The seeds of the parser are read alike, too.
func TestPlainAgreesOnTheSeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/fuzz/FuzzParse/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, quoted, _ := strings.Cut(string(text), "[]byte(")
		seed, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(quoted), ")"))
		if err != nil {
			t.Fatalf("%s is no seed: %v", file, err)
		}
		if _, fault := comparePlain(seed); fault != "" {
			t.Errorf("%s: %s", file, fault)
		}
	}
}
