package node

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// typeCorrection is the type of message that tells of data which was not right.
const typeCorrection = "data.correction"

// actorNode stands for the node itself in the journal.
const actorNode = "node"

// assume makes the tasks that follow from a message, in the transaction that brings it
// here or queues it, and keeps what the message was made from.
func (n *Node) assume(tx Tx, record *Message, m *schema.Message) error {
	if record.Box == Out {
		if err := n.derive(tx, m); err != nil {
			return err
		}
	}
	for _, t := range n.ownTasks(record, m) {
		if err := tx.AddTask(t); err != nil {
			return err
		}
	}
	if record.Box == In {
		return n.assumeOthers(tx, record, m)
	}
	for _, d := range m.Demands() {
		if d.About == "" {
			continue
		}
		if err := n.passOnOurs(tx, record, d); err != nil {
			return err
		}
	}
	for _, id := range m.Reported() {
		if err := n.reported(tx, record, id); err != nil {
			return err
		}
	}
	return nil
}

// ownTasks are those for what a message demands about itself. What we demand of a peer
// binds us only to let go of our own copy. The journal tells of them in the message's line.
func (n *Node) ownTasks(record *Message, m *schema.Message) (list []*Task) {
	for _, d := range m.Demands() {
		kind := TaskKind(d.Kind)
		if kind == Erase && d.Partly {
			kind = Correct // a part cannot be erased: the whole was signed
		}
		if d.About != "" || record.Box == Out && kind != Erase && kind != Review {
			continue
		}
		list = append(list, &Task{Kind: kind, Message: record.ID, Box: record.Box, Peer: record.Peer, Due: d.By,
			State: TaskOpen, Made: n.now(), Cause: record.ID})
	}
	return list
}

// eraseInTime makes the task for a message that did not cross: what is kept of it goes
// at the date that it states all the same.
func (n *Node) eraseInTime(tx Tx, record *Message, m *schema.Message) error {
	for _, t := range n.ownTasks(record, m) {
		if t.Kind != Erase {
			continue
		}
		if err := n.makeTask(tx, t); err != nil {
			return err
		}
	}
	return nil
}

// noteTasks puts the tasks that a message brings with it into its line of the journal.
func (n *Node) noteTasks(detail map[string]string, box Box, m *schema.Message) {
	var words []string
	for _, t := range n.ownTasks(&Message{Box: box}, m) {
		word := string(t.Kind)
		if !t.Due.IsZero() {
			word += " by " + t.Due.Format(time.DateOnly)
		}
		words = append(words, word)
	}
	if len(words) > 0 {
		detail["duties"] = strings.Join(words, ", ")
	}
}

// assumeOthers makes the tasks for what a peer demands about messages that came from
// it. About any other message it demands in vain: one line of the journal counts these.
func (n *Node) assumeOthers(tx Tx, record *Message, m *schema.Message) error {
	refused := 0
	for _, d := range m.Demands() {
		if d.About == "" {
			continue
		}
		about, err := tx.Message(d.About, In)
		if errors.Is(err, ErrNotFound) || err == nil && about.Peer != record.Peer {
			refused++
			continue
		}
		if err != nil {
			return err
		}
		if err := n.assumeOther(tx, record, about, d); err != nil {
			return err
		}
	}
	if refused == 0 {
		return nil
	}
	return tx.Journal(n.entry(record.Actor, "duty.refused", string(record.ID),
		map[string]string{"peer": string(record.Peer), "messages": strconv.Itoa(refused), "code": foreignMessage}))
}

