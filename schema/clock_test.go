package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// statutory lists the time limits of the field by their ids, and where each stands: in
// which instrument, under which clock, with which period. A period of the law that is
// two, such as "recognise, then execute", is two clocks.
var statutory = map[string][]string{
	"E-ACK":  {"EIO E-ACK 7 day"},
	"E-DEC":  {"EIO E-DEC 30 day +30 day"},
	"E-EXE":  {"EIO E-EXE 90 day"},
	"E-PROV": {"EIO E-PROV 24 hour"},
	"E-INT":  {"EIO E-INT 96 hour"},
	"E-CUST": {"EIO E-CUST 15 day"},
	"A-CONS": {"EAW A-CONS 10 day +30 day", "TCA A-CONS 10 day +30 day"},
	"A-DEC":  {"EAW A-DEC 60 day +30 day", "TCA A-DEC 60 day +30 day"},
	"A-SURR": {"EAW A-SURR 10 day", "EAW A-REL 10 day"},
	"A-SPEC": {"EAW A-SPEC 30 day"},
	"A-45":   {"EAW A-45 45 day"},
	"X-PROV": {"COE-1957 X-PROV-18 18 day", "COE-1957 X-PROV-40 40 day"},
	"X-CONS": {"COE-1957 X-CONS 10 day"},
	"V-PROD": {"EPOC V-PROD 10 day"},
	"V-EMRG": {"EPOC V-EMRG 8 hour"},
	"V-OBJ":  {"EPOC V-OBJ 10 day", "EPOC V-OBJ-96 96 hour"},
	"V-CLAR": {"EPOC V-CLAR 5 day", "EPOC-PR V-CLAR 5 day"},
	"V-VAL":  {"EPOC V-VAL 48 hour", "EPOC-PR V-VAL 48 hour"},
	"V-PRES": {"EPOC-PR V-PRES 60 day +30 day"},
	"V-CONF": {"EPOC V-CONF 10 day"},
	"V-ENF":  {"EPOC V-ENF 5 working-day", "EPOC V-ENF-ANS 5 working-day", "EPOC-PR V-ENF 5 working-day", "EPOC-PR V-ENF-ANS 5 working-day"},
	"F-FRZ":  {"REG-2018-1805 F-FRZ-REC 48 hour", "REG-2018-1805 F-FRZ-EXE 48 hour"},
	"F-CONF": {"REG-2018-1805 F-CONF 45 day", "REG-2018-1805 F-CONF-EXE 90 day"},
	"B-PRES": {"BUDAPEST B-PRES 60 day"},
	"P-8H":   {"DIR-2023-977 P-8H 8 hour"},
	"P-3D":   {"DIR-2023-977 P-3D 3 day"},
	"P-7D":   {"DIR-2023-977 P-7D 7 day"},
	"U-5BD":  {"AML-2024-1640 U-5BD 5 working-day +5 working-day"},
	"U-1BD":  {"AML-2024-1640 U-1BD 1 working-day +2 working-day"},
	"D-72H":  {"LED D-72H 72 hour"},
	"D-DPA":  {"LED D-DPA 1 month"},
	"N-TCA":  {"TCA N-DEC 45 day", "TCA N-EXE 90 day"},
}

func TestEveryStatutoryClockStandsSomewhere(t *testing.T) {
	c := catalogue(t)
	var there []string
	for _, code := range c.Instruments() {
		for _, k := range c.instruments[code].Clocks {
			line := fmt.Sprintf("%s %s %d %s", code, k.ID, k.Period.N, k.Period.Unit)
			if k.Extension != nil && k.Extension.Period != nil {
				line += fmt.Sprintf(" +%d %s", k.Extension.Period.N, k.Extension.Period.Unit)
			}
			there = append(there, line)
			if k.Article == "" {
				t.Errorf("%s has no article", line)
			}
		}
	}
	var listed []string
	for id, lines := range statutory {
		for _, line := range lines {
			listed = append(listed, line)
			if !slices.Contains(there, line) {
				t.Errorf("%s: there is no clock %q", id, line)
			}
		}
	}
	// What stands beside the list: the same under another instrument, or a step of ours.
	beside := []string{"COE-1957 X-45 45 day", "EPOC V-WAIT 10 day", "TCA A-SURR 10 day", "TCA A-REL 10 day", "TCA A-45 45 day", "TCA A-SPEC 30 day"}
	for _, line := range there {
		if !slices.Contains(listed, line) && !slices.Contains(beside, line) {
			t.Errorf("the clock %q is in no list", line)
		}
	}
}

// A clock from an event says which, so that its people know what to note.
func TestClocksThatEventsStart(t *testing.T) {
	c := catalogue(t)
	for clock, event := range map[string]string{"EIO E-CUST": "presence-no-longer-required", "EAW A-45": "final-discharge", "EAW A-DEC": "person-arrested",
		"EAW A-CONS": "person-consented", "COE-1957 X-PROV-40": "person-arrested", "COE-1957 X-45": "final-discharge"} {
		code, id, _ := strings.Cut(clock, " ")
		in := c.instruments[code]
		i := slices.IndexFunc(in.Clocks, func(k Clock) bool { return k.ID == id })
		m := c.machine(in, in.Clocks[i].On[0])
		if !slices.ContainsFunc(m.Transitions, func(s Transition) bool {
			return s.On == event && m.outside(event) != nil && slices.ContainsFunc(s.Sets, func(k Mark) bool { return k.Name == in.Clocks[i].Start })
		}) {
			t.Errorf("%s: %s does not start it", clock, event)
		}
	}
}
