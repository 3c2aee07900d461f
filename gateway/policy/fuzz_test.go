package policy

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// FuzzParse: any bytes give a policy or a problem with a code, a line and a fix;
// what is accepted is accepted again from its own text, and reads the same to
// the YAML library's decoder.
func FuzzParse(f *testing.F) {
	addWorked(f, func(text string) { f.Add([]byte(text)) })
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, fault := comparePlain(string(text)); fault != "" {
			t.Fatal(fault)
		}
		p, err := Parse(text)
		if err != nil {
			checkProblem(t, err)
			return
		}
		again, err := Parse(p.Text())
		if err != nil || again.SHA256() != p.SHA256() {
			t.Fatalf("the text of a policy gives %v, %v", again, err)
		}
		checkRules(t, p, readSheet(t, text))
		same, err := Parse(p.Canonical())
		if err != nil || same.Meaning() != p.Meaning() {
			t.Fatalf("the canonical text gives %v\n%s", err, p.Canonical())
		}
		if Widens(p, same) || Widens(same, p) {
			t.Fatalf("the canonical text allows something else\n%s", p.Canonical())
		}
	})
}

func checkProblem(t *testing.T, err error) {
	t.Helper()
	var got *schema.Problem
	if !errors.As(err, &got) || got.Code == "" || got.Fix == "" || got.Detail == "" || !strings.HasPrefix(got.Pointer, "line ") {
		t.Fatalf("got %#v, want a problem with a code, a line and a fix", err)
	}
	if len(got.Error()) > 16<<10 {
		t.Fatalf("the problem has %d octets", len(got.Error()))
	}
}

// checkRules compares what Parse kept with what the decoder reads.
func checkRules(t *testing.T, p *Policy, s sheet) {
	t.Helper()
	if len(p.rules) != len(s.Rules) {
		t.Fatalf("got %d rules, the decoder reads %d", len(p.rules), len(s.Rules))
	}
	for i, r := range p.rules {
		w := s.Rules[i]
		same := r.name == w.Name && string(r.direction) == w.Direction && r.minors == w.Minors &&
			strings.Join(texts(r.listed), " ") == strings.Join(w.Peers, " ") &&
			strings.Join(texts(r.types), " ") == strings.Join(w.Types, " ") &&
			strings.Join(texts(r.categories), " ") == strings.Join(w.Categories, " ") &&
			strings.Join(texts(r.approve), " ") == strings.Join(w.Approve, " ") &&
			strings.Join(texts(r.redact), " ") == strings.Join(w.Redact, " ") &&
			strings.Join(texts(r.subjects), " ") == strings.Join(w.Subjects, " ") &&
			strings.Join(texts(r.codes), " ") == strings.Join(w.Codes, " ") &&
			strings.Join(texts(r.purposes), " ") == strings.Join(w.Purposes, " ") &&
			strings.Join(texts(r.languages), " ") == strings.Join(w.Languages, " ") &&
			r.from.String() == w.From && r.until.String() == w.Until &&
			strings.Join(texts(r.instruments), " ") == strings.Join(w.Instruments, " ")
		if !same {
			t.Fatalf("rule %d: got %+v, the decoder reads %+v", i, r, w)
		}
	}
}

// FuzzDecide: for any policy that parses and any question, the decision is that
// of the naive reading, and its text is fit to print.
func FuzzDecide(f *testing.F) {
	addWorked(f, func(text string) {
		f.Add([]byte(text), "NL", "send", "mla.request", "EIO", 1, "case.meta,id.name+minor", "victim", "H1", "detection", "nl", "2026-06-30")
	})
	f.Fuzz(func(t *testing.T, text []byte, peer, direction, typ, instrument string, marking int, categories, subject, codes, purposes, languages, day string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		q := Question{Peer: schema.Jurisdiction(peer), Direction: Direction(direction), Type: typ, Instrument: instrument, Marking: schema.Marking(marking),
			Codes: split(codes), Purposes: split(purposes), Languages: split(languages), Findings: find(split(categories)...)}
		q.Day, _ = time.Parse(time.DateOnly, day)
		if len(q.Findings) > 0 {
			q.Findings[0].Subject = subject
		}
		checkDecision(t, p, readSheet(t, text), q)
		if got := p.Explain(q).Text(); strings.ContainsAny(got, "\x1b\r\t\u202e") {
			t.Fatalf("got control characters in %q", got)
		}
	})
}

// split a list with commas, none for "".
func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// addWorked seeds a fuzz target with the worked policies, beside testdata/fuzz.
func addWorked(f *testing.F, add func(string)) {
	f.Helper()
	files, err := filepath.Glob("testdata/worked/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		add(readFile(f, file))
	}
	seeds, err := filepath.Glob("testdata/fuzz/" + f.Name() + "/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no committed seeds for %s: %v", f.Name(), err)
	}
}
