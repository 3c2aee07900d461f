package node

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// draftKey is the idempotency key under which a draft is sent, once.
func draftKey(id schema.ID) string { return "draft-" + string(id) }

// Judged is what would become of a draft if it were sent now.
type Judged struct {
	Message  *schema.Message // as it would leave, nil if it is not whole
	Decision policy.Decision // with its trace; zero if it was not asked for
	Problem  *schema.Problem // why it would not leave, nil if it would leave or wait
}

// JudgeDraft tells what would become of a draft if it were sent now; nothing is stored.
func (n *Node) JudgeDraft(ctx context.Context, actor string, id schema.ID) (*Judged, error) {
	d, files, err := n.draftWithFiles(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	out := &Judged{}
	s, err := n.submission(actor, d, files)
	if err == nil {
		out.Message, _, err = n.Catalogue.Finish(s.Body, schema.Draft{ID: d.ID, From: schema.Address(n.Code()), Created: n.now().Truncate(time.Second)})
	}
	if err == nil {
		var sent *Submitted
		s.DryRun = true
		if sent, err = n.Submit(ctx, s); sent != nil {
			out.Decision = sent.Decision
		}
	}
	if err != nil && !errors.As(err, &out.Problem) {
		return nil, err
	}
	return out, nil
}

// ForeseeDraft tells what policy would say to a draft as far as it is written: its
// categories are those that are in it now. It says nothing about its faults.
func (n *Node) ForeseeDraft(d *Draft) (*Judged, error) {
	m, err := n.Catalogue.Foresee(d.Raw, schema.Draft{ID: d.ID, From: schema.Address(n.Code()), Created: n.now().Truncate(time.Second)})
	if err != nil {
		return nil, err
	}
	return &Judged{Message: m, Decision: n.Policy().Explain(policy.Ask(m, d.Peer, policy.Send, n.now()))}, nil
}

// ForeseeChange is ForeseeDraft of a draft as f would leave it. Nothing is kept.
func (n *Node) ForeseeChange(d *Draft, f func(schema.Values) error) (*Judged, error) {
	changed := *d
	if err := n.revise(&changed, f); err != nil {
		return nil, err
	}
	return n.ForeseeDraft(&changed)
}

// SendDraft submits a draft once, whatever happens between, and ends it.
func (n *Node) SendDraft(ctx context.Context, actor string, id schema.ID) (*Submitted, error) {
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	for {
		if sent, err := n.sentDraft(ctx, actor, id); sent != nil || err != nil {
			return sent, err
		}
		d, files, err := n.draftWithFiles(ctx, actor, id)
		if err != nil {
			if sent, _ := n.sentDraft(ctx, actor, id); sent != nil { // just now
				return sent, nil
			}
			return nil, err
		}
		s, err := n.submission(actor, d, files)
		if err != nil {
			return nil, err
		}
		out, err := n.Submit(ctx, s)
		var p *schema.Problem
		if errors.As(err, &p) && (p.Code == "still_running" || p.Code == "key_reused") && ctx.Err() == nil {
			pause(ctx, 20*time.Millisecond)
			continue
		}
		if err != nil {
			return out, err
		}
		return out, n.sealSent(ctx, actor, id, out.ID)
	}
}

// sentDraft finds the message that a draft has become, and ends a draft that a crash left over.
func (n *Node) sentDraft(ctx context.Context, actor string, id schema.ID) (*Submitted, error) {
	var m *Message
	var left bool
	err := n.Store.View(ctx, func(r Reader) error {
		seen, err := r.Idempotency(actor, draftKey(id))
		if err != nil {
			return err
		}
		if m, err = r.Message(seen.ID, Out); err != nil {
			return err
		}
		_, err = r.Draft(id)
		left = err == nil
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &Submitted{ID: m.ID, State: m.State, Replayed: true,
		Decision: policy.Decision{Verdict: policy.Allow, Rule: m.Rule, Policy: hex.EncodeToString(m.Policy[:])}}
	if left {
		return out, n.sealSent(ctx, actor, id, m.ID)
	}
	return out, nil
}

// sealSent ends a draft whose message is durable. That somebody else has ended it is fine.
func (n *Node) sealSent(ctx context.Context, actor string, id, message schema.ID) error {
	err := n.endDraft(ctx, actor, id, "draft.sent", map[string]string{"message": string(message)})
	var p *schema.Problem
	if errors.As(err, &p) && p.Kind == schema.NotFound {
		return nil
	}
	return err
}

// submission makes what is handed in of a draft: its text with the files in it.
func (n *Node) submission(actor string, d *Draft, files []schema.File) (Submission, error) {
	v, err := n.Catalogue.Values(d.Raw)
	if err != nil {
		return Submission{}, err
	}
	list := []byte(`,"attachments":[`)
	for i, first := 0, len(list); ; i++ {
		at := "/attachments/" + strconv.Itoa(i)
		if v[at+"/sha256"] == nil {
			break
		}
		if len(list) > first {
			list = append(list, ',')
		}
		if list, err = embedded(list, v, at, files); err != nil {
			return Submission{}, err
		}
	}
	for _, pointer := range v.Under("/attachments") {
		delete(v, pointer)
	}
	body, err := n.Catalogue.Compose(d.Type, v)
	if err != nil {
		return Submission{}, err
	}
	if len(files) > 0 {
		body = append(append(body[:len(body)-1], list...), "]}"...)
	}
	return Submission{Actor: actor, Key: draftKey(d.ID), Body: body}, nil
}

// embedded appends one attachment with its file, as an agency hands it in.
func embedded(b []byte, v schema.Values, at string, files []schema.File) ([]byte, error) {
	for _, f := range files {
		if hex.EncodeToString(f.SHA256[:]) != v[at+"/sha256"][0] {
			continue
		}
		b = append(b, '{')
		for _, name := range []string{"name", "media_type", "category"} {
			if text := v[at+"/"+name]; len(text) == 1 {
				quoted, err := jsontext.AppendQuote(append(strconv.AppendQuote(b, name), ':'), text[0])
				if err != nil {
					return nil, err
				}
				b = append(quoted, ',')
			}
		}
		b = append(b, `"data":"`...)
		b = base64.StdEncoding.AppendEncode(b, f.Data)
		return append(b, `"}`...), nil
	}
	return nil, errors.New("a file of the draft is not there")
}
