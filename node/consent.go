package node

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Types of messages about consent, and those that go on without it: they tell that
// data was wrong or must go (Directive (EU) 2016/680, Articles 7(3) and 16(6)).
const (
	dataRequest  = "data.consent.request"
	dataDecision = "data.consent.decision"
	fiuRequest   = "fiu.consent.request"
	fiuDecision  = "fiu.consent.decision"
	teamShares   = "jit.information"
	teamFounded  = "jit.agreement"
)

var (
	always   = []string{"data.correction", "data.erasure"}
	evidence = []string{"mla.*", "evidence.*", "extradition.*"}
)

// maxDecisions bounds how many decisions of one peer are looked at, newest first.
const maxDecisions = 1000

// onward is what the rules on data of others say of a draft.
type onward struct {
	faults     []schema.Problem
	hold       *schema.Problem
	inform     []informed
	conditions []schema.Condition // of the consents that it goes on
}

func (o *onward) refusal() error {
	if len(o.faults) == 0 {
		return nil
	}
	p := o.faults[0]
	if len(o.faults) > 1 {
		p.Errors = o.faults
	}
	return &p
}

// onward asks for every message of a third jurisdiction whether that has agreed.
func (n *Node) onward(r Reader, d *draft, sources []*source) (o onward, err error) {
	known := map[string][]*consent{}
	for _, s := range sources {
		if s.record.Box != In || s.record.Peer == d.peer || slices.Contains(always, d.message.Type) {
			continue
		}
		if free, err := n.teamed(r, d, s); err != nil || free {
			if err != nil {
				return o, err
			}
			continue
		}
		kind := dataDecision
		if strings.HasPrefix(s.message.Type, "fiu.") {
			kind = fiuDecision
		}
		key := kind + " " + string(s.record.Peer)
		if _, there := known[key]; !there {
			if known[key], err = n.consents(r, s.record.Peer, kind); err != nil {
				return o, err
			}
		}
		o.judge(d, s, known[key], n.now())
	}
	return o, nil
}

// judge holds one source against the consents of its originator.
func (o *onward) judge(d *draft, s *source, list []*consent, now time.Time) {
	fiu := strings.HasPrefix(s.message.Type, "fiu.")
	goes := find(list, func(k *consent) bool { return k.passes(s.record.ID, d.peer) })
	switch {
	case goes != nil && goes.part && fiu:
		o.hold = held("consent_in_part", s, "The originator has agreed in part, in words that only a person can read.")
		o.conditions = append(o.conditions, goes.conditions...)
	case goes != nil:
		o.conditions = append(o.conditions, goes.conditions...)
	case d.message.Emergency && !fiu: // Directive (EU) 2016/680, Article 35(2)
		o.hold = held("onward_emergency", s, "Against an immediate and serious threat the data may go on without consent, but no officer decides that alone.")
		o.inform = append(o.inform, informed{s.record.Peer, s.record.ID})
	default:
		o.faults = append(o.faults, missing("onward_consent_missing", s, "The data of message "+string(s.record.ID)+" may not go on to another jurisdiction.", fiu))
	}
	if !accepts(evidence, d.message.Type) || !noEvidence(s.message, now) {
		return
	}
	serves := find(list, func(k *consent) bool { return k.proves(s.record.ID, d.peer) })
	if serves == nil {
		o.faults = append(o.faults, missing("evidence_consent_missing", s, "The data of message "+string(s.record.ID)+" may not serve as evidence.", fiu))
	} else if serves != goes {
		o.conditions = append(o.conditions, serves.conditions...)
	}
}

// noEvidence holds for data that its originator keeps out of proceedings.
func noEvidence(m *schema.Message, now time.Time) bool {
	return slices.Contains(m.Codes, "H1") || slices.ContainsFunc(m.Conditions, func(k schema.Condition) bool {
		return k.Code == "no-evidence-use" && (k.Until == "" || k.Until >= now.Format(time.DateOnly))
	})
}

func held(code string, s *source, why string) *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: code, Pointer: s.pointer, Detail: why, Fix: "Have a second officer release it."}
}

func missing(code string, s *source, what string, fiu bool) schema.Problem {
	ask := "Ask it by a " + dataRequest + " that names the message, the recipient and the use."
	if fiu {
		ask = "Ask it by a " + fiuRequest + " that names the message, the recipient and the use."
	}
	return schema.Problem{Kind: schema.NotAllowed, Code: code, Pointer: s.pointer,
		Detail: what + " " + string(s.record.Peer) + " sent it and has not agreed.", Fix: ask}
}

// consent is one decision of an originator with the request that it decides on.
type consent struct {
	part       bool // granted in part
	fiu        bool
	messages   []schema.ID // whose data it is about
	subjects   []string    // what it allows
	recipients []schema.Jurisdiction
	conditions []schema.Condition
}

// passes holds if the data of a message may go to a jurisdiction.
func (k *consent) passes(id schema.ID, to schema.Jurisdiction) bool {
	asked := k.fiu || slices.Contains(k.subjects, "new-recipient") || slices.Contains(k.subjects, "third-country-transfer")
	return asked && !k.forbids("no-onward") && slices.Contains(k.messages, id) && slices.Contains(k.recipients, to)
}