// assumeOther makes the tasks for what a peer demands about one message that it sent.
func (n *Node) assumeOther(tx Tx, record, about *Message, d schema.Demand) error {
	if err := tx.Amend(about.ID, In, record.ID); err != nil {
		return err
	}
	if about.Erased.IsZero() {
		if err := n.makeTask(tx, demanded(record, about, d)); err != nil {
			return err
		}
	}
	made, err := descendants(tx, []Source{{about.ID, In}})
	if err != nil {
		return err
	}
	for _, id := range made {
		child, err := tx.Message(id, Out)
		if err != nil {
			return err
		}
		if err := n.passOnTask(tx, record, child); err != nil {
			return err
		}
		if child.Erased.IsZero() {
			if err := n.makeTask(tx, &Task{Kind: Review, Message: id, Box: Out, Peer: child.Peer, Cause: record.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// demanded is the task for what a peer demands about a message that it sent. To erase
// without a date is to erase at once.
func demanded(record, about *Message, d schema.Demand) *Task {
	t := &Task{Kind: TaskKind(d.Kind), Message: about.ID, Box: In, Peer: record.Peer, Due: d.By, Cause: record.ID}
	switch {
	case t.Kind == Erase && d.Partly:
		t.Kind = Correct
	case t.Kind == Erase && t.Due.IsZero():
		t.Due = record.Stored
	}
	return t
}

// foreignMessage is the code of a demand about a message that came from somebody else.
const foreignMessage = "foreign_message"

// passOnOurs makes the tasks to tell all who received the same data what our agency
// tells one of them, and the originator of data that is corrected. What the node itself
// passes on goes no further.
func (n *Node) passOnOurs(tx Tx, record *Message, d schema.Demand) error {
	about, err := tx.Message(d.About, Out)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if about.Peer == record.Peer {
		if err := tx.Amend(about.ID, Out, record.ID); err != nil {
			return err
		}
	}
	if record.Actor == actorNode {
		return nil
	}
	sources, err := ancestors(tx, about.ID)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if err := n.informTask(tx, record, s); err != nil {
			return err
		}
	}
	made, err := descendants(tx, append(slices.Clone(sources), Source{about.ID, Out}))
	if err != nil {
		return err
	}
	for _, s := range sources { // our own messages among the sources went somewhere too
		if s.Box == Out && !slices.Contains(made, s.ID) {
			made = append(made, s.ID)
		}
	}
	for _, id := range made {
		other, err := tx.Message(id, Out)
		if err != nil {
			return err
		}
		if err := n.passOnTask(tx, record, other); err != nil {
			return err
		}
	}
	return nil
}

// informTask is there for corrected data that came from another peer (Directive (EU)
// 2016/680, Article 16(5)).
func (n *Node) informTask(tx Tx, record *Message, s Source) error {
	if s.Box != In || record.Type != typeCorrection {
		return nil
	}
	origin, err := tx.Message(s.ID, In)
	if err != nil || origin.Peer == record.Peer {
		return err
	}
	return n.makeTask(tx, &Task{Kind: InformOriginator, Message: origin.ID, Box: In, Peer: origin.Peer, Cause: record.ID})
}

// passOnTask is there for a message that has left or will leave, to somebody else than
// the one that cause came from or goes to.
func (n *Node) passOnTask(tx Tx, cause, child *Message) error {
	if child.Peer == cause.Peer || !child.State.crossed() {
		return nil
	}
	return n.makeTask(tx, &Task{Kind: PassOn, Message: child.ID, Box: Out, Peer: child.Peer, Due: cause.Stored, Cause: cause.ID})
}

// makeTask adds an open task, with its line in the journal. There is one task of a kind
// about a message for one cause.
func (n *Node) makeTask(tx Tx, t *Task) error {
	t.Due = t.Due.Truncate(time.Second)
	open, err := tx.Tasks(TaskFilter{Kind: t.Kind, Message: t.Message, Box: t.Box, Limit: 200})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(open, func(o *Task) bool { return o.Cause == t.Cause && o.Peer == t.Peer && o.Due.Equal(t.Due) }) {
		return nil
	}
	t.State, t.Made = TaskOpen, n.now()
	if err := tx.AddTask(t); err != nil {
		return err
	}
	return tx.Journal(n.entry(actorNode, "duty.made", string(t.Message), t.detail()))
}

// reported ends the tasks that a report on the use of a message fulfils.
func (n *Node) reported(tx Tx, report *Message, of schema.ID) error {
	open, err := tx.Tasks(TaskFilter{State: TaskOpen, Kind: UseReport, Message: of, Box: In, Limit: 200})
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Peer != report.Peer {
			continue
		}
		t.Result, t.Code = report.ID, ""
		if err := n.endTask(tx, t, TaskDone, report.Actor); err != nil {
			return err
		}
	}
	return nil
}

// foreign adds what a correction or erasure that arrived says about messages that did
// not come from its sender.
func (n *Node) foreign(ctx context.Context, d *Detail) error {
	if d.Record.Box != In || !slices.ContainsFunc(d.Message.Demands(), func(d schema.Demand) bool { return d.About != "" }) {
		return nil
	}
	return n.Store.View(ctx, func(r Reader) error {
		for _, demand := range d.Message.Demands() {
			if demand.About == "" {
				continue
			}
			about, err := r.Message(demand.About, In)
			if err == nil && about.Peer == d.Record.Peer {
				continue
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			d.Breaches = append(d.Breaches, schema.Problem{Kind: schema.NotAllowed, Code: foreignMessage, Pointer: "/body",
				Detail: "It is about message " + string(demand.About) + ", which did not come from " + string(d.Record.Peer) + ". Nothing was done.",
				Fix:    "Ask the sender which message it means."})
		}
		return nil
	})
}
