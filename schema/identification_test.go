package schema

import (
	"slices"
	"strings"
	"testing"
)

// identification lists the standards by which the field names things, and how each is
// held here: by a form of strings with a check, by a code list, or as plain text in a
// field that exists.
var identification = []struct {
	thing, standard string
	formats         []string // checked
	lists           []string // codes
	texts           []string // fields of text, literal or not
}{
	{"country", "ISO 3166-1 alpha-2", []string{"country"}, nil, nil},
	{"currency and amount", "ISO 4217, minor units", []string{"currency"}, nil, nil},
	{"time", "RFC 3339", []string{"instant", "moment", "date"}, nil, nil},
	{"date of birth", "ISO 8601, partial", []string{"partial-date"}, nil, nil},
	{"length of time", "ISO 8601", []string{"duration"}, nil, nil},
	{"language", "BCP 47", []string{"language"}, nil, nil},
	{"sex", "INTERPOL, ICAO", nil, []string{"sexes"}, nil},
	{"telephone", "E.164", []string{"phone"}, nil, nil},
	{"device and card of a network", "3GPP, ITU-T, EUI-48", []string{"imei", "imsi", "iccid", "mac"}, nil, nil},
	{"address on a network", "RFC 5952", []string{"ip", "mail"}, nil, nil},
	{"bank account", "ISO 13616, ISO 9362", []string{"iban", "bic"}, nil, []string{"account_number"}},
	{"payment card", "ISO/IEC 7812", []string{"card"}, nil, nil},
	{"legal entity", "ISO 17442", []string{"lei"}, nil, []string{"registration_number"}},
	{"crypto-asset account", "CAIP-10, or asset and address", []string{"caip10"}, nil, []string{"wallet", "crypto_asset"}},
	{"vehicle", "ISO 3779", []string{"vin"}, nil, []string{"plate"}},
	{"ship and container", "IMO, ISO 6346", []string{"imo", "container"}, nil, nil},
	{"identity document", "ICAO Doc 9303", []string{"icao-document"}, []string{"documents"}, []string{"document_number"}},
	{"fingerprint", "ANSI/NIST-ITL", nil, []string{"print_formats", "finger_positions"}, nil},
	{"digest", "SHA-256", []string{"sha256"}, nil, nil},
	{"share", "per cent", []string{"percent", "decimal"}, nil, nil},
	{"medicine", "GS1", []string{"gtin"}, nil, []string{"batch", "serial_number", "reimbursement_number"}},
	{"substance", "CAS", []string{"cas"}, []string{"drug_forms", "units"}, nil},
	{"firearm", "C.I.P., iARMS", nil, []string{"firearm_kinds"}, []string{"calibre"}},
	{"authority", "country and national id", nil, nil, []string{"national_id"}},
	{"offence of a record", "ECRIS", []string{"ecris"}, []string{"ecris_offences", "ecris_completion", "ecris_participation"}, nil},
	{"judicial reference", "ECLI, ELI, own file number", nil, nil, []string{"file_number"}},
}

func TestEveryIdentificationIsCheckedOrText(t *testing.T) {
	c := catalogue(t)
	used, listed, texts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, typ := range c.Types() {
		typ.shape.each(func(n *node) {
			used[n.format], listed[n.list] = true, true
			if n.format == "line" || n.format == "text" {
				texts[n.label] = true
			}
		})
	}
	var named []string
	for _, row := range identification {
		named = append(named, row.formats...)
		if len(row.formats)+len(row.lists)+len(row.texts) == 0 {
			t.Errorf("%s (%s) is held nowhere", row.thing, row.standard)
		}
		for _, name := range row.formats {
			known := slices.ContainsFunc(formats, func(f format) bool { return f.name == name })
			if !known || !used[name] {
				t.Errorf("%s: the form %s is known %v, used %v", row.thing, name, known, used[name])
			}
		}
		for _, name := range row.lists {
			if !listed[name] {
				t.Errorf("%s: no field has the codes %s", row.thing, name)
			}
		}
		for _, label := range row.texts {
			if !texts[label] {
				t.Errorf("%s: no text field is labelled %s", row.thing, label)
			}
		}
	}
	own := strings.Fields("line text id address marking media-type file-name pointer") // of messages, not of things
	for _, f := range formats {
		if !slices.Contains(named, f.name) && !slices.Contains(own, f.name) {
			t.Errorf("the form %s is of no standard named here", f.name)
		}
	}
}
