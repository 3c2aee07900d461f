package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseRefuses(t *testing.T) {
	for _, row := range []struct{ name, raw, code, pointer string }{
		{"nothing", "", "not_an_object", ""},
		{"an array", `[1]`, "not_an_object", ""},
		{"a string", `"x"`, "not_an_object", ""},
		{"null", `null`, "not_an_object", ""},
		{"not UTF-8", "{\"a\":\"\xff\"}", "bad_json", "/a"},
		{"a lone surrogate", `{"a":"\ud800"}`, "bad_json", "/a"},
		{"a byte order mark", "\ufeff{}", "bad_json", ""},
		{"a comment", `{"a":1 /* x */}`, "bad_json", ""},
		{"a trailing comma", `{"a":1,}`, "bad_json", ""},
		{"an unfinished object", `{"a":1`, "bad_json", ""},
		{"a mismatched bracket", `{"a":[1}`, "bad_json", "/a"},
		{"NaN", `{"a":NaN}`, "bad_json", "/a"},
		{"a leading zero", `{"a":01}`, "bad_json", ""},
		{"two objects", `{} {}`, "trailing_data", ""},
		{"garbage after the end", `{}x`, "trailing_data", ""},
		{"a duplicate name", `{"a":1,"b":{"c":1,"c":2}}`, "duplicate_name", "/b/c"},
		{"a duplicate by escape", `{"a":1,"\u0061":2}`, "duplicate_name", "/a"},
		{"a case variant", `{"x":{"name":1,"Name":2}}`, "case_variant", "/x/name"},
		{"a case variant under a name that is no field", `{"x":{"":{"name":1,"Name":2}}}`, "case_variant", "/x"},
		{"a case variant under a name with spaces", `{"John Doe":{"name":1,"Name":2}}`, "case_variant", ""},
		{"a case variant with a slash", `{"x":{"a/b":1,"A/B":2}}`, "case_variant", "/x"},
		{"the Kelvin sign for a k", "{\"kind\":1,\"\u212aind\":2}", "case_variant", ""},
		{"a long s for an s", "{\"sex\":1,\"\u017fex\":2}", "case_variant", ""},
		{"an overflowing number", `{"a":1e999999}`, "bad_number", "/a"},
		{"an underflowing number", `{"a":1e-999999}`, "bad_number", "/a"},
		{"an integer beyond 2^53", `{"a":9007199254740993}`, "bad_number", "/a"},
		{"an integer beyond int64", `{"a":92233720368547758080}`, "bad_number", "/a"},
		{"a decimal of 17 digits", `{"a":[0.12345678901234567]}`, "bad_number", "/a/0"},
		{"a number of 400 digits", `{"a":` + strings.Repeat("1", 400) + `}`, "bad_number", "/a"},
		{"a NUL", `{"a":"x\u0000"}`, "control_character", "/a"},
		{"an escape sequence", `{"a":"\u001b[2J"}`, "control_character", "/a"},
		{"a C1 control", `{"a":"\u009b"}`, "control_character", "/a"},
		{"a noncharacter", `{"a":"\uffff"}`, "control_character", "/a"},
		{"a long name", `{"` + strings.Repeat("a", MaxName+1) + `":1}`, "name_too_long", ""},
		{"a name with a line feed and a wrong value", `{"a\nb":1e999}`, "bad_number", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, p := parse([]byte(row.raw))
			if p == nil || p.Code != row.code || p.Pointer != row.pointer {
				t.Fatalf("got %+v, want %s at %q", p, row.code, row.pointer)
			}
			if p.Detail == "" || p.Fix == "" {
				t.Errorf("%s does not say what to do", p.Code)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	for _, row := range []struct {
		raw  string
		want map[string]any
	}{
		{` {} `, map[string]any{}},
		{`{"a":{"b":[1,true,false,null,"\u00e9"]}}`, map[string]any{"a": map[string]any{"b": []any{int64(1), true, false, nil, "é"}}}},
		{`{"a":9007199254740991,"b":-9007199254740991}`, map[string]any{"a": int64(1<<53 - 1), "b": int64(-1<<53 + 1)}},
		{`{"a":1.5,"b":1e3,"c":0.0,"d":-0}`, map[string]any{"a": 1.5, "b": 1000.0, "c": 0.0, "d": int64(0)}},
		{`{"a":"tab\tline\n","A2":1}`, map[string]any{"a": "tab\tline\n", "A2": int64(1)}},
	} {
		got, p := parse([]byte(row.raw))
		if p != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %v (%v), want %v", row.raw, got, p, row.want)
		}
	}
}

// F17: whatever is built to cost much is refused quickly and without much memory.
func TestBombsAreCheap(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, (MaxMessage-64)/len(unit)) }
	names := &strings.Builder{}
	for i := 0; names.Len() < MaxMessage-64; i++ {
		fmt.Fprintf(names, `"k%d":0,`, i)
	}
	cased := &strings.Builder{}
	for i := 0; i < MaxValues/2-10; i++ {
		fmt.Fprintf(cased, `"K%d":0,`, i)
	}
	c := catalogue(t)
	for _, row := range []struct{ name, raw, code string }{
		{"10,000 deep arrays", `{"a":` + strings.Repeat("[", 10_000), "too_deep"},
		{"10,000 deep objects", strings.Repeat(`{"a":`, 10_000), "too_deep"},
		{"33 deep", `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, "too_deep"},
		{"a 300 MB string", `{"a":"` + strings.Repeat("x", 300<<20) + `"}`, "message_too_large"},
		{"a million keys", `{` + strings.Repeat(`"a":0,`, 1_000_000), "message_too_large"},
		{"as many keys as fit", `{` + names.String() + `"z":0}`, "too_many_values"},
		{"as many names in capitals as fit", `{` + cased.String() + `"type":"mla.request"}`, "invalid_message"},
		{"as many numbers as fit", `{"a":[` + fill("0,") + `0]}`, "too_many_values"},
		{"as many empty lists as fit", `{"a":[` + fill("[],") + `[]]}`, "too_many_values"},
		{"a long string", `{"a":"` + fill("x") + `"}`, "string_too_long"},
		{"a string of escapes", `{"a":"` + fill(`\u00e9`) + `"}`, "string_too_long"},
		{"1e999999", `{"a":1e999999}`, "bad_number"},
		{"a number of 200,000 digits", `{"a":` + fill("7") + `}`, "bad_number"},
		{"spaces", fill(" "), "not_an_object"},
		{"quotes", `{"a":` + fill(`"`), "bad_json"},
		{"5,000 unknown fields", `{"type":"mla.request",` + strings.ReplaceAll(cased.String(), "K", "k") + `"body":{}}`, "invalid_message"},
		{"a list of bad persons, each with its lists", strings.Replace(string(example(t, "mla.request")), `"persons": [`, `"persons": [`+strings.Repeat(`{"phones":[0,0,0]},`, 1500), 1), "invalid_message"},
		{"bad transactions", strings.Replace(string(example(t, "mla.response")), `"items": [`, `"items": [`+strings.Repeat(`{"transactions":[`+strings.Repeat(`{},`, 290)+`{}]},`, 31), 1), "invalid_message"},
		{"a list of bad persons", strings.Replace(string(example(t, "mla.request")), `"persons": [`, `"persons": [`+strings.Repeat(`{"x":1},`, 3000), 1), "invalid_message"},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw := []byte(row.raw)
			least := time.Hour
			var before, after runtime.MemStats
			for range 5 { // the machine may be busy: the best of five counts
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err := c.Read(raw)
				took := time.Since(start)
				runtime.ReadMemStats(&after)
				if p, ok := err.(*Problem); !ok || p.Code != row.code {
					t.Fatalf("got %.300v, want %s", err, row.code)
				}
				least = min(least, took)
			}
			if limit := 10 * time.Millisecond * slowdown; least > limit {
				t.Errorf("refused after %v, want at most %v", least, limit)
			}
			if grown := after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc); grown > 16<<20 {
				t.Errorf("memory grew by %d octets", grown)
			}
		})
	}
}

