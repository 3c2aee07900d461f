package integration

import (
	"bytes"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// topLevel is everything that may stand at the top, and must. Dot files may be there.
var topLevel = []string{"LICENSE", "README.md", "cmd", "gateway", "go.mod", "go.sum", "integration", "node", "pki", "schema"}

// drawers are names that gather what belongs nowhere.
var drawers = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared"}

// drawerFiles are files that sort by kind of declaration, not by subject. Files
// of cmd/comity are named after verbs, and "types" is one.
var drawerFiles = []string{"types.go", "interfaces.go", "util.go", "utils.go", "common.go", "helpers.go", "misc.go"}

func TestHouse(t *testing.T) {
	tr := house(t)
	t.Run("the top level is fixed", func(t *testing.T) { report(t, topFaults(tr)) })
	t.Run("packages and files are named after the domain", func(t *testing.T) { report(t, nameFaults(tr.goFiles(t))) })
	t.Run("nothing runs before main", func(t *testing.T) { report(t, initFaults(tr.goFiles(t))) })
	t.Run("texts stand on their own", func(t *testing.T) { report(t, wordFaults(t, tr)) })
}

func topFaults(tr tree) []string {
	var faults []string
	seen := map[string]bool{}
	for _, file := range tr.files {
		name, _, _ := strings.Cut(file, "/")
		if !seen[name] && !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			faults = append(faults, name+": does not belong at the top level")
		}
		seen[name] = true
	}
	for _, name := range append(topLevel, ".ci") {
		if !seen[name] {
			faults = append(faults, name+": is missing at the top level")
		}
	}
	return faults
}

func nameFaults(files []sourceFile) []string {
	var faults []string
	for _, f := range files {
		if pkg := strings.TrimSuffix(f.syntax.Name.Name, "_test"); slices.Contains(drawers, pkg) || slices.Contains(drawers, path.Base(f.dir)) {
			faults = append(faults, f.path+": a package is named after its subject")
		}
		if slices.Contains(drawerFiles, path.Base(f.path)) && f.dir != "cmd/comity" {
			faults = append(faults, f.path+": a file is named after its subject")
		}
	}
	return faults
}

func initFaults(files []sourceFile) []string {
	var faults []string
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				faults = append(faults, f.path+": has an init function")
			}
		}
	}
	return faults
}

// words that no text of the house may hold. The patterns are written so that
// they do not match themselves.
var words = []struct {
	what   string
	holds  func(line string) bool
	except func(file, text string) bool
}{
	{"an absolute path of a machine that built it", machinePath.MatchString, never},
	{"a path out of the repository", outside.MatchString, mayReadSamples},
	{"a task without the condition that makes it due, as in TO" + "DO(when …)", openTask, never},
}

var (
	machinePath = regexp.MustCompile(`(^|[^\w.~/$}-])(/(?:wor[k]|hom[e]|roo[t]|User[s]|workspac[e]|build[s]?|runne[r])/\w|[A-Z]:\\User[s]\\)`)
	outside     = regexp.MustCompile(`\.\./share[d]\b`)
	task        = regexp.MustCompile(`\b(?:TOD[O]|FIXM[E])\b(.*)`)
	condition   = regexp.MustCompile(`^\((?:when|once|if|after|until) [^)]+\)`)
)

func openTask(line string) bool {
	found := task.FindStringSubmatch(line)
	return found != nil && !condition.MatchString(found[1])
}

func never(string, string) bool { return false }

// mayReadSamples: a test may read sample files that are not part of the
// repository if it says so when they are not there.
func mayReadSamples(file, text string) bool {
	return strings.HasSuffix(file, "_test.go") && regexp.MustCompile(`t\.Skip|left out`).MatchString(text)
}

