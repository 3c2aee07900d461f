package schema

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The vocabularies of CASE and UCO (https://caseontology.org).
const (
	nsCase     = "https://ontology.caseontology.org/case/investigation/"
	nsAction   = "https://ontology.unifiedcyberontology.org/uco/action/"
	nsCore     = "https://ontology.unifiedcyberontology.org/uco/core/"
	nsIdentity = "https://ontology.unifiedcyberontology.org/uco/identity/"
	nsLocation = "https://ontology.unifiedcyberontology.org/uco/location/"
	nsObserved = "https://ontology.unifiedcyberontology.org/uco/observable/"
	nsTool     = "https://ontology.unifiedcyberontology.org/uco/tool/"
	nsTypes    = "https://ontology.unifiedcyberontology.org/uco/types/"
	nsOwn      = "urn:comity:custody:" // settings and organisation, for which UCO has no plain place
)

// graph is a JSON-LD graph with every name and id written out in full.
type graph struct {
	prefixes map[string]string
	vocab    string
	nodes    map[string]*graphNode
	order    []string // ids as the file first names them
}

type graphNode struct {
	id    string
	types []string
	props map[string][]any // literals as they are, nodes as *graphNode
}

// readGraph reads JSON-LD whose context stands in the file; nothing is ever fetched.
func readGraph(raw []byte) (*graph, error) {
	tree, p := parse(raw)
	if p != nil {
		return nil, p
	}
	g := &graph{prefixes: map[string]string{}, nodes: map[string]*graphNode{}}
	if p := g.context(tree["@context"]); p != nil {
		return nil, p
	}
	delete(tree, "@context")
	if inner, ok := tree["@graph"].([]any); ok {
		for _, v := range inner {
			g.value(v)
		}
		delete(tree, "@graph")
	}
	g.value(tree)
	return g, nil
}

func (g *graph) context(v any) *Problem {
	switch v := v.(type) {
	case nil:
	case []any:
		for _, part := range v {
			if p := g.context(part); p != nil {
				return p
			}
		}
	case map[string]any:
		for term, meaning := range v {
			if m, ok := meaning.(map[string]any); ok {
				meaning = m["@id"]
			}
			if iri, ok := meaning.(string); ok && term == "@vocab" {
				g.vocab = iri
			} else if ok {
				g.prefixes[term] = iri
			}
		}
	default:
		return invalid("remote_context", "/@context", "The context is not in the file, and nothing is fetched.", "Put the context of the file into the file.")
	}
	return nil
}

// expand writes a name out in full.
func (g *graph) expand(name string) string {
	prefix, local, ok := strings.Cut(name, ":")
	if ok && !strings.HasPrefix(local, "//") {
		if iri := g.prefixes[prefix]; iri != "" {
			return iri + local
		}
	}
	if iri := g.prefixes[name]; iri != "" {
		return iri
	}
	if ok || name == "" {
		return name
	}
	return g.vocab + name
}

// value takes in what a member holds: a literal, or a node that it describes or names.
func (g *graph) value(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if literal, ok := m["@value"]; ok {
		return literal
	}
	id, _ := m["@id"].(string)
	n := g.node(g.expand(id))
	for _, name := range stringsIn(asList(m["@type"])) {
		n.types = append(n.types, g.expand(name))
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(name, "@") {
			continue
		}
		key := g.expand(name)
		for _, part := range asList(m[name]) {
			n.props[key] = append(n.props[key], g.value(part))
		}
	}
	return n
}

// asList makes a single value a list of one.
func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// node is the node of that id; a node without id gets one of its own.
func (g *graph) node(id string) *graphNode {
	if id == "" {
		id = "_:unnamed-" + strconv.Itoa(len(g.order))
	}
	n := g.nodes[id]
	if n == nil {
		n = &graphNode{id: id, props: map[string][]any{}}
		g.nodes[id] = n
		g.order = append(g.order, id)
	}
	return n
}

// local is an id as the message names it: without the base that the file calls kb.
func (g *graph) local(n *graphNode) string {
	if rest, ok := strings.CutPrefix(n.id, g.prefixes["kb"]); ok && g.prefixes["kb"] != "" {
		if plain, err := url.PathUnescape(rest); err == nil {
			return plain
		}
	}
	return n.id
}

func (n *graphNode) is(types ...string) bool {
	return slices.ContainsFunc(n.types, func(t string) bool { return slices.Contains(types, t) })
}

// text is the first literal of a property as one string.
func (n *graphNode) text(property string) string {
	for _, v := range n.props[property] {
		switch v := v.(type) {
		case string:
			return v
		case int64:
			return strconv.FormatInt(v, 10)
		}
	}
	return ""
}

// linked lists the nodes that a property leads to.
func (n *graphNode) linked(property string) []*graphNode {
	var out []*graphNode
	for _, v := range n.props[property] {
		if other, ok := v.(*graphNode); ok {
			out = append(out, other)
		}
	}
	return out
}

// ids lists the nodes that a property leads to by their ids in the message.
func (g *graph) ids(n *graphNode, property string) []string {
	var out []string
	for _, other := range n.linked(property) {
		out = append(out, g.local(other))
	}
	return out
}

// called names the nodes that a property leads to, by name where they have one.
func (g *graph) called(n *graphNode, property string) []string {
	var out []string
	for _, other := range n.linked(property) {
		name := other.text(nsCore + "name")
		if name == "" {
			name = g.local(other)
		}
		out = append(out, oneLine(name))
	}
	return out
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// moment is a time of xsd:dateTime in UTC. One in UTC stays as it was written.
func caseTime(n *graphNode, property string) (string, error) {
	s := n.text(property)
	if s == "" || isMoment(s) {
		return s, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return "", invalid("bad_moment", "/@graph", "A time of an action is no date and time with zone.", "Write it as 2026-11-23T21:05:52Z.")
	}
	return t.UTC().Format(time.RFC3339Nano), nil
}
