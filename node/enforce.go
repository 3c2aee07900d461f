package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/comity-exchange/comity/schema"
)

const (
	dutyPage = 100 // tasks that are read at a time
	dutyTurn = 500 // tasks of one kind that one turn looks at; the next goes on behind them
)

// enforcement is where the turns of DoDuties are.
type enforcement struct {
	mu    sync.Mutex         // one turn at a time; guards what follows
	from  map[TaskKind]int64 // the last task that a turn has looked at
	tried map[int64]attempt  // tasks that could not be passed on
}

// attempt is when a task was tried in vain, and under which policy.
type attempt struct {
	at     time.Time
	policy int64
}

// DoDuties does what is due: it erases at the date, passes corrections and erasures on,
// and marks what people have not done in time. It is called every minute, and looks at a
// bounded number of tasks; each is done in a transaction of its own. A task that fails
// keeps no other from being done.
func (n *Node) DoDuties(ctx context.Context) error {
	n.enforce.mu.Lock()
	defer n.enforce.mu.Unlock()
	if n.enforce.from == nil {
		n.enforce.from, n.enforce.tried = map[TaskKind]int64{}, map[int64]attempt{}
	}
	errs := []error{n.catchUp(ctx)}
	for _, kind := range TaskKinds {
		act := n.markOverdue
		switch kind {
		case Erase:
			act = n.eraseDue
		case PassOn:
			act = n.passOnDue
		}
		errs = append(errs, n.eachDue(ctx, kind, act))
	}
	return errors.Join(errs...)
}

// eachDue goes through the open tasks of a kind whose last moment has passed.
func (n *Node) eachDue(ctx context.Context, kind TaskKind, act func(context.Context, *Task) error) error {
	f := TaskFilter{State: TaskOpen, Kind: kind, DueBefore: n.now(), Fresh: !kind.automatic(), After: n.enforce.from[kind], Limit: dutyPage}
	if kind == Erase || kind == PassOn {
		f.DueBefore = f.DueBefore.Add(time.Millisecond) // what is due at once is due now
	}
	var errs []error
	for range dutyTurn / dutyPage {
		due, err := n.Tasks(ctx, f)
		if err != nil {
			return err
		}
		for _, t := range due {
			if err := act(ctx, t); err != nil {
				errs = append(errs, fmt.Errorf("task %d, %s: %w", t.N, kind, err))
			}
			f.After = t.N
		}
		if len(due) < dutyPage {
			f.After = 0
			break
		}
	}
	n.enforce.from[kind] = f.After
	return errors.Join(errs...)
}

// eraseDue erases the message of a task. One that waits for its receipt is erased when that has come.
func (n *Node) eraseDue(ctx context.Context, t *Task) error {
	var m *Message
	err := n.Store.View(ctx, func(r Reader) (err error) {
		m, err = r.Message(t.Message, t.Box)
		return err
	})
	if err != nil {
		return err
	}
	reason := periodExpired
	if t.Cause != t.Message {
		reason = byOriginator
	}
	_, err = n.erase(ctx, m, erasure{actor: actorNode, reason: reason, cause: t.Cause}, false)
	if errors.Is(err, errInFlight) {
		return nil
	}
	var p *schema.Problem
	if errors.As(err, &p) && p.Code == codeErased { // by an earlier task of this turn, which ended this one too
		return nil
	}
	return err
}

// markOverdue says once in the journal that people have let a day pass. A restriction is
// not late then, but over.
func (n *Node) markOverdue(ctx context.Context, t *Task) error {
	err := n.Store.Update(ctx, func(tx Tx) (err error) {
		if t, err = tx.Task(t.N); err != nil || t.State != TaskOpen {
			return err
		}
		if t.Kind == Restrict {
			t.Code = "expired"
			return n.endTask(tx, t, TaskCancelled, actorNode)
		}
		t.Code = "overdue"
		if err := tx.PutTask(t); err != nil {
			return err
		}
		return tx.Journal(n.entry(actorNode, "duty.overdue", string(t.Message), t.detail()))
	})
	if err == nil && t.State == TaskOpen {
		n.watch.overdue(t)
	}
	return err
}
