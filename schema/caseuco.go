package schema

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// chain is a chain of custody as evidence.custody holds it and CASE/UCO can say it.
type chain struct {
	Title   string        `json:"title,omitempty"`
	Items   []chainItem   `json:"items,omitempty"`
	Records []chainRecord `json:"records,omitempty"`
	Acts    []chainAct    `json:"acts,omitempty"`
}

type chainItem struct {
	ID          string `json:"id"`
	Exhibit     string `json:"exhibit_number,omitempty"`
	Kind        string `json:"kind,omitempty"`
	Description string `json:"description"`
	File        string `json:"file,omitempty"`
	MediaType   string `json:"media_type,omitempty"`
	Size        *int64 `json:"size,omitempty"` // octets
	SHA256      string `json:"sha256,omitempty"`
}

type chainRecord struct {
	ID          string   `json:"id"`
	Exhibit     string   `json:"exhibit_number,omitempty"`
	Description string   `json:"description,omitempty"`
	Objects     []string `json:"objects,omitempty"`
	Root        string   `json:"root_exhibit_number,omitempty"`
}

type chainAct struct {
	ID           string   `json:"id"`
	Action       string   `json:"action"`
	Name         string   `json:"name,omitempty"`
	Description  string   `json:"description,omitempty"`
	Performer    string   `json:"performer,omitempty"`
	Organisation string   `json:"organisation,omitempty"`
	Instruments  []string `json:"instruments,omitempty"`
	Location     string   `json:"location,omitempty"`
	Environment  string   `json:"environment,omitempty"`
	Start        string   `json:"start,omitempty"` // UTC, as recorded
	End          string   `json:"end,omitempty"`
	Inputs       []string `json:"inputs,omitempty"`
	Outputs      []string `json:"outputs,omitempty"`
	Settings     string   `json:"settings,omitempty"`
}

// custodyDraft is a message with a chain, as an officer completes it.
type custodyDraft struct {
	Type     string            `json:"type"`
	Handling map[string]string `json:"handling"`
	Subject  string            `json:"subject"`
	Body     chain             `json:"body"`
}

// ImportCASE turns a graph of CASE/UCO 1.x (JSON-LD with its context inside) into a
// draft of evidence.custody: its investigative actions in the order of the file, its
// provenance records, and the devices, files and images. Whatever else the graph
// holds is no part of a chain of custody and stays behind. Who holds the items is
// for the officer to add.
func ImportCASE(raw []byte) ([]byte, error) {
	g, err := readGraph(raw)
	if err != nil {
		return nil, err
	}
	c, err := g.chain()
	if err != nil {
		return nil, err
	}
	draft := custodyDraft{"evidence.custody", map[string]string{"marking": "restricted"}, "Chain of custody", c}
	return json.Marshal(draft, jsontext.WithIndent(" "), json.Deterministic(true))
}

// ExportCASE gives the chain of custody in a message as a graph of CASE/UCO. The
// message holds it as evidence.custody or as evidence.transfer does. Of an item goes
// what CASE has a place for: what it is, its exhibit number, its file and digest.
func ExportCASE(message []byte) ([]byte, error) {
	if _, p := parse(message); p != nil {
		return nil, p
	}
	var m struct {
		Body struct {
			chain
			Custody []chainAct `json:"custody"`
		} `json:"body"`
	}
	if err := json.Unmarshal(message, &m); err != nil {
		return nil, noChain("The message holds no chain of custody that can be read.")
	}
	c := m.Body.chain
	c.Acts = append(c.Acts, m.Body.Custody...)
	if len(c.Acts) == 0 {
		return nil, noChain("The message holds no act of custody.")
	}
	return json.Marshal(c.graph(), jsontext.WithIndent(" "), json.Deterministic(true))
}

func noChain(detail string) *Problem {
	return &Problem{Kind: Invalid, Code: "no_chain", Pointer: "/body", Detail: detail,
		Fix: "Give a message of type evidence.custody, or evidence.transfer with custody."}
}
