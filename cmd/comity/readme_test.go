package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const root = "../.."

// TestREADMEIsTheScript holds the README's walk against the script that runs it:
// the same commands in the same order, and the same files.
func TestREADMEIsTheScript(t *testing.T) {
	readme := readText(t, filepath.Join(root, "README.md"))
	script, err := txtar.ParseFile("testdata/script/newuser.txt")
	if err != nil {
		t.Fatal(err)
	}
	told := lines(readme, "$ ")
	run := lines(string(script.Comment), "exec ")
	if len(told) == 0 || len(told) != len(run) {
		t.Fatalf("the README has %d commands, the script runs %d", len(told), len(run))
	}
	for i := range told {
		if !sameCommand(told[i], run[i]) {
			t.Errorf("command %d\nREADME: %s\nscript: %s", i+1, told[i], run[i])
		}
	}
	for _, f := range script.Files {
		name, file, _ := strings.Cut(f.Name, "-")
		shown := strings.HasPrefix(file, "policy")
		if shown && !strings.Contains(readme, "`"+name+"/"+file+"`") || shown && !strings.Contains(readme, "```yaml\n"+string(f.Data)+"```") {
			t.Errorf("the README does not show %s as the script has it", f.Name)
		}
	}
}

// lines that begin with a prefix, without it.
func lines(text, prefix string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			found = append(found, strings.TrimSpace(rest))
		}
	}
	return found
}

var (
	variable   = regexp.MustCompile(`\\\$[A-Z_]+`)
	background = regexp.MustCompile(` &\w*&?$`)
)

// sameCommand lets the script have a variable where the README has its value.
func sameCommand(told, run string) bool {
	run = background.ReplaceAllString(run, "")
	pattern := variable.ReplaceAllString(regexp.QuoteMeta(run), `.+`)
	matched, err := regexp.MatchString("^"+pattern+"$", strings.NewReplacer(`"`, "", "'", "").Replace(told))
	if strings.Contains(run, "'") {
		return sameCommand(told, strings.ReplaceAll(run, "'", ""))
	}
	return err == nil && matched
}

func TestREADMENamesOnlyWhatIsThere(t *testing.T) {
	named := regexp.MustCompile("`((?:[a-z]+/)*[A-Za-z]+(?:\\.md)?)`").FindAllStringSubmatch(readText(t, filepath.Join(root, "README.md")), -1)
	checked := 0
	for _, n := range named {
		if !strings.Contains(n[1], "/") && !strings.HasSuffix(n[1], ".md") {
			continue
		}
		checked++
		if _, err := os.Stat(filepath.Join(root, n[1])); err != nil {
			t.Errorf("the README names %s, which is not there", n[1])
		}
	}
	if checked < 5 {
		t.Errorf("found only %d paths in the README", checked)
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