// differ says where a strictly read value and one read by encoding/json differ.
func differ(a, b any) error {
	switch a := a.(type) {
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(m) != len(a) {
			return fmt.Errorf("got object of %d, want %v", len(a), b)
		}
		for k, v := range a {
			if err := differ(v, m[k]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		l, ok := b.([]any)
		if !ok || len(l) != len(a) {
			return fmt.Errorf("got array of %d, want %v", len(a), b)
		}
		for i := range a {
			if err := differ(a[i], l[i]); err != nil {
				return err
			}
		}
		return nil
	case int64:
		if f, ok := b.(float64); !ok || int64(f) != a {
			return fmt.Errorf("got %d, want %v", a, b)
		}
		return nil
	}
	if a != b {
		return fmt.Errorf("got %v, want %v", a, b)
	}
	return nil
}

// FuzzStrict: what the strict reader accepts, encoding/json accepts as the same value.
func FuzzStrict(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, p := parse(raw)
		if p != nil {
			if p.Code == "" || p.Fix == "" || !utf8.ValidString(p.Error()) || strings.ContainsAny(p.Pointer, "\r\n\x1b ") {
				t.Fatalf("a refusal without code, fix or clean pointer: %+v", p)
			}
			return
		}
		var want any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if err := differ(got, want); err != nil {
			t.Fatal(err)
		}
	})
}

// seeds are the hostile files and every example.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/hostile/*.json")
	if err != nil || len(names) < 10 {
		t.Fatalf("got %d hostile seeds (%v), want at least 10", len(names), err)
	}
	var all [][]byte
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw)
	}
	for _, typ := range catalogue(t).Types() {
		all = append(all, typ.Example)
	}
	return all
}

// Every hostile file is refused, by the code its name begins with.
func TestHostileFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/hostile/*.json")
	if err != nil || len(names) < 10 {
		t.Fatalf("got %d hostile files (%v), want at least 10", len(names), err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = catalogue(t).Read(bytes.TrimSpace(raw))
		p, ok := err.(*Problem)
		if !ok {
			t.Errorf("%s: got %v, want a Problem", name, err)
			continue
		}
		got := []string{p.Code}
		for _, fault := range p.Errors {
			got = append(got, fault.Code)
		}
		want, _, _ := strings.Cut(filepath.Base(name), ".")
		if !slices.Contains(got, want) {
			t.Errorf("%s: got %v, want code %s", name, err, want)
		}
	}
}
