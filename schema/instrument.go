package schema

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Instrument is the profile of one legal basis: what it requires, the life cycle of
// its requests, its clocks and grounds.
type Instrument struct {
	Code         string              `json:"code"`
	Title        map[string]string   `json:"title"`  // by language
	Source       string              `json:"source"` // "general-knowledge": not read in the source text; correct it here
	Note         string              `json:"note"`
	Required     map[string][]string `json:"required"`     // by type: pointers to fields that must be there
	Declarations map[string][]string `json:"declarations"` // by type: pointers to what the sender must certify: true, or an object whose schema has it so
	Languages    *Languages          `json:"languages"`
	Machines     map[string]string   `json:"machines"` // by opening type: its life cycle, "" for none
	Off          []string            `json:"off"`      // transitions that the instrument does not have
	Articles     map[string]string   `json:"articles"` // by transition: where the instrument has it
	Counting     Counting            `json:"counting"`
	Clocks       []Clock             `json:"clocks"`
	Grounds      map[string]Ground   `json:"grounds"` // by code of refusal_grounds
}

// Languages is what an instrument says of translation.
type Languages struct {
	Article string            `json:"article"`
	Source  string            `json:"source"`
	Rule    map[string]string `json:"rule"`   // in words, by language
	Stated  []string          `json:"stated"` // types that must say in which languages they are

	Accepted map[string]Accepted `json:"accepted"` // by receiving country: what is known of the languages it accepts
}

// Accepted is in which languages one State takes requests under an instrument.
type Accepted struct {
	Languages []string `json:"languages"` // always
	Urgent    []string `json:"urgent"`    // also, if the request is urgent
	Others    bool     `json:"others"`    // others may do, so that none is refused here
	Source    string   `json:"source"`
	Note      string   `json:"note"`
}

// Ground is how an instrument treats one refusal ground.
type Ground struct {
	Strength string `json:"strength"` // optional or mandatory
	Consult  bool   `json:"consult"`  // a consultation must come first
	Article  string `json:"article"`
	Source   string `json:"source"`
	Note     string `json:"note"`
}

func readInstruments(fsys fs.FS, langs map[string]labels, lists map[string][]string) (map[string]*Instrument, error) {
	names, err := fs.Glob(fsys, "instruments/*.json")
	if err != nil {
		return nil, err
	}
	all := map[string]*Instrument{}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		in := &Instrument{}
		if err := json.Unmarshal(raw, in, json.RejectUnknownMembers(true)); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if in.Code != base(name) {
			return nil, fmt.Errorf("read %s: its code is %q", name, in.Code)
		}
		if err := in.check(langs, lists); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all[in.Code] = in
	}
	return all, nil
}