// proves holds if the data of a message may be evidence there.
func (k *consent) proves(id schema.ID, to schema.Jurisdiction) bool {
	asked := k.fiu && !k.part || slices.Contains(k.subjects, "use-as-evidence")
	return asked && !k.forbids("no-evidence-use") && slices.Contains(k.messages, id) && (len(k.recipients) == 0 || slices.Contains(k.recipients, to))
}

func (k *consent) forbids(code string) bool {
	return slices.ContainsFunc(k.conditions, func(c schema.Condition) bool { return c.Code == code })
}

func find(list []*consent, is func(*consent) bool) *consent {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

// consents are what a peer agrees to now: of its decisions on one request the latest counts.
func (n *Node) consents(r Reader, peer schema.Jurisdiction, kind string) (list []*consent, err error) {
	decided := map[schema.ID]bool{}
	f := Filter{Box: In, State: Received, Peer: peer, Type: kind, Limit: 200}
	for range maxDecisions / f.Limit {
		page, err := r.Messages(f)
		if err != nil {
			return nil, err
		}
		for _, record := range page {
			f.After = record.N
			if decided[record.Re] {
				continue
			}
			decided[record.Re] = true
			k, err := n.consent(r, record)
			if err != nil {
				return nil, err
			}
			if k != nil {
				list = append(list, k)
			}
		}
		if len(page) < f.Limit {
			break
		}
	}
	return list, nil
}

// consent reads a decision and our request to its author; nil if it allows nothing now.
func (n *Node) consent(r Reader, record *Message) (*consent, error) {
	fiu := record.Type == fiuDecision
	asked, err := r.Message(record.Re, Out)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || asked.Peer != record.Peer || asked.Type != map[bool]string{false: dataRequest, true: fiuRequest}[fiu] {
		return nil, err
	}
	var question, answer consentBody
	said, err := n.consentBody(r, record, &answer)
	if said == nil || err != nil {
		return nil, err
	}
	if request, err := n.consentBody(r, asked, &question); request == nil || err != nil {
		return nil, err
	}
	if answer.ValidUntil != "" && answer.ValidUntil < n.now().Format(time.DateOnly) {
		return nil, nil
	}
	k := &consent{fiu: fiu, messages: question.messages(), subjects: question.Subject, recipients: question.recipients()}
	switch answer.Decision {
	case "granted":
	case "granted-in-part":
		k.part = true
		if named := answer.messages(); !fiu {
			k.messages = slices.DeleteFunc(k.messages, func(id schema.ID) bool { return !slices.Contains(named, id) })
		}
	default:
		return nil, nil
	}
	k.conditions, err = answer.conditions(said)
	return k, err
}

// consentBody opens a message about consent; nil if its content is no longer here.
func (n *Node) consentBody(r Reader, record *Message, into *consentBody) (*schema.Message, error) {
	m, err := n.opened(r, record)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return m, bodyOf(m, into)
}

// consentBody is what a request for consent and its decision say, of either kind.
type consentBody struct {
	Data []struct {
		Message schema.ID `json:"message"`
	} `json:"data"`
	Subject    []string `json:"subject"`
	Recipients []struct {
		Country schema.Jurisdiction `json:"country"`
		Node    schema.Address      `json:"node"`
	} `json:"recipients"`
	Decision   string          `json:"decision"`
	ValidUntil string          `json:"valid_until"`
	Conditions json.RawMessage `json:"conditions"` // coded, or in words (fiu)
}

func (b *consentBody) messages() (list []schema.ID) {
	for _, d := range b.Data {
		list = append(list, d.Message)
	}
	return list
}

func (b *consentBody) recipients() (list []schema.Jurisdiction) {
	for _, a := range b.Recipients {
		if a.Node != "" {
			list = append(list, a.Node.Jurisdiction())
		} else {
			list = append(list, a.Country)
		}
	}
	return list
}

// conditions of a decision, as they bind what goes on.
func (b *consentBody) conditions(said *schema.Message) (list []schema.Condition, err error) {
	var coded []struct {
		Code, Note, Until string
		SetBy             schema.Address `json:"set_by"`
		InheritedFrom     schema.ID      `json:"inherited_from"`
	}
	var words string
	switch {
	case len(b.Conditions) == 0:
		return nil, nil
	case b.Conditions[0] == '"':
		if err := json.Unmarshal(b.Conditions, &words); err != nil {
			return nil, err
		}
		return []schema.Condition{{Code: "originator-control", Note: words, SetBy: said.From, InheritedFrom: said.ID}}, nil
	}
	if err := json.Unmarshal(b.Conditions, &coded); err != nil {
		return nil, err
	}
	for _, k := range coded {
		c := schema.Condition{Code: k.Code, Note: k.Note, Until: k.Until, SetBy: k.SetBy, InheritedFrom: k.InheritedFrom}
		if c.SetBy == "" {
			c.SetBy = said.From
		}
		if c.InheritedFrom == "" {
			c.InheritedFrom = said.ID
		}
		list = append(list, c)
	}
	return list, nil
}
