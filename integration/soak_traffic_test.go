package integration

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// traffic is what agency systems do: they hand messages in under a key of their own, and
// again under the same key until they get an answer.
type traffic struct {
	t       *testing.T
	nodes   []*soakNode
	seed    uint64
	forms   [][]byte
	next    atomic.Int64 // number of the next message
	retries atomic.Int64 // tries without an answer
	repeats atomic.Int64 // answered messages handed in once more

	mu       sync.Mutex // guards the rest
	answers  []auditor.Sent
	denials  []auditor.Sent
	readings []auditor.Reading
	refused  int // denials, with those whose id is not known
}

// givenBySender is what each submission says anew.
var givenBySender = regexp.MustCompile(`(?m)^ "(id|created|from|to)": "[^"]*",\n`)

// lanes are the streams of one pair of nodes.
const lanes = 4

func newTraffic(t *testing.T, nodes []*soakNode, seed uint64) *traffic {
	t.Helper()
	tr := &traffic{t: t, nodes: nodes, seed: seed}
	c, err := catalogue()
	check(t, err)
	spontaneous, err := c.Type("information.spontaneous") // holds data on a person under 18
	check(t, err)
	records := withCanary(messageOf(t, 4096))
	for _, form := range [][]byte{spontaneous.Example, records, records, withFile(records)} {
		tr.forms = append(tr.forms, givenBySender.ReplaceAll(bytes.TrimSpace(form), nil))
	}
	return tr
}

// run hands in so many messages, spread over the time, and returns when all are answered.
func (tr *traffic) run(messages int, over time.Duration) {
	begin, all := time.Now(), sync.WaitGroup{}
	for from := range tr.nodes {
		for to := range tr.nodes {
			for lane := range lanes {
				if from != to {
					a := &agency{traffic: tr, from: tr.nodes[from], to: tr.nodes[to], stream: fmt.Sprintf("%s-%s-%d", tr.nodes[from].code, tr.nodes[to].code, lane)}
					a.chance = rand.New(rand.NewPCG(tr.seed, uint64(2+from*100+to*10+lane)))
					all.Go(func() { a.work(messages, begin, over) })
				}
			}
		}
	}
	all.Wait()
	if left := over - time.Since(begin); left > 0 {
		time.Sleep(left)
	}
}

// agency is one system that waits for each answer before it hands in the next message.
type agency struct {
	*traffic
	from, to *soakNode
	stream   string
	chance   *rand.Rand
	last     *web.SendRequest // that was answered, with its answer
	lastID   schema.ID
}

// work goes on until enough messages are answered; a denied one is replaced.
func (a *agency) work(messages int, begin time.Time, over time.Duration) {
	for {
		a.mu.Lock()
		enough := len(a.answers) >= messages
		a.mu.Unlock()
		if enough || a.t.Failed() {
			return
		}
		number := a.next.Add(1)
		due := begin.Add(time.Duration(float64(over) * 0.95 * float64(number) / float64(messages)))
		time.Sleep(time.Until(due))
		a.submit(number)
	}
}

// submit hands in one message and notes the answer. Every other one brings its own id.
func (a *agency) submit(number int64) {
	text := bytes.Clone(a.forms[a.chance.IntN(len(a.forms))])
	text = bytes.Replace(text, []byte(`"subject": "`), fmt.Appendf(nil, `"subject": "No. %d `, number), 1)
	text = bytes.Replace(text, []byte("{"), []byte(`{"from":"`+string(a.from.code)+`/sender","to":"`+string(a.to.code)+`/reader",`), 1)
	sent := auditor.Sent{From: string(a.from.code), To: string(a.to.code), Stream: a.stream}
	if number%2 == 0 {
		sent.ID = string(anyID())
		head := fmt.Sprintf(`{"id":"%s","created":"%s",`, sent.ID, time.Now().UTC().Format(time.RFC3339))
		text = bytes.Replace(text, []byte("{"), []byte(head), 1)
		if !bytes.Contains(text, []byte(`"data": "`)) { // else the node describes the file in its place
			sent.SHA256 = sha256.Sum256(text)
		}
	}
	request := web.SendRequest{Body: text, To: a.to.code, Key: fmt.Sprintf("soak-%d", number)}
	id, denied := a.send(request)
	if id == "" && !denied {
		return // the test has failed
	}
	a.note(sent, id, denied)
	if !denied {
		a.last, a.lastID = &request, id
		a.look(id)
	}
	a.repeat()
}

func (a *agency) note(sent auditor.Sent, id schema.ID, denied bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if denied {
		a.refused++
		if sent.ID != "" {
			a.denials = append(a.denials, sent)
		}
		return
	}
	if sent.ID != "" && sent.ID != string(id) {
		a.t.Errorf("%s: got the id %s, want %s as handed in", a.stream, id, sent.ID)
	}
	sent.ID = string(id)
	a.answers = append(a.answers, sent)
}

// send tries until there is an answer that is the node's last word.
func (a *agency) send(r web.SendRequest) (id schema.ID, denied bool) {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		sent, err := a.from.client.Send(ctx, r)
		cancel()
		if err == nil {
			return sent.ID, false
		}
		a.retries.Add(1)
		var p *schema.Problem
		switch {
		case !errors.As(err, &p): // the time was over
		case p.Code == "policy_denied":
			return "", true
		case p.Code == "node_not_running", p.Code == "answer_cut", p.Code == "still_running", p.Code == "peer_suspended", p.Kind == schema.Unavailable:
		default:
			a.t.Errorf("%s, key %s: %v", a.stream, r.Key, err)
			return "", false
		}
	}
	a.t.Errorf("%s, key %s: no answer in two minutes", a.stream, r.Key)
	return "", false
}

// repeat hands an answered message in once more, now and then.
func (a *agency) repeat() {
	if a.last == nil || a.chance.IntN(25) > 0 {
		return
	}
	a.repeats.Add(1)
	if id, denied := a.send(*a.last); id != a.lastID {
		a.t.Errorf("%s: the key %s got the answer %s (denied: %t), before it was %s", a.stream, a.last.Key, id, denied, a.lastID)
	}
}

// look lets an officer open a message, now and then. What was not shown is not noted.
func (a *agency) look(id schema.ID) {
	if a.chance.IntN(50) > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := a.from.client.Message(ctx, id, node.Out); err != nil {
		return // the node is down
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.readings = append(a.readings, auditor.Reading{Node: string(a.from.code), ID: string(id)})
}

func (tr *traffic) sent() []auditor.Sent {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.answers
}

func (tr *traffic) denied() []auditor.Sent {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.denials
}

func (tr *traffic) read() []auditor.Reading {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.readings
}

func (tr *traffic) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return fmt.Sprintf("%d messages answered, %d denied, %d tries again, %d repeats, %d read", len(tr.answers), tr.refused, tr.retries.Load(), tr.repeats.Load(), len(tr.readings))
}
