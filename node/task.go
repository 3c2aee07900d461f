package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// TaskKind is what has to be done with data that was sent or received.
type TaskKind string

const (
	Erase            TaskKind = "erase"             // delete the content; the node does it at its date
	Review           TaskKind = "review"            // decide whether the data is still needed
	UseReport        TaskKind = "use-report"        // tell its originator what use was made of it
	Return           TaskKind = "return"            // send back what was handed over
	Correct          TaskKind = "correct"           // correct the data, or parts of it, where it was taken over
	Restrict         TaskKind = "restrict"          // use the data for nothing but what the restriction allows, as long as it is open
	PassOn           TaskKind = "pass-on"           // tell a recipient of the data; the node does it
	InformOriginator TaskKind = "inform-originator" // tell the originator that its data is not right
)

// TaskKinds lists all kinds.
var TaskKinds = []TaskKind{Erase, Review, UseReport, Return, Correct, Restrict, PassOn, InformOriginator}

// automatic says that the node does such a task itself, so that nobody can call it done.
func (k TaskKind) automatic() bool { return k == Erase || k == PassOn }

// TaskState is how far a task is.
type TaskState string

const (
	TaskOpen      TaskState = "open"
	TaskDone      TaskState = "done"
	TaskCancelled TaskState = "cancelled" // there is nothing left that it could be done to
)

// Task is a duty about the data of one message.
type Task struct {
	N       int64
	Kind    TaskKind
	Message schema.ID           // whose data it is about
	Box     Box                 // of that message
	Peer    schema.Jurisdiction // whom it is owed to; for PassOn, who has to be told
	Due     time.Time           // last moment, to the second, zero if none is named
	State   TaskState
	Made    time.Time
	Ended   time.Time // zero while open
	Actor   string    // who ended it, "" while open
	Cause   schema.ID // the message that asks for it; its own message for a condition it carries
	Result  schema.ID // the message that fulfils it, "" if none does
	Code    string    // why it could not be done yet, or "overdue"
	Note    string    // of who ended it; it is kept sealed, and only Task reads it
}

// Overdue says that the last moment has passed and the task is open.
func (t *Task) Overdue(now time.Time) bool {
	return t.State == TaskOpen && !t.Due.IsZero() && t.Due.Before(now)
}

// TaskFilter chooses tasks, oldest first; empty fields choose all.
type TaskFilter struct {
	State     TaskState
	Kind      TaskKind
	Message   schema.ID
	Box       Box
	DueBefore time.Time // with a last moment, and that before
	Fresh     bool      // without a code
	After     int64     // N of the last one of the page before
	Limit     int       // 1 to 200
}

// TaskCounts for the status.
type TaskCounts struct{ Open, Overdue int64 }

// Source is a message that another was made from.
type Source struct {
	ID  schema.ID
	Box Box
}

// Tasks lists tasks, oldest first.
func (n *Node) Tasks(ctx context.Context, f TaskFilter) (list []*Task, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		all, err := r.Tasks(f)
		for _, t := range all {
			if within, err := t.inScope(ctx, r); err != nil {
				return err
			} else if within {
				list = append(list, t)
			}
		}
		return err
	})
	return list, err
}

// inScope tells whether the message that a task is about is one of the context's authority.
func (t *Task) inScope(ctx context.Context, r Reader) (bool, error) {
	if scope(ctx) == "" {
		return true, nil
	}
	m, err := r.Message(t.Message, t.Box)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && inScope(ctx, m) == nil, err
}

// TaskCounts of what is open and what is overdue.
func (n *Node) TaskCounts(ctx context.Context) (c TaskCounts, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		c, err = r.TaskCounts(n.now())
		return err
	})
	return c, err
}

// Task gives one task with its note. The problem is not_found.
func (n *Node) Task(ctx context.Context, number int64) (t *Task, err error) {
	var notes []*Content
	err = n.Store.View(ctx, func(r Reader) (err error) {
		if t, err = r.Task(number); err != nil {
			return found(err, "task", "List what is open: comity task list.")
		}
		if within, err := t.inScope(ctx, r); err != nil || !within {
			return found(errors.Join(err, ErrNotFound), "task", "List what is open: comity task list.")
		}
		notes, err = r.Contents(t.noteName())
		return err
	})
	if err != nil || len(notes) == 0 {
		return t, err
	}
	note, _, err := n.decrypt(notes)
	t.Note = string(note)
	return t, err
}

