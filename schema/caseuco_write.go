package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
)

// ld is one object of JSON-LD.
type ld = map[string]any

// caseContext is the context of every graph written here.
var caseContext = ld{
	"kb": "urn:comity:kb:", "comity": nsOwn, "case-investigation": nsCase, "uco-action": nsAction, "uco-core": nsCore, "uco-identity": nsIdentity,
	"uco-location": nsLocation, "uco-observable": nsObserved, "uco-tool": nsTool, "uco-types": nsTypes, "xsd": "http://www.w3.org/2001/XMLSchema#",
}

// graphWriter gathers the nodes of a graph; who and what an act only names gets a node of its own.
type graphWriter struct {
	nodes []ld
	known map[string]bool
}

// graph writes a chain of custody as JSON-LD.
func (c chain) graph() ld {
	w := &graphWriter{known: map[string]bool{}}
	all := []ld{}
	for _, it := range c.Items {
		all = append(all, reference(it.ID))
		w.nodes = append(w.nodes, it.node())
	}
	for _, r := range c.Records {
		all = append(all, reference(r.ID))
		w.nodes = append(w.nodes, r.node())
	}
	for _, a := range c.Acts {
		all = append(all, reference(a.ID))
		w.act(a)
	}
	investigation := ld{"@id": "kb:investigation", "@type": "case-investigation:Investigation", "uco-core:object": all}
	set(investigation, "uco-core:name", c.Title)
	return ld{"@context": caseContext, "@graph": append([]ld{investigation}, w.nodes...)}
}

// reference names a node. An id of the message is local to the graph unless it is an IRI.
func reference(id string) ld {
	if strings.Contains(id, "://") || strings.HasPrefix(id, "urn:") {
		return ld{"@id": id}
	}
	return ld{"@id": "kb:" + url.PathEscape(id)}
}

func references(ids []string) []ld {
	var out []ld
	for _, id := range ids {
		out = append(out, reference(id))
	}
	return out
}

// set adds a member that says something.
func set(node ld, name, value string) {
	if value != "" {
		node[name] = value
	}
}

func links(node ld, name string, refs []ld) {
	if len(refs) > 0 {
		node[name] = refs
	}
}

func typed(kind, value string) ld { return ld{"@type": "xsd:" + kind, "@value": value} }

// named makes a node for someone or something that is known by name, once for each name.
func (w *graphWriter) named(class, name string) []ld {
	if name == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(class + name))
	ref := ld{"@id": "kb:" + class[strings.Index(class, ":")+1:] + "-" + hex.EncodeToString(sum[:8])}
	if id := ref["@id"].(string); !w.known[id] {
		w.known[id] = true
		w.nodes = append(w.nodes, ld{"@id": id, "@type": class, "uco-core:name": name})
	}
	return []ld{ref}
}

func (w *graphWriter) act(a chainAct) {
	n := reference(a.ID)
	n["@type"] = "case-investigation:InvestigativeAction"
	name := a.Action
	if name == "other" {
		name = a.Name
	}
	set(n, "uco-core:name", name)
	set(n, "uco-core:description", a.Description)
	for _, at := range []struct{ name, value string }{{"uco-action:startTime", a.Start}, {"uco-action:endTime", a.End}} {
		if at.value != "" {
			n[at.name] = typed("dateTime", at.value)
		}
	}
	links(n, "uco-action:performer", w.named("uco-identity:Identity", a.Performer))
	for _, tool := range a.Instruments {
		list, _ := n["uco-action:instrument"].([]ld)
		n["uco-action:instrument"] = append(list, w.named("uco-tool:Tool", tool)...)
	}
	links(n, "uco-action:location", w.named("uco-location:Location", a.Location))
	links(n, "uco-action:environment", w.named("uco-core:UcoObject", a.Environment))
	links(n, "uco-action:object", references(a.Inputs))
	links(n, "uco-action:result", references(a.Outputs))
	set(n, "comity:organisation", a.Organisation)
	set(n, "comity:settings", a.Settings)
	w.nodes = append(w.nodes, n)
}

func (r chainRecord) node() ld {
	n := reference(r.ID)
	n["@type"] = "case-investigation:ProvenanceRecord"
	set(n, "uco-core:description", r.Description)
	set(n, "case-investigation:exhibitNumber", r.Exhibit)
	set(n, "case-investigation:rootExhibitNumber", r.Root)
	links(n, "uco-core:object", references(r.Objects))
	return n
}

// observables are the classes of UCO for the kinds of item. What is neither digital nor
// a device is an object that was observed.
var observables = map[string]string{"device": "Device", "medium": "StorageMedium", "image": "Image", "file": "File"}

func (it chainItem) node() ld {
	n := reference(it.ID)
	class := observables[it.Kind]
	if class == "" {
		class = "ObservableObject"
		set(n, "comity:kind", it.Kind)
	}
	n["@type"] = "uco-observable:" + class
	set(n, "uco-core:description", it.Description)
	set(n, "case-investigation:exhibitNumber", it.Exhibit)
	file := ld{"@type": "uco-observable:FileFacet"}
	set(file, "uco-observable:fileName", it.File)
	if it.Size != nil {
		file["uco-observable:sizeInBytes"] = typed("integer", strconv.FormatInt(*it.Size, 10))
	}
	content := ld{"@type": "uco-observable:ContentDataFacet"}
	set(content, "uco-observable:mimeType", it.MediaType)
	if it.SHA256 != "" {
		content["uco-observable:hash"] = []ld{{"@type": "uco-types:Hash", "uco-types:hashMethod": "SHA256", "uco-types:hashValue": typed("hexBinary", it.SHA256)}}
	}
	var facets []ld
	for _, facet := range []ld{file, content} {
		if len(facet) > 1 {
			facets = append(facets, facet)
		}
	}
	links(n, "uco-core:hasFacet", facets)
	return n
}
