package integration

import (
	"go/ast"
	"os"
	"regexp"
	"strings"
	"testing"
)

// matrix is every fault that the table must have.
var matrix = strings.Fields("F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24 F26 F27 F29 F30 F31")

// TestFaultTable holds FAULTS.md against the tests that there are.
func TestFaultTable(t *testing.T) {
	text, err := os.ReadFile("FAULTS.md")
	check(t, err)
	there := map[string]bool{}
	for _, f := range house(t).goFiles(t) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				there[fn.Name.Name] = true
			}
		}
	}
	rows := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 8 && strings.HasPrefix(strings.TrimSpace(cells[1]), "F") {
			rows[strings.TrimSpace(cells[1])] = line
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	for _, id := range matrix {
		line, ok := rows[id]
		if !ok {
			t.Errorf("%s has no row", id)
			continue
		}
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 && !strings.Contains(line, "comes with") {
			t.Errorf("%s has neither a test nor a reason", id)
		}
		for _, name := range tests {
			if !there[name[1]] {
				t.Errorf("%s names %s, which is no test here", id, name[1])
			}
		}
	}
	if len(rows) != len(matrix) {
		t.Errorf("%d rows, want %d", len(rows), len(matrix))
	}
}
