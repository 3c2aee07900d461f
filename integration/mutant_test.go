package integration

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var writeMutants = flag.Bool("write-mutants", false, "write MUTANTS.md anew")

// mutant is a fault of consequence as it could be made in the product, and the test
// that must fail then. The product holds none of it: a mutant is a changed copy of one
// file, laid over the real one while that test is built and run.
type mutant struct {
	name string // what is wrong then
	file string
	old  string // stands in file exactly once
	new  string
	pkg  string // of the killing test
	run  string // the killing test, as go test -run takes it
}

// edit gives the changed file, or says why the mutant does not fit any more.
func (m *mutant) edit() ([]byte, error) {
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(m.file)))
	if err != nil {
		return nil, fmt.Errorf("mutant %q: %w", m.name, err)
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return nil, fmt.Errorf("mutant %q: %s holds the text to change %d times, want once; write it anew for the code as it is now:\n%s", m.name, m.file, n, m.old)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1), nil
}

// A mutant that no longer fits its file kills nothing and would be forgotten.
func TestMutantsFit(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants {
		if names[m.name] {
			t.Errorf("two mutants are called %q", m.name)
		}
		names[m.name] = true
		if changed, err := m.edit(); err != nil {
			t.Error(err)
		} else if m.old == m.new || len(changed) == 0 {
			t.Errorf("mutant %q changes nothing", m.name)
		}
		for _, name := range strings.FieldsFunc(m.run, func(r rune) bool { return strings.ContainsRune("^$|()", r) }) {
			if !hasTest(t, m.pkg, name) {
				t.Errorf("mutant %q: there is no test %s in %s", m.name, name, m.pkg)
			}
		}
	}
	if len(mutants) < 25 {
		t.Errorf("there are %d mutants, want at least 25", len(mutants))
	}
}

func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pkg), "*_test.go"))
	check(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		if bytes.Contains(text, []byte("func "+name+"(t *testing.T)")) {
			return true
		}
	}
	return false
}

// MUTANTS.md shows the table. go test ./integration -run TestMutantsAreListed -write-mutants
func TestMutantsAreListed(t *testing.T) {
	var b strings.Builder
	b.WriteString(mutantsHead)
	for _, m := range mutants {
		fmt.Fprintf(&b, "| %s | `%s` | `%s` | `%s` |\n", m.name, m.file, m.pkg, strings.ReplaceAll(m.run, "|", " "))
	}
	fmt.Fprintf(&b, "\n%d mutants.\n", len(mutants))
	if *writeMutants {
		check(t, os.WriteFile("MUTANTS.md", []byte(b.String()), 0o644))
	}
	got, err := os.ReadFile("MUTANTS.md")
	check(t, err)
	if string(got) != b.String() {
		t.Error("MUTANTS.md is not what the table says; write it with -run TestMutantsAreListed -write-mutants")
	}
}

const mutantsHead = `# Mutants

Faults of consequence that were planted, one at a time, and the test that fails then. They are no part of the product: each is a
changed copy of one file, laid over the real one by ` + "`go test -overlay`" + `. The table in ` + "`mutants_test.go`" + ` holds the changes; this file is
written from it. A test of every run holds that each still fits the code.

` + "```" + `
go test -tags mutants ./integration -run TestMutants -v -timeout 60m              all of them
go test -tags mutants ./integration -run 'TestMutantsAreKilled/the_chain' -v      one
` + "```" + `

The run wants the named test to pass without the mutant and to fail with it.

| with the fault | in | package of the test | killed by |
|---|---|---|---|
`
