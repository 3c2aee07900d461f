package schema

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shipped is the embedded catalogue, compiled once for all tests.
var shipped = sync.OnceValues(Load)

func catalogue(t testing.TB) *Catalogue {
	t.Helper()
	c, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTypesAreThoseThatShip(t *testing.T) {
	var got []string
	for _, typ := range catalogue(t).Types() {
		got = append(got, typ.Name)
	}
	want := []string{
		"arrest.provisional",
		"arrest.result",
		"asset.confiscation.order",
		"asset.execution.report",
		"asset.freeze.order",
		"asset.withdraw",
		"consultation.open",
		"consultation.reply",
		"data.consent.decision",
		"data.consent.request",
		"data.correction",
		"data.erasure",
		"data.use.report",
		"data.use.request",
		"directory.entry",
		"evidence.custody",
		"evidence.enforcement.decision",
		"evidence.enforcement.request",
		"evidence.nonexecution",
		"evidence.preservation.confirm",
		"evidence.preservation.extend",
		"evidence.preservation.order",
		"evidence.preservation.partial-disclosure",
		"evidence.preservation.request",
		"evidence.production.adapt",
		"evidence.production.clarify",
		"evidence.production.clear",
		"evidence.production.deadline",
		"evidence.production.maintain",
		"evidence.production.notify",
		"evidence.production.object",
		"evidence.production.order",
		"evidence.production.request",
		"evidence.production.withdraw",
		"evidence.receipt",
		"evidence.return",
		"evidence.transfer",
		"extradition.answer",
		"extradition.assurance",
		"extradition.decision",
		"extradition.request",
		"extradition.supplement",
		"fiu.consent.decision",
		"fiu.consent.request",
		"fiu.disclosure",
		"fiu.joint.answer",
		"fiu.joint.propose",
		"fiu.request",
		"fiu.response",
		"incident.breach",
		"information.spontaneous",
		"intel.hit",
		"intel.query",
		"intel.report",
		"intel.response",
		"jit.agreement",
		"jit.amendment",
		"jit.close",
		"jit.consent",
		"jit.extension",
		"jit.information",
		"jit.member",
		"jit.proposal",
		"medicine.alert",
		"mla.interception.notice",
		"mla.interception.objection",
		"mla.proceedings.decision",
		"mla.proceedings.transfer",
		"mla.request",
		"mla.response",
		"mla.service.proof",
		"mla.service.request",
		"notice.assets",
		"notice.cancel",
		"notice.hit",
		"notice.locate",
		"notice.missing",
		"notice.modus",
		"notice.sanctions",
		"notice.threat",
		"notice.unidentified",
		"notice.update",
		"notice.wanted",
		"notice.warn",
		"receipt.stage",
		"seizure.notification",
		"sis.supplementary",
		"speciality.consent.decision",
		"speciality.consent.request",
		"status.acknowledged",
		"status.clarified",
		"status.costs",
		"status.delayed",
		"status.executed",
		"status.formality-refused",
		"status.forwarded",
		"status.impossible",
		"status.incomplete",
		"status.partial",
		"status.postponed",
		"status.preserved",
		"status.query",
		"status.received",
		"status.recognised",
		"status.refused",
		"status.remedy",
		"status.resumed",
		"status.returned",
		"status.substituted",
		"status.suggested",
		"status.terminated",
		"status.withdrawn",
		"surrender.arrange",
		"surrender.notice",
		"transit.decision",
		"transit.request",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnknownTypeNamesThoseThatExist(t *testing.T) {
	c := catalogue(t)
	for _, find := range []func() error{
		func() error { _, err := c.Type("mla.reqest"); return err },
		func() error { _, err := c.Example("mla.reqest"); return err },
		func() error { _, err := c.Read([]byte(`{"type":"mla.reqest"}`)); return err },
		func() error { _, _, err := c.Complete([]byte(`{"type":"mla.reqest"}`), Draft{}); return err },
	} {
		var p *Problem
		if !errors.As(find(), &p) || p.Code != "unknown_type" || p.Pointer != "/type" {
			t.Fatalf("got %v, want unknown_type at /type", p)
		}
		if !strings.Contains(p.Fix, "Did you mean mla.request?") || !strings.Contains(p.Fix, "comity types list") {
			t.Errorf("the fix %q does not name the closest type and where the others are", p.Fix)
		}
	}
}

func TestInstrumentsHaveClocksAndGrounds(t *testing.T) {
	c := catalogue(t)
	eio, err := c.Instrument("EIO")
	if err != nil {
		t.Fatal(err)
	}
	if k := eio.Clocks[0]; k.ID != "E-ACK" || k.Period != (Period{7, Day}) || !slices.Contains(k.Stops, "acknowledge") {
		t.Errorf("got first clock %+v, want E-ACK of 7 days stopped by acknowledge", k)
	}
	if g := eio.Grounds["ne-bis-in-idem"]; !g.Consult || g.Strength != "optional" {
		t.Errorf("got %+v, want optional after consultation", g)
	}
	if _, err := c.Instrument("MAGNA-CARTA"); err == nil || !strings.Contains(err.Error(), "EIO") {
		t.Errorf("got %v, want the instruments that exist", err)
	}
}

func TestCategoriesHaveSensitivity(t *testing.T) {
	c := catalogue(t)
	for category, want := range map[string]int{"authority.contact": 0, "id.name": 1, "fin.account": 3, "gen.dna": 4, "unstated": 4, "no.such": 4} {
		if got := c.Sensitivity(category); got != want {
			t.Errorf("%s: got %d, want %d", category, got, want)
		}
	}
	if got := c.Categories(); !slices.Contains(got, "bio.fingerprint") || len(got) != len(c.Codes("categories")) {
		t.Errorf("got %v", got)
	}
}

func TestLabel(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct{ lang, code, want string }{
		{"en", "measures/banking-operations", "Information on banking and other financial operations"},
		{"fr", "measures/hearing", "Audition"},
		{"fr", "fin.account", "Compte bancaire"},
		{"fr", "mla.request", "Demande d'entraide judiciaire"},
		{"en", "EIO", "European Investigation Order (Directive 2014/41/EU)"},
		{"pt", "victim", "Victim"}, // falls back to English
		{"en", "no-such-code", "no-such-code"},
		{"fr", "iban", "IBAN"},
	} {
		if got := c.Label(row.lang, row.code); got != row.want {
			t.Errorf("Label(%q, %q): got %q, want %q", row.lang, row.code, got, row.want)
		}
	}
}

func TestNearest(t *testing.T) {
	fields := []string{"name", "first_names", "nationalities", "date_of_birth"}
	for _, row := range []struct{ got, want string }{
		{"nationalites", "nationalities"}, {"firstnames", "first_names"},
		{"date_of_brith", "date_of_birth"}, {"NATIONALITIES", "nationalities"}, {"zzz", ""}, {"", ""}, {strings.Repeat("x", 5000), ""},
	} {
		if got := Nearest(row.got, fields); got != row.want {
			t.Errorf("Nearest(%.20q): got %q, want %q", row.got, got, row.want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	c := catalogue(b)
	raw, err := c.Example("mla.request")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// The table of the catalogue in SCHEMA.md names every type there is, by its title.
func TestTheCatalogueIsListed(t *testing.T) {
	text, err := os.ReadFile("SCHEMA.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9.-]+)` \\| (.+) \\|$").FindAllStringSubmatch(string(text), -1) {
		listed[row[1]] = row[2]
	}
	types := catalogue(t).Types()
	for _, typ := range types {
		if got := listed[typ.Name]; got != typ.Title["en"] {
			t.Errorf("%s: SCHEMA.md says %q, want %q", typ.Name, got, typ.Title["en"])
		}
	}
	if !strings.Contains(string(text), fmt.Sprintf("\n%d types.", len(types))) {
		t.Errorf("SCHEMA.md does not say that there are %d types", len(types))
	}
}
