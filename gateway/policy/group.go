package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// peers is a group: a name for a list of jurisdictions.
type peers struct {
	name    string
	line    int32
	members []entry
}

// maxGroups in one policy.
const maxGroups = 64

// readGroups reads the groups before the rules that name them.
func (r *reader) readGroups(m *mapping) {
	v := m.at("groups")
	if v == nil {
		return
	}
	if v.kind != someKeys {
		r.wrong(v, "groups", "lines of the form neighbours: [NL, FR], or leave groups out")
		return
	}
	if len(v.pairs) > maxGroups {
		r.add(v.pairs[maxGroups].line, "too_many_groups", fmt.Sprintf("The policy has more than %d groups.", maxGroups), "List the jurisdictions in the rules.")
		return
	}
	for i := range v.pairs {
		r.readGroup(&v.pairs[i])
	}
}

func (r *reader) readGroup(p *pair) {
	switch {
	case !wordForm.MatchString(p.key) || len(p.key) > maxName:
		r.add(p.line, "bad_group", "This is not the name of a group.", "Use small letters, digits, - and _, beginning with a letter, so that no group is taken for a jurisdiction.")
	case r.group(p.key) != nil:
		r.add(p.line, "duplicate_key", fmt.Sprintf("The group %s stands twice.", p.key), "Keep one of the two lines.")
	}
	members := r.list(&p.value, clip(p.key), "a list of jurisdictions such as [NL, DE]", r.badPeer)
	r.groups = append(r.groups, peers{p.key, p.line, members})
}

// group of a name, nil if there is none.
func (r *reader) group(name string) *peers {
	for i := range r.groups {
		if r.groups[i].name == name {
			return &r.groups[i]
		}
	}
	return nil
}

func (r *reader) unknownGroup(name string) (code, detail, fix string) {
	var known []string
	for _, g := range r.groups {
		known = append(known, g.name)
	}
	switch {
	case len(name) == 2:
		return "bad_peer", "This is not a jurisdiction code.", fmt.Sprintf("Write codes in capitals, such as DE or %s, or name the group under groups.", strings.ToUpper(name))
	case len(known) == 0:
		return "unknown_group", "There is no such group in this file.", "Name the group with its members under groups. Jurisdictions are written in capitals."
	}
	return "unknown_group", "There is no such group in this file.", fixFor(name, known)
}

// writeOut gives the jurisdictions that entries stand for, sorted, each once.
func (r *reader) writeOut(listed []entry) []schema.Jurisdiction {
	if len(listed) == 1 && r.group(listed[0].text) == nil {
		return []schema.Jurisdiction{schema.Jurisdiction(listed[0].text)}
	}
	var out []schema.Jurisdiction
	for _, e := range listed {
		if g := r.group(e.text); g != nil {
			for _, member := range g.members {
				out = append(out, schema.Jurisdiction(member.text))
			}
			continue
		}
		out = append(out, schema.Jurisdiction(e.text))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out
}
