package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/comity-exchange/comity/schema"
)

// peers is a group: a name for a list of jurisdictions.
type peers struct {
	name    string
	line    int
	members []entry
}

// readGroups reads the groups before the rules that name them.
func (r *reader) readGroups(m *mapping) {
	value := m.values["groups"]
	if value == nil {
		return
	}
	n, ok := value.(*ast.MappingNode)
	if !ok {
		r.wrong(value, "groups", "lines of the form neighbours: [NL, FR], or leave groups out")
		return
	}
	for _, pair := range n.Values {
		r.readGroup(pair)
	}
}

func (r *reader) readGroup(pair *ast.MappingValueNode) {
	at, name := line(pair.Key), pair.Key.GetToken().Value
	switch {
	case !wordForm.MatchString(name) || len(name) > maxName:
		r.add(at, "bad_group", "This is not the name of a group.", "Use small letters, digits, - and _, beginning with a letter, so that no group is taken for a jurisdiction.")
	case r.group(name) != nil:
		r.add(at, "duplicate_key", fmt.Sprintf("The group %s stands twice.", name), "Keep one of the two lines.")
	}
	members := r.list(pair.Value, name, "a list of jurisdictions such as [NL, DE]", badPeer)
	r.groups = append(r.groups, peers{name, at, members})
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
