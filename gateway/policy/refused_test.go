package policy

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// Files that are too large to keep: too_large, too_many_rules and too_many_groups.
func largeFiles() map[string][]byte {
	groups := []byte("version: 1\ngroups:\n")
	for i := range maxGroups + 1 {
		groups = fmt.Appendf(groups, "  g%d: [NL]\n", i)
	}
	groups = append(groups, "rules: []\n"...)
	var b bytes.Buffer
	b.WriteString(head)
	for i := range maxRules + 1 {
		fmt.Fprintf(&b, "  - {name: r%d, peers: [NL], direction: send, types: [mla.*]}\n", i)
	}
	return map[string][]byte{"too_large": bytes.Repeat([]byte("# \n"), maxText/2), "too_many_rules": b.Bytes(), "too_many_groups": groups}
}

// Every code by which Parse refuses stands in POLICY.md, and is the code of the file
// of testdata/refused that is named after it.
func TestEveryRefusalCodeIsReached(t *testing.T) {
	reached := map[string]bool{}
	for name, text := range refusedFiles(t) {
		_, err := Parse(text)
		var p *schema.Problem
		if !errors.As(err, &p) || p.Code != name || !strings.HasPrefix(p.Pointer, "line ") || p.Fix == "" {
			t.Errorf("%s: got %v, want its code with a line and a fix", name, err)
		}
		reached[name] = true
	}
	inCode, inManual := codesInCode(t), codesInManual(t)
	for _, set := range []map[string]bool{inCode, inManual, reached} {
		for code := range set {
			if !inCode[code] || !inManual[code] || !reached[code] {
				t.Errorf("%s: in the code %v, in POLICY.md %v, reached by a file %v", code, inCode[code], inManual[code], reached[code])
			}
		}
	}
	t.Logf("%d codes: %v", len(reached), slices.Sorted(maps.Keys(reached)))
}

func refusedFiles(t *testing.T) map[string][]byte {
	t.Helper()
	all := largeFiles()
	files, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, file := range files {
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = []byte(readFile(t, file))
	}
	return all
}

// codesInCode finds the codes in the sources of Parse.
func codesInCode(t *testing.T) map[string]bool {
	t.Helper()
	word := regexp.MustCompile(`"((?:bad|unknown|duplicate|missing|wrong|empty|too|yaml|redact)_[a-z_]+)"`)
	found := map[string]bool{}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "expectation") || file == "check.go" {
			continue // these do not belong to Parse
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range word.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
	}
	return found
}

// codesInManual finds the codes in the table of POLICY.md.
func codesInManual(t *testing.T) map[string]bool {
	t.Helper()
	_, table, began := strings.Cut(readFile(t, "POLICY.md"), "| code | fault |")
	table, _, ended := strings.Cut(table, "\n\n")
	if !began || !ended {
		t.Fatal("POLICY.md has no table of codes")
	}
	found := map[string]bool{}
	for line := range strings.Lines(table) {
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(strings.SplitN(line+"|||", "|", 3)[1], -1) {
			found[m[1]] = true
		}
	}
	return found
}
