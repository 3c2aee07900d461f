package schema

// Leave holds a message to what must be said of data before it leaves: of every person
// which category of person it is (R-26; Directive (EU) 2016/680, Article 6), and of
// data of special categories why it is strictly necessary (R-33; Article 10). nil if it may leave.
func (c *Catalogue) Leave(m *Message) *Problem {
	var faults []Problem
	for _, pointer := range m.unlabelled {
		faults = append(faults, *invalid("unlabelled", pointer, "Of the person it is not said what kind of person it is.", "Add the category of person: suspect, victim, witness …"))
	}
	if m.Necessity == "" {
		for _, f := range m.Findings {
			if contains(c.special, f.Category) {
				faults = append(faults, *invalid("necessity_missing", f.Pointer, "Data of this kind travels only where it is strictly necessary.", "Say why in handling.necessity, or leave the data out."))
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	p := verdict(faults)
	p.Code = faults[0].Code
	p.Detail, p.Fix = "The message may not leave as it is.", "Correct each place named below."
	return p
}
