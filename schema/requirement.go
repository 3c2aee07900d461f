package schema

// requirement is what is required for one place of a message: the rules of the schemas that
// apply there, those under a condition only if the message meets it.
type requirement []*rule

// on gathers rules with those that they bring along for a value.
func (d requirement) on(v any) requirement {
	if v == nil {
		v = map[string]any{}
	}
	var all requirement
	var add func(r *rule)
	add = func(r *rule) {
		if r == nil || len(all) > maxRequirement {
			return
		}
		all = append(all, r)
		add(r.ref)
		for _, part := range r.all {
			add(part)
		}
		switch {
		case r.cond == nil || !r.cond.exact(nil):
		case r.cond.accepts(v):
			add(r.then)
		default:
			add(r.els)
		}
	}
	for _, r := range d {
		add(r)
	}
	return all
}

// maxRequirement rules for one place are more than any schema has.
const maxRequirement = 256

// names are the members that an object must have.
func (d requirement) names(m map[string]any) map[string]bool {
	names := map[string]bool{}
	for _, r := range d {
		for _, name := range r.required {
			names[name] = true
		}
		for name, others := range r.dependent {
			if _, there := m[name]; there {
				for _, other := range others {
					names[other] = true
				}
			}
		}
	}
	return names
}

func (d requirement) member(name string) (below requirement) {
	for _, r := range d {
		if p := r.props[name]; p != nil {
			below = append(below, p)
		}
	}
	return below
}

func (d requirement) items() (below requirement) {
	for _, r := range d {
		if r.items != nil {
			below = append(below, r.items)
		}
	}
	return below
}

// most is how many elements a list may have.
func (d requirement) most() int {
	n := unbounded
	for _, r := range d {
		n = min(n, r.maxItems)
	}
	return n
}

// length is how many characters a text may have.
func (d requirement) length() int {
	n := unbounded
	for _, r := range d {
		n = min(n, r.maxLength)
	}
	return n
}

// fits tells whether a code may stand at a place.
func (d requirement) fits(code string) bool {
	for _, r := range d {
		if r.enum != nil && !r.enum[code] {
			return false
		}
	}
	return true
}

// requirements are those on a whole message of a type under an instrument, "" for none:
// the schemas, and the executable rules that ask for nothing but the message.
func (c *Catalogue) requirements(t *Type, instrument string) (whole, body requirement) {
	whole = requirement{c.rule}
	for _, r := range t.provisions {
		if r.applies(instrument) && !r.Cased {
			whole = append(whole, r.whole.rule)
		}
	}
	return whole, requirement{t.rule}
}

// asked are the places that a type and an instrument ask for beside the schemas.
func (c *Catalogue) asked(t *Type, instrument string) map[string]bool {
	asked := map[string]bool{}
	if t.instrument == "required" {
		asked["/instrument"] = true
	}
	if t.re == "required" {
		asked["/re"] = true
	}
	in := c.instruments[instrument]
	if in == nil {
		return asked
	}
	for _, set := range []map[string][]string{in.Required, in.Declarations} {
		for _, pointer := range set[t.Name] {
			asked[pointer] = true
		}
	}
	if in.Languages != nil && contains(in.Languages.Stated, t.Name) {
		asked["/languages"] = true
	}
	return asked
}
