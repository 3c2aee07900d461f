package schema

import "testing"

func TestLoad(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Errorf("%s: %v", typ.Name, err)
			continue
		}
		for _, f := range m.Findings {
			t.Log(typ.Name, f)
		}
	}
}
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
func BenchmarkRead(b *testing.B) {
	c, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	raw, _ := c.Example("mla.request")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(raw); err != nil {
			b.Fatal(err)
		}
	}
}
