package integration

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree is the repository as files: what git has or would add, or, where there
// is no git, everything.
type tree struct {
	root  string
	files []string // slash-separated, relative to root, sorted
}

// house is the tree that this test belongs to.
func house(t *testing.T) tree {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return readTree(t, root)
}

func readTree(t *testing.T, root string) tree {
	t.Helper()
	files, ok := gitFiles(root)
	if !ok {
		files = walkedFiles(t, root)
	}
	slices.Sort(files)
	if !slices.Contains(files, "go.mod") {
		t.Fatalf("no go.mod among the %d files of %s", len(files), root)
	}
	return tree{root, files}
}

// gitFiles asks git; false if there is none or root is no working tree of its own.
func gitFiles(root string) ([]string, bool) {
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		return nil, false
	}
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil, false
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	return slices.DeleteFunc(files, func(file string) bool {
		_, err := os.Lstat(filepath.Join(root, file)) // removed, not yet committed
		return err != nil
	}), true
}

func walkedFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".git" && file != root {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.IsDir() {
			relative, err := filepath.Rel(root, file)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sourceFile is one Go file, parsed whatever its build constraints say.
type sourceFile struct {
	path   string // "pki/seal.go"
	dir    string // "pki"
	test   bool
	syntax *ast.File
}

// imports of the file, each as its path.
func (f *sourceFile) imports() []string {
	var out []string
	for _, spec := range f.syntax.Imports {
		out = append(out, strings.Trim(spec.Path.Value, "`\""))
	}
	return out
}

// goFiles parses every Go file outside testdata.
func (tr tree) goFiles(t *testing.T) []sourceFile {
	t.Helper()
	var out []sourceFile
	for _, file := range tr.files {
		if !strings.HasSuffix(file, ".go") || slices.Contains(strings.Split(file, "/"), "testdata") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), filepath.Join(tr.root, filepath.FromSlash(file)), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, sourceFile{file, path.Dir(file), strings.HasSuffix(file, "_test.go"), syntax})
	}
	return out
}

// plant writes a tree with the given files, beside the top level that every tree has.
func plant(t *testing.T, files map[string]string) tree {
	t.Helper()
	root := t.TempDir()
	all := map[string]string{
		"go.mod": "module " + module + "\n", "go.sum": "", "README.md": "# Comity\n", "LICENSE": "text\n", ".gitignore": "", ".ci/run": "#!/bin/sh\n",
		"schema/message.go": "package schema\n", "pki/card.go": "package pki\n", "gateway/gateway.go": "package gateway\n",
		"node/node.go": "package node\n", "cmd/comity/main.go": "package main\n\nfunc main() {}\n", "integration/a_test.go": "package integration\n",
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return readTree(t, root)
}

// report makes each fault a failure of its own.
func report(t *testing.T, faults []string) {
	t.Helper()
	for _, fault := range faults {
		t.Error(fault)
	}
}

// expectOne wants exactly one fault that says what.
func expectOne(t *testing.T, faults []string, what string) {
	t.Helper()
	if len(faults) != 1 || !strings.Contains(faults[0], what) {
		t.Errorf("got %q, want one fault that says %q", faults, what)
	}
}
