package schema

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// suiteModule holds the JSON parsing test suite: data, and no package to import.
// go.mod pins it through a program that it holds.
const suiteModule = "github.com/nst/JSONTestSuite"

// suite returns the files of the suite by name.
func suite(t *testing.T) map[string][]byte {
	t.Helper()
	var module struct{ Dir, Error string }
	out, err := exec.Command("go", "mod", "download", "-json", suiteModule).Output()
	if err == nil {
		err = json.Unmarshal(out, &module)
	}
	if err != nil || module.Error != "" {
		t.Fatalf("the suite is not at hand: %v %s", err, module.Error)
	}
	dir := filepath.Join(module.Dir, "test_parsing")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// stricter are the well formed files of the suite that no message may hold.
var stricter = map[string]string{
	"y_object_duplicated_key.json":               "duplicate_name",    // readers differ in which of the two counts
	"y_object_duplicated_key_and_value.json":     "duplicate_name",    // likewise
	"y_number_double_close_to_zero.json":         "bad_number",        // 78 digits are more than any number needs
	"y_string_allowed_escapes.json":              "control_character", // backspace and form feed
	"y_string_escaped_control_character.json":    "control_character", // U+0012
	"y_string_null_escape.json":                  "control_character", // NUL ends a string in C
	"y_string_unescaped_char_delete.json":        "control_character", // DEL
	"y_string_with_del_character.json":           "control_character", // DEL
	"y_string_escaped_noncharacter.json":         "control_character", // U+FFFF; the rest are noncharacters too
	"y_string_last_surrogates_1_and_2.json":      "control_character",
	"y_string_nonCharacterInUTF-8_U+10FFFF.json": "control_character",
	"y_string_nonCharacterInUTF-8_U+FFFF.json":   "control_character",
	"y_string_unicode_U+10FFFE_nonchar.json":     "control_character",
	"y_string_unicode_U+1FFFE_nonchar.json":      "control_character",
	"y_string_unicode_U+FDD0_nonchar.json":       "control_character",
	"y_string_unicode_U+FFFE_nonchar.json":       "control_character",
}

// The strict reader takes every well formed file of the suite but those above, as
// the value encoding/json reads, and refuses every malformed one and every one on
// which readers may differ.
func TestSuite(t *testing.T) {
	count := map[string]int{}
	for name, raw := range suite(t) {
		sort, _, _ := strings.Cut(name, "_")
		count[sort]++
		inside := slices.Concat([]byte(`{"v":`), raw, []byte(`}`)) // a message is an object
		got, p := parse(inside)
		switch code := stricter[name]; {
		case sort != "y":
			if _, alone := parse(raw); p == nil || alone == nil {
				t.Errorf("%s: accepted", name)
			}
		case code != "":
			count["stricter"]++
			if p == nil || p.Code != code {
				t.Errorf("%s: got %v, want %s", name, p, code)
			}
		case p != nil:
			t.Errorf("%s: refused: %v", name, p)
		default:
			var want any
			if err := json.Unmarshal(inside, &want); err != nil {
				t.Fatal(err)
			}
			if err := differ(got, want); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	want := map[string]int{"y": 95, "n": 188, "i": 35, "stricter": len(stricter)}
	for sort, n := range want {
		if count[sort] != n {
			t.Errorf("got %d files of sort %s, want %d", count[sort], sort, n)
		}
	}
}
