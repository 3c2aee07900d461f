package schema

// badEnough is how many refused elements of one list are worth reporting.
const badEnough = 8

// sample cuts every list of v after its eighth refused element, and tells whether
// it cut any, so that wording the faults of a message costs no more than reading it.
func (n *rule) sample(v any) (any, bool) {
	for n.ref != nil && n.props == nil && n.items == nil {
		n = n.ref
	}
	switch v := v.(type) {
	case map[string]any:
		return n.sampleObject(v)
	case []any:
		if n.items != nil {
			return n.sampleArray(v)
		}
	}
	return v, false
}

func (n *rule) sampleObject(m map[string]any) (any, bool) {
	out, cut := make(map[string]any, len(m)), false
	for name, v := range m {
		out[name] = v
		if p := n.props[name]; p != nil {
			part, partCut := p.sample(v)
			out[name], cut = part, cut || partCut
		}
	}
	return out, cut
}

func (n *rule) sampleArray(list []any) (any, bool) {
	out, cut, bad := make([]any, 0, min(len(list), 64)), false, 0
	for _, v := range list {
		if n.items.accepts(v) {
			out = append(out, v)
			continue
		}
		if bad++; bad > badEnough {
			return out, true
		}
		part, partCut := n.items.sample(v)
		out, cut = append(out, part), cut || partCut
	}
	return out, cut
}
