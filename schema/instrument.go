package schema

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/go-json-experiment/json"
)

// Instrument is the profile of one legal basis: what it requires, its clocks and grounds.
type Instrument struct {
	Code     string              `json:"code"`
	Title    map[string]string   `json:"title"`    // by language
	Required map[string][]string `json:"required"` // by type: pointers to fields that must be there
	Clocks   []Clock             `json:"clocks"`
	Grounds  map[string]Ground   `json:"grounds"` // by code of refusal_grounds
}

// Clock is one time limit of an instrument.
type Clock struct {
	ID        string   `json:"id"`        // "E-ACK"
	Article   string   `json:"article"`   // "16(1)"
	Start     string   `json:"start"`     // event that starts it: receipt, receipt-by-competent, decision
	Duration  string   `json:"duration"`  // ISO 8601
	Extension string   `json:"extension"` // ISO 8601, "" if none
	Stops     string   `json:"stops"`     // type of the message that stops it, "" if none does alone
	Measures  []string `json:"measures"`  // only requests for one of these, none: all
	Effect    string   `json:"effect"`    // when missed: flag, inform, consult
}

// Ground is how an instrument treats one refusal ground.
type Ground struct {
	Strength string `json:"strength"` // optional or mandatory
	Consult  bool   `json:"consult"`  // a consultation must come first
	Article  string `json:"article"`
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
	for lang := range langs {
		if in.Title[lang] == "" {
			return fmt.Errorf("no title in %s", lang)
		}
		langs[lang].flat[in.Code] = in.Title[lang]
	}
	for ground := range in.Grounds {
		if !contains(lists["refusal_grounds"], ground) {
			return fmt.Errorf("%q is no refusal ground", ground)
		}
	}
	for _, k := range in.Clocks {
		if !isDuration(k.Duration) || (k.Extension != "" && !isDuration(k.Extension)) {
			return fmt.Errorf("clock %s has no duration", k.ID)
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
