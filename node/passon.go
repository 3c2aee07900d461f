package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/comity-exchange/comity/schema"
)

// againAfter is how long a task waits that policy or the peer's card kept from being
// done. A new policy lets it try at once.
const againAfter = time.Hour

// passOnDue tells a recipient of data what its source, or our agency, says of it. The
// message goes the way of every other, so policy judges it; what it does not let out
// stays open with the code.
func (n *Node) passOnDue(ctx context.Context, t *Task) error {
	if a, tried := n.enforce.tried[t.N]; tried && a.policy == n.PolicyVersion() && n.now().Sub(a.at) < againAfter {
		return nil
	}
	result, code, err := n.sendOn(ctx, t)
	if err != nil {
		return err
	}
	if code != "" {
		n.enforce.tried[t.N] = attempt{n.now(), n.PolicyVersion()}
	} else {
		delete(n.enforce.tried, t.N)
	}
	if code == t.Code && code != "" {
		return nil
	}
	return n.Store.Update(ctx, func(tx Tx) (err error) {
		if t, err = tx.Task(t.N); err != nil || t.State != TaskOpen {
			return err
		}
		t.Result, t.Code = result, code
		if code == "" {
			return n.endTask(tx, t, TaskDone, actorNode)
		}
		if err := tx.PutTask(t); err != nil {
			return err
		}
		return tx.Journal(n.entry(actorNode, "duty.waits", string(t.Message), t.detail()))
	})
}

// sendOn submits the message of a task, under a key of its own: a task that is tried
// again after a crash sends nothing twice. Code says why it does not go.
func (n *Node) sendOn(ctx context.Context, t *Task) (result schema.ID, code string, err error) {
	body, err := n.passage(ctx, t)
	var sent *Submitted
	if err == nil {
		sent, err = n.Submit(ctx, Submission{Actor: actorNode, Key: fmt.Sprintf("pass-on %d", t.N), Body: body, To: t.Peer})
	}
	var p *schema.Problem
	switch {
	case errors.As(err, &p) && p.Kind != schema.Internal && p.Kind != schema.Unavailable:
		return "", p.Code, nil
	case err != nil:
		return "", "", err
	case sent.State != Queued && sent.State != Accepted:
		return sent.ID, string(sent.State), nil
	}
	return sent.ID, "", nil
}

// amending is what a passed on message takes over from the one that came.
type amending struct {
	Type       jsontext.Value `json:"type"`
	From       jsontext.Value `json:"from"`
	To         jsontext.Value `json:"to"`
	Case       string         `json:"case,omitzero"`
	Instrument jsontext.Value `json:"instrument,omitzero"`
	Handling   jsontext.Value `json:"handling"`
	Retention  jsontext.Value `json:"retention,omitzero"`
	Languages  jsontext.Value `json:"languages,omitzero"`
	Subject    jsontext.Value `json:"subject"`
	Body       object         `json:"body"`
}

// object keeps the values of a JSON object as they came.
type object map[string]jsontext.Value

// passage is the message by which a task is fulfilled: what came, from our authority
// that got it, about our message that was made from the data. It depends on nothing but
// the task, so that it is the same every time.
func (n *Node) passage(ctx context.Context, t *Task) ([]byte, error) {
	raw, about, related, err := n.material(ctx, t)
	if err != nil {
		return nil, err
	}
	var m amending
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("read %s again: %w", t.Cause, err)
	}
	if about.came {
		m.From = m.To
	}
	m.To = about.to
	m.Case = about.record.Case
	for _, list := range []string{"data", "corrections"} {
		if items, there := m.Body[list]; there {
			if m.Body[list], err = readdressed(items, related, t.Message); err != nil {
				return nil, fmt.Errorf("pass %s on: %w", t.Cause, err)
			}
		}
	}
	if m.Handling, err = inheriting(m.Handling, t.Cause); err != nil {
		return nil, fmt.Errorf("pass %s on: %w", t.Cause, err)
	}
	return json.Marshal(m, json.Deterministic(true))
}

// recipient is whom a message about ours goes to.
type recipient struct {
	record *Message
	came   bool           // what is passed on came from a peer; otherwise it is our agency's own
	to     jsontext.Value // the address that our message went to, of the peer as such once that is erased
}

// material reads what a passage is made of, and which messages of its list concern ours.
func (n *Node) material(ctx context.Context, t *Task) (raw []byte, to recipient, related map[schema.ID]bool, err error) {
	var cause *Message
	var contents, ours []*Content
	err = n.Store.View(ctx, func(r Reader) (err error) {
		if cause, err = known(r, t.Cause); err != nil {
			return err
		}
		if to.record, err = r.Message(t.Message, t.Box); err != nil {
			return err
		}
		if contents, err = contentsOf(r, []*Message{cause}); err != nil {
			return err
		}
		if ours, err = contentsOf(r, []*Message{to.record}); err != nil {
			return err
		}
		related, err = kin(r, t.Message, cause.Box)
		return err
	})
	if err != nil {
		return nil, to, nil, err
	}
	if contents[0] == nil {
		return nil, to, nil, cause.erasedProblem()
	}
	to.came, to.to = cause.Box == In, jsontext.Value(`"`+string(t.Peer)+`"`)
	if ours[0] != nil {
		if text, _, err := n.decrypt(ours); err == nil {
			var address struct {
				To jsontext.Value `json:"to"`
			}
			if json.Unmarshal(text, &address) == nil && address.To != nil {
				to.to = address.To
			}
		}
	}
	raw, _, err = n.decrypt(contents)
	return raw, to, related, err
}

// kin are the messages of one box that share data with ours: what it was made from and,
// of our own, what was made from that.
func kin(r Reader, id schema.ID, box Box) (map[schema.ID]bool, error) {
	sources, err := ancestors(r, id)
	if err != nil {
		return nil, err
	}
	all := map[schema.ID]bool{}
	for _, s := range sources {
		if s.Box == box {
			all[s.ID] = true
		}
	}
	if box == In {
		return all, nil
	}
	all[id] = true
	made, err := descendants(r, append(slices.Clone(sources), Source{id, Out}))
	for _, other := range made {
		all[other] = true
	}
	return all, err
}

// readdressed keeps the items of a list that concern our message, and makes them about it.
func readdressed(list jsontext.Value, related map[schema.ID]bool, about schema.ID) (jsontext.Value, error) {
	var items []object
	if err := json.Unmarshal(list, &items); err != nil {
		return nil, err
	}
	kept := items[:0]
	for _, item := range items {
		var id schema.ID
		if err := json.Unmarshal(item["message"], &id); err != nil {
			return nil, err
		}
		if related[id] {
			item["message"] = jsontext.Value(`"` + string(about) + `"`)
			kept = append(kept, item)
		}
	}
	return json.Marshal(kept, json.Deterministic(true))
}

// inheriting marks the conditions of a message as those of another.
func inheriting(handling jsontext.Value, from schema.ID) (jsontext.Value, error) {
	var all object
	if err := json.Unmarshal(handling, &all); err != nil {
		return nil, err
	}
	if all["conditions"] == nil {
		return handling, nil
	}
	var conditions []object
	if err := json.Unmarshal(all["conditions"], &conditions); err != nil {
		return nil, err
	}
	for _, c := range conditions {
		if c["inherited_from"] == nil {
			c["inherited_from"] = jsontext.Value(`"` + string(from) + `"`)
		}
	}
	var err error
	if all["conditions"], err = json.Marshal(conditions, json.Deterministic(true)); err != nil {
		return nil, err
	}
	return json.Marshal(all, json.Deterministic(true))
}