func (in *Instrument) check(langs map[string]labels, lists map[string][]string) error {
	var err error
	if in.Title, err = worded(langs, "instruments/"+in.Code+"/title", in.Title); err != nil {
		return fmt.Errorf("title: %w", err)
	}
	for lang := range langs {
		langs[lang].flat[in.Code] = in.Title[lang]
	}
	for name, ground := range in.Grounds {
		if !contains(lists["refusal_grounds"], name) {
			return fmt.Errorf("%q is no refusal ground", name)
		}
		if ground.Strength != "optional" && ground.Strength != "mandatory" {
			return fmt.Errorf("ground %s is neither optional nor mandatory", name)
		}
	}
	if in.Counting == "" {
		in.Counting = CountPlain
	}
	if in.Counting != CountPlain && in.Counting != CountEU {
		return fmt.Errorf("%q is no way of counting", in.Counting)
	}
	for i := range in.Clocks {
		if err := in.Clocks[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// machine is the life cycle of the requests that a type opens under the instrument, nil if none.
func (c *Catalogue) machine(in *Instrument, opening string) *Machine {
	if in != nil {
		if id, ok := in.Machines[opening]; ok {
			return c.machines[id]
		}
	}
	return c.opens[opening]
}

// noInstrument is the profile of messages that rest on none.
var noInstrument = &Instrument{Counting: CountPlain}

// instruments holds that what the profiles name exists, and notes on which of them
// alone a type may rest that must name one and begins a life cycle.
func (l *loader) instruments() error {
	for _, code := range l.c.Instruments() {
		for name := range l.c.instruments[code].Machines {
			if t := l.c.types[name]; t != nil && t.instrument == "required" && !contains(t.instruments, code) {
				t.instruments = append(t.instruments, code)
			}
		}
	}
	for _, code := range l.c.Instruments() {
		in := l.c.instruments[code]
		for _, check := range []func(*Instrument) error{l.pointers, l.cycles, l.clocks} {
			if err := check(in); err != nil {
				return fmt.Errorf("instruments/%s.json: %w", code, err)
			}
		}
	}
	return nil
}

func (l *loader) pointers(in *Instrument) error {
	for _, set := range []map[string][]string{in.Required, in.Declarations} {
		for name, pointers := range set {
			for _, p := range pointers {
				if t := l.c.types[name]; t == nil || t.shape.at(strings.Split(p[1:], "/")) == nil {
					return fmt.Errorf("%s %s does not exist", name, p)
				}
			}
		}
	}
	if in.Languages == nil {
		return nil
	}
	for country, a := range in.Languages.Accepted {
		wrong := func(tag string) bool { return !isLanguage(tag) }
		if !isCountry(country) || len(a.Languages) == 0 || slices.ContainsFunc(slices.Concat(a.Languages, a.Urgent), wrong) {
			return fmt.Errorf("languages accepted by %q are none", country)
		}
	}
	for _, name := range in.Languages.Stated {
		if l.c.types[name] == nil {
			return fmt.Errorf("languages names %q, which is no type", name)
		}
	}
	return nil
}

func (l *loader) cycles(in *Instrument) error {
	var used []*Machine
	for name, id := range in.Machines {
		m := l.c.machines[id]
		if l.c.types[name] == nil || (id != "" && m == nil) {
			return fmt.Errorf("%s %s does not exist", name, id)
		}
		if m != nil {
			used = append(used, m)
		}
	}
	for _, id := range slices.Concat(in.Off, slices.Collect(maps.Keys(in.Articles))) {
		if !slices.ContainsFunc(used, func(m *Machine) bool { return m.transition(id) != nil }) {
			return fmt.Errorf("none of its machines has a transition %q", id)
		}
	}
	return nil
}

func (l *loader) clocks(in *Instrument) error {
	for i := range in.Clocks {
		k := &in.Clocks[i]
		opening := k.On
		if len(opening) == 0 {
			opening = slices.Sorted(maps.Keys(in.Machines))
		}
		if len(opening) == 0 {
			return fmt.Errorf("clock %s has nothing to run on", k.ID)
		}
		k.when = map[string]*condition{}
		for _, name := range opening {
			t, m := l.c.types[name], l.c.machine(in, name)
			if t == nil || m == nil {
				return fmt.Errorf("clock %s: %q opens no life cycle", k.ID, name)
			}
			if err := k.bound(m); err != nil {
				return err
			}
			k.when[name] = nil
			if k.When == nil {
				continue
			}
			when, err := l.condition("instruments/"+in.Code+"/"+k.ID+"/"+name, k.When, t)
			if err != nil {
				return fmt.Errorf("clock %s: %w", k.ID, err)
			}
			k.when[name] = when
		}
	}
	return nil
}

// Instrument finds the profile of an instrument by its code.
func (c *Catalogue) Instrument(code string) (*Instrument, error) {
	if in := c.instruments[code]; in != nil {
		return in, nil
	}
	return nil, invalid("unknown_instrument", "", "There is no such instrument.", "Use one of: "+strings.Join(c.Instruments(), ", ")+".")
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
