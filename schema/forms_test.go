package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// samples lies beside the repository where the public samples are at hand.
const samples = "../../shared/samples/"

// officialForm is one form that an annex prints, with the list that says where each
// of its lines is in a message.
type officialForm struct {
	name  string // of testdata/forms/<name>.tsv
	typ   string // of message
	act   string // Formex file
	annex int    // which annex of the act, from 0
}

var officialForms = []officialForm{
	{"eio-a", "mla.request", "eio-directive-2014-41", 0},
	{"eio-b", "status.acknowledged", "eio-directive-2014-41", 1},
	{"eio-c", "mla.interception.notice", "eio-directive-2014-41", 2},
	{"epoc", "evidence.production.notify", "e-evidence-2023-1543", 0},
	{"epoc-pr", "evidence.preservation.order", "e-evidence-2023-1543", 1},
	{"form-3", "evidence.nonexecution", "e-evidence-2023-1543", 2},
	{"form-5", "evidence.preservation.confirm", "e-evidence-2023-1543", 4},
	{"form-6", "evidence.preservation.extend", "e-evidence-2023-1543", 5},
}

// formLine is a line of a list: the section it stands in, its number in the form, the
// digest of its English text, and what stands for it in the message. A place is a
// pointer into the message, with "=code" if the line is a box that a code ticks;
// heading and instruction are lines that ask for nothing.
type formLine struct {
	section string
	number  int
	digest  string
	places  []string
}

func formList(t *testing.T, name string) []formLine {
	t.Helper()
	raw, err := os.ReadFile("testdata/forms/" + name + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	var list []formLine
	for row := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.TrimRight(row, "\n"), "\t")
		if len(cells) != 4 {
			t.Fatalf("%s: got %d cells in %q, want 4", name, len(cells), row)
		}
		number, err := strconv.Atoi(cells[1])
		if err != nil || number != len(list)+1 {
			t.Fatalf("%s: got number %q, want %d", name, cells[1], len(list)+1)
		}
		list = append(list, formLine{cells[0], number, cells[2], strings.Fields(cells[3])})
	}
	return list
}

// Every place that a list names is a field of the type, every code one of its list.
func TestFormPlacesExist(t *testing.T) {
	c := catalogue(t)
	for _, form := range officialForms {
		t.Run(form.name, func(t *testing.T) {
			asked := 0
			for _, line := range formList(t, form.name) {
				if len(line.places) == 0 {
					t.Errorf("line %d: has no place", line.number)
				}
				for _, place := range line.places {
					if place == "heading" || place == "instruction" {
						continue
					}
					asked++
					if !c.holds(form.typ, place) {
						t.Errorf("line %d: %s has no %s", line.number, form.typ, place)
					}
				}
			}
			if asked < 15 {
				t.Errorf("got %d places, want the whole form", asked)
			}
		})
	}
}

// holds says whether a place exists: a field, and the code that ticks a box of it.
func (c *Catalogue) holds(typ, place string) bool {
	pointer, code, ticked := strings.Cut(place, "=")
	n := c.types[typ].shape.at(strings.Split(strings.TrimPrefix(pointer, "/"), "/"))
	if n == nil || !ticked {
		return n != nil
	}
	return slices.Contains(c.lists[n.list], code) || n.list == "" && (code == "true" || code == "false")
}

// Section M is for the enforcing authority. What goes to the provider has every other
// field of the form, and none of that section (Regulation (EU) 2023/1543, Annex I).
func TestSectionMIsNotForTheProvider(t *testing.T) {
	c := catalogue(t)
	withheld := 0
	for _, line := range formList(t, "epoc") {
		for _, place := range line.places {
			rest, shared := strings.CutPrefix(place, "/body/order/")
			switch {
			case place == "heading" || place == "instruction":
			case line.section == "M":
				withheld++
				if shared || c.holds("evidence.production.order", place) {
					t.Errorf("line %d: the order to the provider has %s", line.number, place)
				}
			case !shared || !c.holds("evidence.production.order", "/body/"+rest):
				t.Errorf("line %d: the order to the provider lacks %s", line.number, place)
			}
		}
	}
	if withheld < 30 {
		t.Errorf("got %d places of section M, want the whole of it", withheld)
	}
}

// The lists hold every line of the official forms in its order, and no other.
func TestFormsAreWhole(t *testing.T) {
	for _, form := range officialForms {
		t.Run(form.name, func(t *testing.T) {
			raw, err := os.ReadFile(samples + "eur-lex/" + form.act + ".en.fmx4.xml")
			if err != nil {
				t.Skipf("left out: the official text is not at hand: %v", err)
			}
			got := annexLines(t, raw, form.annex)
			want := formList(t, form.name)
			if len(got) != len(want) {
				t.Errorf("the form has %d lines, the list %d", len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if d := lineDigest(got[i]); d != want[i].digest {
					t.Fatalf("line %d %q: got digest %s, the list has %s", i+1, got[i], d, want[i].digest)
				}
			}
		})
	}
}

// Both languages print the same boxes. One line of the French Annex A is printed as two.
func TestFormsHaveAsManyLinesInFrench(t *testing.T) {
	for _, form := range officialForms {
		t.Run(form.name, func(t *testing.T) {
			raw, err := os.ReadFile(samples + "eur-lex/" + form.act + ".fr.fmx4.xml")
			if err != nil {
				t.Skipf("left out: the official text is not at hand: %v", err)
			}
			want := len(formList(t, form.name))
			if form.name == "eio-a" {
				want++
			}
			if got := len(annexLines(t, raw, form.annex)); got != want {
				t.Errorf("got %d lines in French, want %d", got, want)
			}
		})
	}
}

// lineDigest is the first 12 hexadecimal digits of the SHA-256 of a line.
func lineDigest(line string) string {
	sum := sha256.Sum256([]byte(line))
	return hex.EncodeToString(sum[:6])
}

// annexLines gives the lines of one annex of a Formex 4 document: the text of each P and
// TXT without what is nested in it, white space collapsed, dots to write on removed.
func annexLines(t *testing.T, raw []byte, annex int) []string {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(raw))
	type open struct {
		line int // index into lines, -1 outside a P or TXT
	}
	var lines []string
	var stack []open
	at := -1
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return trimmed(lines)
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			next := open{-1}
			switch name := tok.Name.Local; {
			case name == "CONS.ANNEX":
				at++
			case at != annex:
			case name == "P" || name == "TXT":
				next.line = len(lines)
				lines = append(lines, "")
			case len(stack) > 0 && name != "NOTE" && name != "NO.P" && name != "LIST":
				next = stack[len(stack)-1] // part of the line around it, such as a date
			}
			stack = append(stack, next)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if n := len(stack); n > 0 && at == annex && stack[n-1].line >= 0 {
				lines[stack[n-1].line] += string(tok)
			}
		}
	}
}

func trimmed(lines []string) []string {
	var out []string
	for _, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line = strings.TrimRight(line, "…:;,. "); line != "" {
			out = append(out, line)
		}
	}
	return out
}