func wordFaults(t *testing.T, tr tree) []string {
	t.Helper()
	var faults []string
	for _, file := range tr.files {
		text, err := os.ReadFile(filepath.Join(tr.root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) {
			continue // not a text
		}
		faults = append(faults, textFaults(file, string(text))...)
	}
	return faults
}

func textFaults(file, text string) []string {
	var faults []string
	number := 0
	for line := range strings.Lines(text) {
		number++
		for _, word := range words {
			if word.holds(strings.TrimRight(line, "\r\n")) && !word.except(file, text) {
				faults = append(faults, fmt.Sprintf("%s:%d: holds %s", file, number, word.what))
			}
		}
	}
	return faults
}

func TestHouseFindsViolations(t *testing.T) {
	find := func(t *testing.T, files map[string]string) []string {
		tr := plant(t, files)
		return slices.Concat(topFaults(tr), nameFaults(tr.goFiles(t)), initFaults(tr.goFiles(t)), wordFaults(t, tr))
	}
	todo, out, home := "TO"+"DO", ".."+"/shared", "/ho"+"me/"
	tests := []struct {
		name, file, text string
		want             string // "" if allowed
	}{
		{"nothing planted", "README.md", "# Comity\n", ""},
		{"a directory at the top", "docs/a.md", "", "docs: does not belong"},
		{"a file at the top", "Makefile", "", "Makefile: does not belong"},
		{"a dot file", ".editorconfig", "", ""},
		{"a package named util", "node/util/a.go", "package util\n", "named after its subject"},
		{"a package clause helpers", "node/a.go", "package helpers\n", "named after its subject"},
		{"a directory named common", "node/common/a.go", "package x\n", "named after its subject"},
		{"a data directory named common", "schema/common/a.json", "{}\n", ""},
		{"types.go", "schema/types.go", "package schema\n", "named after its subject"},
		{"the verb types", "cmd/comity/types.go", "package main\n", ""},
		{"an init function", "pki/a.go", "package pki\n\nfunc init() {}\n", "init function"},
		{"an init function in a test", "pki/a_test.go", "package pki\n\nfunc init() {}\n", "init function"},
		{"a method named init", "pki/a.go", "package pki\n\ntype a struct{}\n\nfunc (a) init() {}\n", ""},
		{"an init function in test data", "pki/testdata/a.go", "package x\n\nfunc init() {}\n", ""},
		{"a path of a machine", "node/a.md", "see " + home + "someone/comity\n", "a.md:1: holds an absolute path"},
		{"a path in quotes", "node/a.go", "package node\n\nconst p = \"" + "/wo" + "rk/main\"\n", "a.go:3: holds an absolute path"},
		{"a path of a Windows machine", "node/a.md", `C:\Use` + `rs\someone` + "\n", "absolute path"},
		{"a path inside an address", "node/a.md", "https://example.org" + home + "page\n", ""},
		{"a path from a variable", "node/a.md", "$DIR" + home + "page\n", ""},
		{"a path in a file that is no text", "pki/a.bin", "\x00 " + home + "someone\n", ""},
		{"a way out", "schema/a.md", "see " + out + "/samples\n", "path out of the repository"},
		{"a way out in a test", "schema/a_test.go", "package schema\n\nconst p = \"" + out + "\"\n", "path out of the repository"},
		{"a way out in a test that says so", "schema/a_test.go", "package schema\n\n// t.Skip if " + out + " is absent\n", ""},
		{"a task", "node/a.go", "package node\n\n// " + todo + ": later\n", "a.go:3: holds a task"},
		{"a task of somebody", "node/a.go", "package node\n\n// " + todo + "(alice): later\n", "holds a task"},
		{"a bare task", "node/a.md", todo + "\n", "holds a task"},
		{"a task with its condition", "node/a.go", "package node\n\n// " + todo + "(when go 1.30 is out): use it\n", ""},
		{"a word that only holds it", "node/a.md", "MASTO" + "DON\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			faults := find(t, map[string]string{tt.file: tt.text})
			if tt.want == "" {
				report(t, faults)
				return
			}
			expectOne(t, faults, tt.want)
		})
	}
}

func TestHouseMissesWhatIsGone(t *testing.T) {
	tr := plant(t, nil)
	tr.files = slices.DeleteFunc(tr.files, func(file string) bool { return file == "LICENSE" })
	expectOne(t, topFaults(tr), "LICENSE: is missing")
}
