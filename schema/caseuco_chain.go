package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// custodyActions are the acts that CASE names as evidence.custody does.
var custodyActions = []string{"seized", "custody-receive", "imaged", "parsed", "executed",
	"custody-transfer", "copied", "sealed", "opened", "stored", "returned", "destroyed"}

// chain picks the chain of custody out of a graph.
func (g *graph) chain() (chain, error) {
	var c chain
	notes := g.annotations()
	for _, id := range g.order {
		n := g.nodes[id]
		switch {
		case n.is(nsCase + "InvestigativeAction"):
			a, err := g.act(n, notes[id])
			if err != nil {
				return chain{}, err
			}
			c.Acts = append(c.Acts, a)
		case n.is(nsCase + "ProvenanceRecord"):
			c.Records = append(c.Records, chainRecord{g.local(n), oneLine(n.text(nsCase + "exhibitNumber")), n.text(nsCore + "description"),
				g.ids(n, nsCore+"object"), oneLine(n.text(nsCase + "rootExhibitNumber"))})
		case n.is(nsCase + "Investigation"):
			if c.Title = oneLine(n.text(nsCore + "name")); c.Title == "" {
				c.Title = oneLine(n.text(nsCore + "description"))
			}
		default:
			if kind := itemKind(n); kind != "" {
				c.Items = append(c.Items, g.item(n, kind))
			}
		}
	}
	return c, nil
}

// annotations gathers what notes say of other nodes, by the id of those.
func (g *graph) annotations() map[string]string {
	notes := map[string]string{}
	for _, id := range g.order {
		if n := g.nodes[id]; n.is(nsCore + "Annotation") {
			for _, about := range n.linked(nsCore + "object") {
				notes[about.id] = strings.TrimSpace(notes[about.id] + "\n" + n.text(nsCore+"description"))
			}
		}
	}
	return notes
}

func (g *graph) act(n *graphNode, note string) (chainAct, error) {
	a := chainAct{ID: g.local(n), Name: oneLine(n.text(nsCore + "name")), Description: n.text(nsCore + "description"),
		Performer: first(g.called(n, nsAction+"performer")), Organisation: n.text(nsOwn + "organisation"),
		Instruments: g.called(n, nsAction+"instrument"), Location: first(g.called(n, nsAction+"location")), Environment: first(g.called(n, nsAction+"environment")),
		Inputs: g.ids(n, nsAction+"object"), Outputs: g.ids(n, nsAction+"result"), Settings: settings(n)}
	if a.Description == "" {
		a.Description = note
	}
	switch {
	case slices.Contains(custodyActions, a.Name):
		a.Action, a.Name = a.Name, ""
	case a.Name == "":
		a.Action, a.Name = "other", "unnamed"
	default:
		a.Action = "other"
	}
	var err error
	if a.Start, err = caseTime(n, nsAction+"startTime"); err == nil {
		a.End, err = caseTime(n, nsAction+"endTime")
	}
	return a, err
}

// settings writes the arguments that a tool ran with, whatever vocabulary they are in.
func settings(n *graphNode) string {
	if s := n.text(nsOwn + "settings"); s != "" {
		return s
	}
	var out []string
	for _, facet := range n.linked(nsCore + "hasFacet") {
		for _, property := range slices.Sorted(maps.Keys(facet.props)) {
			if value := facet.text(property); value != "" {
				out = append(out, property[strings.LastIndexAny(property, "#/:")+1:]+"="+value)
			}
		}
	}
	return strings.Join(out, "\n")
}

// itemKinds tells which observables are items of evidence; the first that fits counts.
var itemKinds = []struct{ observable, kind string }{
	{"Image", "image"}, {"DiskPartition", "image"}, {"MobileDevice", "device"}, {"SIMCard", "device"}, {"Device", "device"},
	{"StorageMedium", "medium"}, {"File", "file"},
}

func itemKind(n *graphNode) string {
	for _, k := range itemKinds {
		if n.is(nsObserved + k.observable) {
			return k.kind
		}
	}
	if n.is(nsObserved + "ObservableObject") {
		return n.text(nsOwn + "kind")
	}
	return ""
}

func (g *graph) item(n *graphNode, kind string) chainItem {
	it := chainItem{ID: g.local(n), Kind: kind, Description: n.text(nsCore + "description"), Exhibit: oneLine(n.text(nsCase + "exhibitNumber"))}
	var named []string
	for _, facet := range n.linked(nsCore + "hasFacet") {
		for _, property := range []string{"deviceType", "model", "serialNumber"} {
			if value := facet.text(nsObserved + property); value != "" {
				named = append(named, value)
			}
		}
		it.facet(facet)
	}
	for _, description := range []string{n.text(nsCore + "name"), strings.Join(named, ", "), it.File, it.ID} {
		if it.Description == "" {
			it.Description = description
		}
	}
	return it
}

// facet takes over what a facet says of a file, where a message can hold it.
func (it *chainItem) facet(facet *graphNode) {
	if name := facet.text(nsObserved + "fileName"); isFileName(name) {
		it.File = name
	}
	if kind := facet.text(nsObserved + "mimeType"); isMediaType(kind) {
		it.MediaType = kind
	}
	if size, err := strconv.ParseInt(facet.text(nsObserved+"sizeInBytes"), 10, 64); err == nil && size >= 0 {
		it.Size = &size
	}
	for _, hash := range facet.linked(nsObserved + "hash") {
		value := strings.ToLower(hash.text(nsTypes + "hashValue"))
		if strings.ReplaceAll(hash.text(nsTypes+"hashMethod"), "-", "") == "SHA256" && isSHA256(value) {
			it.SHA256 = value
		}
	}
}
