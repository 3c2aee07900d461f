package schema

// hold holds a message to what its instrument requires, certifies and refuses on.
func (in *Instrument) hold(t *Type, tree map[string]any) []Problem {
	var faults []Problem
	for _, pointer := range in.Required[t.Name] {
		if _, ok := lookup(tree, pointer); !ok {
			faults = append(faults, *invalid("missing_field", pointer, "The instrument "+in.Code+" requires this field.", "Add it, or name another instrument."))
		}
	}
	for _, pointer := range in.Declarations[t.Name] {
		if v, there := lookup(tree, pointer); !there || v == false {
			faults = append(faults, *invalid("missing_declaration", pointer, "The instrument "+in.Code+" requires this to be certified.", "Certify it as true, or do not send the message."))
		}
	}
	if in.Languages != nil && contains(in.Languages.Stated, t.Name) {
		if _, ok := tree["languages"]; !ok {
			faults = append(faults, *invalid("missing_field", "/languages", "The instrument "+in.Code+" requires this field.", "Say in which languages the message is written."))
		}
	}
	for _, place := range t.grounds {
		faults = in.grounds(t, tree, tree, place, "", faults)
	}
	return faults
}

// grounds holds the grounds of a refusal to those the instrument knows, and to the
// consultation that some need first (EIO Article 11(4)).
func (in *Instrument) grounds(t *Type, tree map[string]any, v any, place []string, at string, faults []Problem) []Problem {
	if len(place) == 0 {
		code, _ := v.(string)
		g, known := in.Grounds[code]
		if !known {
			faults = append(faults, *invalid("ground_not_in_instrument", at, "The instrument "+in.Code+" does not know this ground.", "Use a ground of the instrument."))
		}
		if _, told := lookup(tree, t.consulted); g.Consult && t.consulted != "" && !told {
			faults = append(faults, *invalid("missing_consultation", t.consulted, "A consultation must come before a refusal on this ground.", "Consult the issuing authority first and say when."))
		}
		return faults
	}
	switch v := v.(type) {
	case map[string]any:
		if member, ok := v[place[0]]; ok {
			return in.grounds(t, tree, member, place[1:], at+"/"+place[0], faults)
		}
	case []any:
		for i, element := range v {
			faults = in.grounds(t, tree, element, place[1:], at+"/"+itoa(i), faults)
		}
	}
	return faults
}

// groundsIn finds the coded fields of a type that hold refusal grounds.
func groundsIn(n *node, above []string) [][]string {
	var places [][]string
	if n.list == "refusal_grounds" && n.items == nil {
		places = append(places, append([]string(nil), above...))
	}
	for _, p := range n.props {
		places = append(places, groundsIn(p, append(above[:len(above):len(above)], p.name))...)
	}
	if n.items != nil {
		places = append(places, groundsIn(n.items, append(above[:len(above):len(above)], ""))...)
	}
	return places
}
