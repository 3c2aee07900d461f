package program

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/comity-exchange/comity/schema"
)

// FuzzConfig: any comity.yaml gives a configuration that, written down, is read as
// the same, or the problem bad_config; a key that is not known is always the latter.
func FuzzConfig(f *testing.F) {
	shipped, err := render(configFile, map[string]string{"Listen": "127.0.0.1:4222", "Web": "127.0.0.1:8080", "Card": "be.card", "Jurisdiction": "BE"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	for _, seed := range []string{"", "---\n", "listen: x\nlisten: y\n", "lisen: x\n", "Listen: x\n", "listen: [a]\n", "listen: {a: b}\n", "web: 1\n", "web: null\n", "web: ~\n",
		"2: x\nlisen: x\n", "true: 1\n", "~: x\n", "? [a]\n: x\n", "? web\n: x\n", "1: 1\n", "dir: /\n", "-: /\n", "\"-\": /\n", "version: 1\n", "card: !!binary aGVsbG8=\n", "card: &a x\nweb: *a\n", "<<: {web: x}\n", "card: |\n  x\n  y\n", "listen: x\n---\nlisten: y\n", "card: \"\\u202e\"\n", "\ufefflisten: x\n", "card: [", "\tcard: x"} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	read := func(t *testing.T, text []byte) (Config, error) {
		if err := os.WriteFile(filepath.Join(dir, configFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadConfig(dir)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := read(t, text)
		var p *schema.Problem
		if err != nil {
			if !errors.As(err, &p) || p.Code != "bad_config" || p.Detail == "" || p.Fix == "" {
				t.Fatalf("got %v, want bad_config with what to do", err)
			}
			return
		}
		if got.Dir != dir || got.Version != "" {
			t.Fatalf("the file sets what it cannot: %+v", got)
		}
		written, err := yaml.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := read(t, written); err != nil || again != got {
			t.Fatalf("written as %q it is read as %+v, %v, want %+v", written, again, err, got)
		}
		if _, err := read(t, append([]byte("no_such_key: 1\n"), text...)); err == nil {
			t.Fatal("an unknown key passes")
		}
	})
}
