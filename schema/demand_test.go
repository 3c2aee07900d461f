package schema

import (
	"slices"
	"testing"
	"time"
)

func demandsOf(t *testing.T, name string, edits map[string]any) []Demand {
	t.Helper()
	m, err := catalogue(t).Read(edited(t, name, edits))
	if err != nil {
		t.Fatal(err)
	}
	return m.Demands()
}

func TestDemands(t *testing.T) {
	const one, two = "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c02", "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c03"
	by := func(day int) time.Time { return time.Date(2027, 1, day, 23, 59, 59, 0, time.UTC) }
	conditions := func(list ...any) map[string]any {
		return map[string]any{"/retention": gone{}, "/handling/conditions": list}
	}
	condition := func(code, until string) map[string]any { return map[string]any{"code": code, "until": until} }
	for _, row := range []struct {
		name, of string
		edits    map[string]any
		want     []Demand
	}{
		{"nothing", "mla.request", conditions(map[string]any{"code": "no-onward"}), nil},
		{"each that demands something", "mla.request", conditions(condition("delete-by", "2027-01-04"), condition("review-by", "2027-01-03"),
			condition("use-report", "2027-01-02"), map[string]any{"code": "return"}, condition("speciality", "2027-01-01")),
			[]Demand{{"erase", "", by(4), false}, {"review", "", by(3), false}, {"use-report", "", by(2), false}, {"return", "", time.Time{}, false}}},
		{"the earliest day, wherever it stands", "mla.request", map[string]any{"/retention": map[string]any{"delete_by": "2027-01-02", "review_by": "2027-01-09"},
			"/handling/conditions": []any{map[string]any{"code": "delete-by"}, condition("delete-by", "2027-01-05"), condition("review-by", "2027-01-10")}},
			[]Demand{{"erase", "", by(2), false}, {"review", "", by(9), false}}},
		{"a part beside the whole", "mla.request", conditions(map[string]any{"code": "delete-by", "until": "2027-01-01", "applies_to": []any{"/body/offences"}}, condition("delete-by", "2027-01-05")),
			[]Demand{{"erase", "", by(1), true}, {"erase", "", by(5), false}}},
		{"to correct", "data.correction", map[string]any{"/body/answer_by": "2027-01-07"}, []Demand{{"correct", one, by(7), true}}},
		{"to erase a part of one and the whole of another", "data.erasure", map[string]any{"/body/erase_by": "2027-01-06", "/body/data": []any{
			map[string]any{"message": one, "pointers": []any{"/subject"}}, map[string]any{"message": two, "pointers": []any{"/subject"}}, map[string]any{"message": two}}},
			[]Demand{{"erase", one, by(6), true}, {"erase", two, by(6), false}}},
		{"to erase at once", "data.erasure", map[string]any{"/body/erase_by": gone{}, "/body/data": []any{map[string]any{"message": one}}}, []Demand{{"erase", one, time.Time{}, false}}},
		{"to restrict for a time", "data.erasure", map[string]any{"/body/action": "restrict", "/body/restricted_until": "2027-01-08", "/body/data": []any{map[string]any{"message": one}}},
			[]Demand{{"restrict", one, by(8), false}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := demandsOf(t, row.of, row.edits); !slices.Equal(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

// What demands something is a condition of the list, and each action of an erasure is known.
func TestDemandingConditionsAreOfTheList(t *testing.T) {
	codes := catalogue(t).Codes("use_conditions")
	for code := range demanding {
		if !slices.Contains(codes, code) {
			t.Errorf("%s is no condition on use", code)
		}
	}
	for _, action := range catalogue(t).Codes("erasure_actions") {
		got := demandsOf(t, "data.erasure", map[string]any{"/body/action": action})
		if len(got) != 1 || got[0].Kind != action {
			t.Errorf("%s demands %v", action, got)
		}
	}
}

func TestReported(t *testing.T) {
	m, err := catalogue(t).Read(example(t, "data.use.report"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Reported(); len(got) == 0 || got[0] != "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c02" {
		t.Errorf("got %v, want the message that the example reports on", got)
	}
	if len(m.Demands()) != 0 {
		t.Errorf("a report demands %v, want nothing", m.Demands())
	}
}
