package gateway

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func sampleReceipt() *Receipt {
	h := sampleHead()
	h.From, h.To = h.To, h.From
	return &Receipt{Head: h, Pouch: fill(0xc0), Verdicts: []Verdict{{SHA256: fill(0x3f)}, {SHA256: fill(0xa7), Code: DeniedByPolicy}}}
}

func sampleRefusal() *Refusal {
	r := sampleReceipt()
	return &Refusal{Head: r.Head, Pouch: r.Pouch, Code: Gap}
}

func TestReceiptText(t *testing.T) {
	h := func(pair string) string { return strings.Repeat(pair, 32) }
	head := "# from: NL " + h("31") + "\n# to: BE " + h("be") + "\n# epoch: 1\n# seq: 42\n# pouch: " + h("c0") +
		"\n# date: 2026-11-23T21:05:52Z\n# journal: " + h("51") + "\n"
	want := "# comity receipt 1\n" + head + "accepted  " + h("3f") + "\nrefused   " + h("a7") + "  policy\n"
	if got := string(sampleReceipt().Encode()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r, err := ParseReceipt([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v", *r); got != fmt.Sprintf("%+v", *sampleReceipt()) {
		t.Errorf("parsed %s", got)
	}
	want = "# comity refusal 1\n" + head + "# code: gap\n"
	if got := string(sampleRefusal().Encode()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := ParseRefusal([]byte(want)); err != nil {
		t.Error(err)
	}
}

func TestReceiptRefused(t *testing.T) {
	good := string(sampleReceipt().Encode())
	for _, c := range []struct{ name, from, to string }{
		{"manifest title", "# comity receipt 1", "# comity pouch 1"},
		{"prev for pouch", "# pouch:", "# prev:"},
		{"no verdict", good[strings.Index(good, "accepted"):], ""},
		{"other verdict", "accepted ", "approved "},
		{"one blank", "accepted  ", "accepted "},
		{"accepted with a code", strings.Repeat("3f", 32), strings.Repeat("3f", 32) + "  policy"},
		{"refused without a code", "  policy", ""},
		{"refused with two codes", "  policy", "  policy  policy"},
		{"code with capitals", "  policy", "  Policy"},
		{"code with a blank", "  policy", "  no policy"},
		{"code too long", "  policy", "  " + strings.Repeat("p", 33)},
		{"code starting with a digit", "  policy", "  1policy"},
		{"header after verdicts", "refused ", "# note: x\nrefused "},
		{"too many verdicts", "refused ", strings.Repeat("accepted  "+strings.Repeat("3f", 32)+"\n", MaxMessages-1) + "refused "},
		{"no end of line", "policy\n", "policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.from) {
				t.Fatalf("the sample does not contain %q", c.from)
			}
			if r, err := ParseReceipt([]byte(strings.Replace(good, c.from, c.to, 1))); err == nil {
				t.Errorf("accepted as %+v", r)
			}
		})
	}
}

func TestRefusalRefused(t *testing.T) {
	good := string(sampleRefusal().Encode())
	for _, c := range []struct{ name, from, to string }{
		{"other code", "code: gap", "code: policy"},
		{"no code", "# code: gap\n", ""},
		{"two codes", "# code: gap\n", "# code: gap\n# code: gap\n"},
		{"a verdict", "# code: gap\n", "# code: gap\naccepted  " + strings.Repeat("3f", 32) + "\n"},
		{"receipt title", "refusal", "receipt"},
	} {
		if r, err := ParseRefusal([]byte(strings.Replace(good, c.from, c.to, 1))); err == nil {
			t.Errorf("%s: accepted as %+v", c.name, r)
		}
	}
}

func TestReceiptCoversItsManifestOnly(t *testing.T) {
	m := sampleManifest()
	verdicts, ok := sampleReceipt().covers(m)
	if !ok || len(verdicts) != 2 || verdicts[0].ID != id1 || verdicts[1].Code != DeniedByPolicy {
		t.Errorf("got %+v, %v", verdicts, ok)
	}
	for name, change := range map[string]func(*Receipt){
		"one verdict too few":  func(r *Receipt) { r.Verdicts = r.Verdicts[:1] },
		"one verdict too many": func(r *Receipt) { r.Verdicts = append(r.Verdicts, Verdict{SHA256: fill(0xc0)}) },
		"swapped":              func(r *Receipt) { r.Verdicts[0], r.Verdicts[1] = r.Verdicts[1], r.Verdicts[0] },
		"other digest":         func(r *Receipt) { r.Verdicts[0].SHA256[31]++ },
	} {
		r := sampleReceipt()
		change(r)
		if _, ok := r.covers(m); ok {
			t.Errorf("%s: covers", name)
		}
	}
}

func TestRefusalCodesHaveTheirForm(t *testing.T) {
	for _, table := range [][]Explained{MessageCodes, PouchCodes, LinkCodes} {
		for _, c := range table {
			if !codeForm([]byte(c.Code)) || c.Meaning == "" || c.Fix == "" {
				t.Errorf("%+v is not whole", c)
			}
		}
	}
}

func FuzzReceipt(f *testing.F) {
	f.Add(sampleReceipt().Encode())
	f.Add(sampleRefusal().Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := ParseReceipt(text); err == nil && !bytes.Equal(r.Encode(), text) {
			t.Errorf("%q re-encodes to %q", text, r.Encode())
		}
		if r, err := ParseRefusal(text); err == nil && !bytes.Equal(r.Encode(), text) {
			t.Errorf("%q re-encodes to %q", text, r.Encode())
		}
	})
}
