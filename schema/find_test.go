package schema

import (
	"testing"
)

func TestFinder(t *testing.T) {
	raw := []byte(`{"subject":"Bank records of M\u00fcller","body":{"facts":"STRASSE in Orléans, قاسم","amount":42,"list":["ﬁrst","a\"b"]},"kind":"mla.request"}`)
	for _, row := range []struct {
		phrase string
		want   bool
	}{
		{"bank", true}, {"BANK records", true}, {"muller", true}, {"Müller", true}, {"orleans", true}, {"قاسم", true},
		{"straße", true}, {"first", true}, {`a"b`, true}, {"bank orleans muller", true}, {"bank missing", false},
		{"subject", false}, {"facts", false}, {"42", false}, // names and numbers are no texts
	} {
		if got := NewFinder(row.phrase).In(raw); got != row.want {
			t.Errorf("%q: got %v, want %v", row.phrase, got, row.want)
		}
	}
	for _, phrase := range []string{"", "  \t"} {
		if NewFinder(phrase) != nil {
			t.Errorf("%q is no search", phrase)
		}
	}
	if got := len(NewFinder("a b c d e f g h i j").words); got != MaxWords {
		t.Errorf("got %d words, want %d", got, MaxWords)
	}
	if NewFinder("x").In([]byte(`{"a":"b"`)) {
		t.Error("what is no message holds nothing")
	}
}

func BenchmarkFinder(b *testing.B) {
	t, err := catalogue(b).Type("mla.request")
	if err != nil {
		b.Fatal(err)
	}
	f := NewFinder("nowhere to be found")
	for b.Loop() {
		if f.In(t.Example) {
			b.Fatal("found")
		}
	}
}
