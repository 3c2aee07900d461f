package demo

import (
	"context"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// robotActor is the name under which a robot agency's acts are journalled.
const robotActor = "agency:robot"

// reply is one thing a robot sends in answer to a message type.
type reply struct {
	after time.Duration // from the arrival
	file  string        // in cases
	late  bool          // said to requests of lateCase only, the others to all but those
}

// lateCase ends the reference of the case in which one answer is always late: the
// competent authority had the request weeks ago, and no decision came.
const lateCase = "-00231"

// habits say what each robot answers to what.
var habits = map[schema.Jurisdiction]map[string][]reply{
	"FR": {
		"mla.request": {{after: 3 * time.Second, file: "acknowledged.json"}, {after: 8 * time.Second, file: "response.json"}},
	},
	"NL": {
		"mla.request":      {{after: 4 * time.Second, file: "incomplete.json"}, {after: time.Second, file: "forwarded-late.json", late: true}},
		"status.clarified": {{after: 2 * time.Second, file: "acknowledged.json"}, {after: 6 * time.Second, file: "response.json"}},
	},
}

// opening is what is sent when the demo starts: from whom, to whom, what.
var opening = []struct {
	from, to schema.Jurisdiction
	file     string
}{
	{"BE", "FR", "shell-companies.json"},
	{"BE", "NL", "bank-records.json"},
	{"BE", "NL", "shell-accounts.json"},
	{"BE", "FR", "forged-passports.json"},
	{"FR", "BE", "telephone-number.json"},
	{"FR", "BE", "counterfeit-medicines.json"},
	{"NL", "BE", "ransomware.json"},
	{"FR", "BE", "wanted.json"},
}

// startRobots sends the opening messages and lets the robots answer until ctx ends.
func (d *Demo) startRobots(ctx context.Context, log zerolog.Logger) {
	for _, p := range d.programs {
		if habit := habits[p.Card.Jurisdiction]; habit != nil {
			r := &robot{p.Node, habit, log.With().Str("robot", string(p.Card.Jurisdiction)).Logger()}
			events, cancel := p.Node.Watch()
			d.robots.Go(func() {
				defer cancel()
				r.work(ctx, events, &d.robots)
			})
		}
	}
	d.robots.Go(func() {
		for _, o := range opening {
			p := d.program(o.from)
			if err := send(ctx, p.Node, o.file, o.to, nil); err != nil {
				log.Error().Err(err).Str("file", o.file).Msg("sample not sent")
			}
		}
	})
}

func (d *Demo) program(code schema.Jurisdiction) *program.Program {
	for _, p := range d.programs {
		if p.Card.Jurisdiction == code {
			return p
		}
	}
	return nil
}

// robot is an agency that answers by itself.
type robot struct {
	node  *node.Node
	habit map[string][]reply
	log   zerolog.Logger
}

func (r *robot) work(ctx context.Context, events <-chan node.Event, all interface{ Go(func()) }) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if e.Type != "message.received" {
				continue
			}
			for _, a := range r.habit[e.Kind] {
				all.Go(func() { r.answer(ctx, e, a) })
			}
		}
	}
}

func (r *robot) answer(ctx context.Context, e node.Event, a reply) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(a.after):
	}
	asked, err := r.request(ctx, e.ID)
	if err == nil && a.late == strings.HasSuffix(asked.Case, lateCase) {
		err = send(ctx, r.node, a.file, e.Peer, asked)
	}
	if err != nil && ctx.Err() == nil {
		r.log.Error().Err(err).Str("msg", string(e.ID)).Msg("robot could not answer")
	}
}

// request opens the message that a thread began with: a clarification belongs to
// the request that it clarifies.
func (r *robot) request(ctx context.Context, id schema.ID) (*schema.Message, error) {
	for {
		d, err := r.node.Open(ctx, robotActor, id, "")
		if err != nil {
			return nil, err
		}
		if d.Message.Re == "" {
			return d.Message, nil
		}
		id = d.Message.Re
	}
}

// send submits a case file, as an answer to asked if that is not nil.
func send(ctx context.Context, n *node.Node, file string, to schema.Jurisdiction, asked *schema.Message) error {
	text, err := fill(file, time.Now(), asked)
	if err != nil {
		return err
	}
	_, err = n.Submit(ctx, node.Submission{Actor: robotActor, Body: text, To: to})
	return err
}
