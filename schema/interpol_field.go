package schema

import (
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// notice gathers the faults of a notice while it is read.
type notice struct{ faults []Problem }

func (in *notice) fault(code, pointer, detail, fix string) {
	in.faults = append(in.faults, *invalid(code, pointer, detail, fix))
}

// known refuses members that the service is not known to have.
func (in *notice) known(at string, m map[string]any, names []string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if slices.Contains(names, name) {
			continue
		}
		fix := "Remove it, if the notice says the same without it."
		if near := Nearest(name, names); near != "" {
			fix = "Did you mean " + near + "? If not, remove it."
		}
		in.fault("unknown_field", join(at, name), "A notice is not known to have this field.", fix)
	}
}

// text takes a string of the given form. Null stands for absent, as the service writes it.
func (in *notice) text(at string, m map[string]any, name, form string) string {
	s, ok := m[name].(string)
	switch {
	case m[name] == nil:
		return ""
	case !ok:
		in.fault("wrong_type", at+"/"+name, "The value is not a string.", "Write it as a string.")
		return ""
	}
	for _, f := range formats {
		if f.name == form && !f.ok(s) {
			in.faults = append(in.faults, f.problem(at+"/"+name))
		}
	}
	return s
}

// must is text that has to be there.
func (in *notice) must(at string, m map[string]any, name, form string) string {
	s := in.text(at, m, name, form)
	if _, isText := m[name].(string); s == "" && (isText || m[name] == nil) {
		in.fault("missing_field", at+"/"+name, "A notice cannot be imported without this field.", "Add the field "+name+".")
	}
	return s
}

// list takes strings of the given form; the n-th is at the n-th place.
func (in *notice) list(m map[string]any, name, form string) []string {
	values, ok := m[name].([]any)
	if !ok && m[name] != nil {
		in.fault("wrong_type", "/"+name, "The value is not a list.", "Write it as a list of codes.")
	}
	var out []string
	for i, v := range values {
		at := element("/"+name, i)
		s, ok := v.(string)
		if !ok {
			in.fault("wrong_type", at, "The value is not a string.", "Write it as a string.")
		}
		if ok && form == "country" && !isCountry(s) && !slices.Contains(interpolOnly, s) {
			in.country(at, s)
		}
		out = append(out, s)
	}
	return out
}

// interpolOnly are codes that INTERPOL uses among its countries and that name no State.
var interpolOnly = []string{"914", "922"}

func (in *notice) nationalities(m map[string]any) []string {
	return slices.DeleteFunc(in.list(m, "nationalities", "country"), func(s string) bool { return slices.Contains(interpolOnly, s) })
}

// country refuses what is no State.
func (in *notice) country(at, code string) {
	if isCountry(code) {
		return
	}
	in.fault("bad_country", at, "This code stands for no State.", "Write the ISO 3166-1 alpha-2 code of the State, or leave it out if there is none.")
}

func (in *notice) sex(m map[string]any) string {
	s := in.text("", m, "sex_id", "line")
	if s != "" && s != "F" && s != "M" && s != "U" {
		in.fault("not_in_list", "/sex_id", "The code is not in the list.", "Use one of: F, M, U.")
	}
	return s
}

// born reads 1984/02/29, 1984/02 or 1984.
func (in *notice) born(m map[string]any) string {
	s := in.text("", m, "date_of_birth", "line")
	date := strings.ReplaceAll(s, "/", "-")
	if s != "" && (strings.Contains(s, "-") || !isPartialDate(date)) {
		in.fault("bad_partial_date", "/date_of_birth", "This is not a date.", "Write it as 1984/02/29, or as much of it as is known.")
	}
	return date
}

// birthplace joins place and country, which notice.wanted keeps in one line.
func (in *notice) birthplace(m map[string]any) string {
	parts := []string{in.text("", m, "place_of_birth", "line")}
	if code := in.text("", m, "country_of_birth_id", "line"); !slices.Contains(interpolOnly, code) {
		if code != "" {
			in.country("/country_of_birth_id", code)
		}
		parts = append(parts, code)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// bibliographic are the codes of ISO 639-2/B that differ from 639-2/T.
var bibliographic = map[string]string{"alb": "sqi", "arm": "hye", "baq": "eus", "bur": "mya", "chi": "zho", "cze": "ces", "dut": "nld", "fre": "fra", "geo": "kat",
	"ger": "deu", "gre": "ell", "ice": "isl", "mac": "mkd", "mao": "mri", "may": "msa", "per": "fas", "rum": "ron", "slo": "slk", "tib": "bod", "wel": "cym"}

// languages turns ISO 639-2/B (GER) into BCP 47 (de).
func (in *notice) languages(m map[string]any) []string {
	codes := in.list(m, "languages_spoken_ids", "")
	for i, code := range codes {
		three := strings.ToLower(code)
		if other, ok := bibliographic[three]; ok {
			three = other
		}
		tag, err := language.ParseBase(three)
		private := three >= "qaa" && three <= "qtz" // ISO 639-2 reserves these
		if private || len(code) != 3 || !upper(code) || err != nil || !isLanguage(tag.String()) {
			in.fault("bad_language", element("/languages_spoken_ids", i), "This is not a language code of a notice.", "Use ISO 639-2/B in upper case, for example GER.")
			continue
		}
		codes[i] = tag.String()
	}
	return codes
}

// height turns metres into centimetres.
func (in *notice) height(m map[string]any) int64 {
	var metres float64
	switch v := m["height"].(type) {
	case nil:
		return 0
	case int64:
		metres = float64(v)
	case float64:
		metres = v
	default:
		in.fault("wrong_type", "/height", "The value is not a number.", "Write the height in metres, for example 1.78.")
		return 0
	}
	if metres < 0.2 || metres > 2.8 {
		in.fault("out_of_range", "/height", "The number is out of range.", "Write the height in metres, for example 1.78.")
		return 0
	}
	return int64(math.Round(metres * 100))
}

func (in *notice) weight(m map[string]any) int64 {
	kilos, ok := m["weight"].(int64)
	switch {
	case m["weight"] == nil:
		return 0
	case !ok:
		in.fault("wrong_type", "/weight", "The value is not an integer.", "Write the weight in whole kilograms.")
	case kilos < 1 || kilos > 500:
		in.fault("out_of_range", "/weight", "The number is out of range.", "Write the weight in whole kilograms.")
	}
	return kilos
}

// colourNames are the codes of eyes and hair whose meaning is sure. Others stay as they are.
var colourNames = map[string]string{"BLA": "black", "BRO": "brown"}

func (in *notice) colours(m map[string]any, name string) string {
	codes := in.list(m, name, "")
	for i, code := range codes {
		if len(code) < 2 || len(code) > 5 || !upper(code) {
			in.fault("not_in_list", element("/"+name, i), "This is not a colour code of a notice.", "Use its code in upper case, for example BRO.")
		}
		if word := colourNames[code]; word != "" {
			codes[i] = word
		}
	}
	return strings.Join(codes, ", ")
}
