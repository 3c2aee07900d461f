package policy

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheckNamesWhatTheCatalogueLacks(t *testing.T) {
	types := []string{"mla.request", "mla.response", "status.refused"}
	categories := []string{"id.name", "bio.fingerprint", "health", "fin.beneficial-owner"}
	instruments := []string{"EIO", "COE-1959"}
	tests := []struct {
		line string // added to or replaced in the rule
		want string // "code line fix", "" if nothing is wrong
	}{
		{"types: [mla.*, status.refused]", ""},
		{`types: ["*"]`, ""},
		{"types: [mla.reqest]", "unknown_type line 6 Write mla.request."},
		{"types: [mla.*, mls.*]", "unknown_type line 6 Write mla.*."},
		{"types: [extradition.request]", "unknown_type line 6 Look the name up with: comity types list."},
		{"categories: [id.name, health]", ""},
		{"categories: [bio.fingerprnt]", "unknown_category line 7 Write bio.fingerprint."},
		{"categories: [health.*]", "unknown_category line 7 Write health."},
		{"categories:\n      - id.name\n      - fin.benefical-owner", "unknown_category line 9 Write fin.beneficial-owner."},
		{"instruments: [EIO, none]", ""},
		{"instruments: [COE-1958]", "unknown_instrument line 7 Write COE-1959."},
		{"instruments: [eio]", "unknown_instrument line 7 Write EIO."},
	}
	for _, tt := range tests {
		var got []string
		for _, problem := range mustParse(t, one(tt.line)).Check(types, categories, instruments) {
			got = append(got, fmt.Sprintf("%s %s %s", problem.Code, problem.Pointer, problem.Fix))
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}