// NotePrefix begins the names under which notes are kept: it, the name of the message's
// content, and the number of the task. They go when the message is erased: people may
// have written into them what stood in it.
const NotePrefix = "duty/"

func (t *Task) noteName() string {
	return NotePrefix + contentName(t.Box, t.Message) + "/" + strconv.FormatInt(t.N, 10)
}

// MaxNote bounds the note on a task, octets.
const MaxNote = 4000

// FinishTask ends a task that people do. The problems are not_found, task_ended, and
// task_automatic for what the node itself does.
func (n *Node) FinishTask(ctx context.Context, actor string, number int64, note string) (*Task, error) {
	t, err := n.Task(ctx, number)
	if err != nil {
		return nil, err
	}
	sealed, err := n.sealNote(t, note)
	if err != nil {
		return nil, err
	}
	err = n.Store.Update(ctx, func(tx Tx) (err error) {
		if t, err = tx.Task(number); err != nil {
			return err
		}
		if err := t.byHand(); err != nil {
			return err
		}
		if err := tx.AddContent(sealed...); err != nil {
			return err
		}
		return n.endTask(tx, t, TaskDone, actor)
	})
	if err != nil {
		return nil, err
	}
	t.Note = note
	return t, nil
}

func (n *Node) sealNote(t *Task, note string) ([]Content, error) {
	switch {
	case note == "":
		return nil, nil
	case len(note) > MaxNote:
		return nil, &schema.Problem{Kind: schema.TooLarge, Code: "note_too_long", Pointer: "/note", Detail: "The note is longer than 4,000 octets.", Fix: "Say it shorter, or refer to a file of your own."}
	}
	sealed, wrapped, err := n.Vault.Encrypt(t.noteName(), []byte(note))
	if err != nil {
		return nil, fmt.Errorf("encrypt note on task %d: %w", t.N, err)
	}
	return []Content{{t.noteName(), sealed, wrapped}}, nil
}

// byHand says why nobody can call a task done.
func (t *Task) byHand() error {
	switch {
	case t.State != TaskOpen:
		return &schema.Problem{Kind: schema.Conflict, Code: "task_ended", Detail: "This task is " + string(t.State) + " already.", Fix: "There is nothing more to do."}
	case t.Kind == Erase:
		return &schema.Problem{Kind: schema.Conflict, Code: "task_automatic", Detail: "The node erases by itself at the date; nobody can say that it is done.",
			Fix: "To erase it now: comity message erase " + string(t.Message) + " --reason CODE."}
	case t.Kind.automatic():
		return &schema.Problem{Kind: schema.Conflict, Code: "task_automatic", Detail: "The node passes this on by itself.",
			Fix: "If the policy keeps it from leaving, an operator changes the policy; the node then tries again."}
	}
	return nil
}

// endTask closes a task, with its line in the journal.
func (n *Node) endTask(tx Tx, t *Task, state TaskState, actor string) error {
	t.State, t.Ended, t.Actor = state, n.now(), actor
	if err := tx.PutTask(t); err != nil {
		return err
	}
	detail := t.detail()
	if t.Result != "" {
		detail["result"] = string(t.Result)
	}
	return tx.Journal(n.entry(actor, "duty."+string(state), string(t.Message), detail))
}

// detail of a task in the journal.
func (t *Task) detail() map[string]string {
	d := map[string]string{"kind": string(t.Kind), "box": string(t.Box), "peer": string(t.Peer), "cause": string(t.Cause)}
	if !t.Due.IsZero() {
		d["due"] = t.Due.Format(time.RFC3339)
	}
	if t.N > 0 {
		d["task"] = strconv.FormatInt(t.N, 10)
	}
	if t.Code != "" {
		d["code"] = t.Code
	}
	return d
}
