package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// imported is the chain in a draft that ImportCASE gives.
func imported(t *testing.T, raw []byte) (chain, []byte) {
	t.Helper()
	draft, err := ImportCASE(raw)
	if err != nil {
		t.Fatal(err)
	}
	var d custodyDraft
	if err := json.Unmarshal(draft, &d); err != nil {
		t.Fatal(err)
	}
	return d.Body, draft
}

// The public samples come back as they went: no act, record or item is lost or changed.
func TestSamplesOfCASERoundTrip(t *testing.T) {
	files, err := filepath.Glob(samples + "case-uco/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("left out: the public samples are not at hand")
	}
	if len(files) < 6 {
		t.Errorf("got %d samples, want 6", len(files))
	}
	acts := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := imported(t, raw)
			if n := strings.Count(string(raw), `"case-investigation:InvestigativeAction"`); n != len(want.Acts) {
				t.Errorf("got %d acts, the sample has %d", len(want.Acts), n)
			}
			if n := strings.Count(string(raw), `"case-investigation:ProvenanceRecord"`); n != len(want.Records) {
				t.Errorf("got %d records, the sample has %d", len(want.Records), n)
			}
			acts += len(want.Acts)
			graph, err := json.Marshal(want.graph())
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := imported(t, graph); !sameChain(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
	if acts < 6 {
		t.Errorf("got %d acts in all samples, want at least 6", acts)
	}
}

// sameChain compares acts and records in their order, items by what they are.
func sameChain(a, b chain) bool {
	return a.Title == b.Title && reflect.DeepEqual(a.Acts, b.Acts) && reflect.DeepEqual(a.Records, b.Records) && reflect.DeepEqual(a.Items, b.Items)
}

// The draft of the sample with acts becomes a message once its holder is named.
func TestImportedChainIsADraft(t *testing.T) {
	raw, err := os.ReadFile(samples + "case-uco/forensic_lifecycle.json")
	if err != nil {
		t.Skipf("left out: the public samples are not at hand: %v", err)
	}
	c, draft := imported(t, raw)
	if got, want := c.Acts[0], (chainAct{ID: "forensic_action-e482197e-50d4-4ce6-8240-9ada303e65c0", Action: "seized", Performer: "investigator-ae05a88b-780c-45c9-897b-6fdf84b055a2",
		Start: "2010-01-15T17:59:43.25Z", End: "2010-01-15T19:59:43.25Z", Outputs: []string{"provenance_record-6c0fda21-5670-4e4c-9d37-ce848a44aefb"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := c.Acts[1].Description, "Receive evidence via FedEx from Jon Graves."; got != want {
		t.Errorf("got %q from the annotation, want %q", got, want)
	}
	whole, _, err := catalogue(t).Complete(withHolder(t, draft), Draft{ID: NewID(), From: "BE", To: "NL", Created: time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := catalogue(t).Read(whole); err != nil {
		t.Error(err)
	}
}

func withHolder(t *testing.T, draft []byte) []byte {
	t.Helper()
	return bytes.Replace(draft, []byte(`"body": {`), []byte(`"body": {"holder": {"name": "x", "country": "BE"},`), 1)
}

// The project's own chains survive too, with every member of every act.
func TestOwnChainsRoundTrip(t *testing.T) {
	for typ, member := range map[string]string{"evidence.custody": "acts", "evidence.transfer": "custody"} {
		t.Run(typ, func(t *testing.T) {
			graph, err := ExportCASE(example(t, typ))
			if err != nil {
				t.Fatal(err)
			}
			draft, err := ImportCASE(graph)
			if err != nil {
				t.Fatal(err)
			}
			var got, want struct{ Body map[string]any }
			if err := errors.Join(json.Unmarshal(draft, &got), json.Unmarshal(example(t, typ), &want)); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Body["acts"], want.Body[member]) {
				t.Errorf("got acts %v\nwant %v", got.Body["acts"], want.Body[member])
			}
			if !reflect.DeepEqual(got.Body["records"], want.Body["records"]) {
				t.Errorf("got records %v\nwant %v", got.Body["records"], want.Body["records"])
			}
			if got, want := len(got.Body["items"].([]any)), len(want.Body["items"].([]any)); got != want {
				t.Errorf("got %d items, want %d", got, want)
			}
		})
	}
}

// A graph may use other prefixes, nest its nodes and write its times with an offset.
func TestImportCASEReadsOtherSpellings(t *testing.T) {
	c, _ := imported(t, []byte(`{
	 "@context": [{"i": "https://ontology.caseontology.org/case/investigation/", "act": "https://ontology.unifiedcyberontology.org/uco/action/"},
	  {"core": {"@id": "https://ontology.unifiedcyberontology.org/uco/core/"}, "obs": "https://ontology.unifiedcyberontology.org/uco/observable/", "types": "https://ontology.unifiedcyberontology.org/uco/types/"}],
	 "@id": "https://lab.example.org/a1", "@type": "i:InvestigativeAction", "core:name": "photographed",
	 "act:startTime": "2026-03-01T10:00:00+01:00",
	 "act:performer": {"@id": "https://lab.example.org/p", "core:name": "Examiner\n 7"},
	 "act:instrument": [{"@id": "urn:x:1", "core:name": "Camera"}, {"@id": "urn:x:2"}],
	 "core:hasFacet": {"@type": "x:Facet", "https://tools.example.org/v#mode": "macro"},
	 "act:object": {"@id": "urn:uuid:1", "@type": ["obs:File", "obs:Image"], "core:hasFacet": [{"obs:fileName": "a.dd", "obs:sizeInBytes": {"@value": "12"}, "obs:mimeType": "application/octet-stream",
	  "obs:hash": {"types:hashMethod": {"@value": "SHA-256"}, "types:hashValue": {"@value": "`+strings.Repeat("AB", 32)+`"}}}]}}`))
	size := int64(12)
	want := chain{
		Items: []chainItem{{ID: "urn:uuid:1", Kind: "image", Description: "a.dd", File: "a.dd", MediaType: "application/octet-stream", Size: &size, SHA256: strings.Repeat("ab", 32)}},
		Acts: []chainAct{{ID: "https://lab.example.org/a1", Action: "other", Name: "photographed", Performer: "Examiner 7", Instruments: []string{"Camera", "urn:x:2"},
			Start: "2026-03-01T09:00:00Z", Inputs: []string{"urn:uuid:1"}, Settings: "mode=macro"}},
	}
	if !sameChain(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
}

func TestImportCASERefuses(t *testing.T) {
	for _, row := range []struct{ what, raw, want string }{
		{"no JSON", `x`, "bad_json"},
		{"a list", `[]`, "not_an_object"},
		{"a name twice", `{"@id": "a", "@id": "b"}`, "duplicate_name"},
		{"a context elsewhere", `{"@context": "https://example.org/c.jsonld"}`, "remote_context"},
		{"a context elsewhere in a list", `{"@context": [{}, "https://example.org/c.jsonld"]}`, "remote_context"},
		{"a time without zone", `{"@context": {"i": "` + nsCase + `", "a": "` + nsAction + `"}, "@type": "i:InvestigativeAction", "a:startTime": "2026-03-01T10:00:00"}`, "bad_moment"},
	} {
		_, err := ImportCASE([]byte(row.raw))
		var p *Problem
		if !errors.As(err, &p) || p.Code != row.want {
			t.Errorf("%s: got %v, want %s", row.what, err, row.want)
		}
	}
}

func TestExportCASERefuses(t *testing.T) {
	for _, row := range []struct {
		what, want string
		raw        []byte
	}{
		{"a message without chain", "no_chain", example(t, "status.query")},
		{"a chain that is none", "no_chain", []byte(`{"body": {"acts": "none"}}`)},
		{"no JSON", "not_an_object", []byte(`[]`)},
	} {
		_, err := ExportCASE(row.raw)
		var p *Problem
		if !errors.As(err, &p) || p.Code != row.want {
			t.Errorf("%s: got %v, want %s", row.what, err, row.want)
		}
	}
}
