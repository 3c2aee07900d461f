package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// taskCursor tells the cursors of the list of tasks from others.
const taskCursor = "t1:"

func (w *Web) listTasks(rw http.ResponseWriter, r *request) error {
	f, err := r.taskFilter()
	if err != nil {
		return err
	}
	size := f.Limit
	f.Limit++ // one more tells whether another page follows
	found, err := w.Node.Tasks(r.Context(), f)
	if err != nil {
		return err
	}
	page := Page[Task]{Items: []Task{}}
	if len(found) > size {
		found = found[:size]
		page.Next = cursorAt(taskCursor, found[size-1].N)
	}
	for _, t := range found {
		page.Items = append(page.Items, w.task(t))
	}
	return answer(rw, http.StatusOK, page)
}

func (r *request) taskFilter() (f node.TaskFilter, err error) {
	if f.State, err = choice(r, "state", node.TaskOpen, node.TaskDone, node.TaskCancelled); err != nil {
		return f, err
	}
	if f.Kind, err = choice(r, "kind", node.TaskKinds...); err != nil {
		return f, err
	}
	if f.DueBefore, err = r.moment("due_before"); err != nil {
		return f, err
	}
	if id := r.query.Get("message"); id != "" {
		if f.Message, err = schema.ParseID(id); err != nil {
			return f, err
		}
	}
	if f.Box, err = r.box(); err != nil {
		return f, err
	}
	if f.After, err = placeIn(taskCursor, Cursor(r.query.Get("after"))); err != nil {
		return f, err
	}
	limit, err := r.number("limit", pageSize, 1, maxPageSize)
	f.Limit = int(limit)
	return f, err
}

// moment reads a parameter that is a time, or a day for its first moment.
func (r *request) moment(name string) (time.Time, error) {
	text := r.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, badQuery("bad_parameter", name, "This parameter is a day or a time.", "Write it as 2026-12-31 or 2026-12-31T12:00:00Z.")
}

func (w *Web) getTask(rw http.ResponseWriter, r *request) error {
	n, err := r.taskNumber()
	if err != nil {
		return err
	}
	t, err := w.Node.Task(r.Context(), n)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.task(t))
}

// finishTask takes the word of a person that a task is done.
func (w *Web) finishTask(rw http.ResponseWriter, r *request) error {
	n, err := r.taskNumber()
	if err != nil {
		return err
	}
	var done taskRequest
	if err := r.decode(&done); err != nil {
		return err
	}
	t, err := w.Node.FinishTask(r.Context(), r.caller.actor(), n, done.Note)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.task(t))
}

func (r *request) taskNumber() (int64, error) {
	text := r.PathValue("n")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0, &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "There is no task by that number here.", Fix: "List what is open: comity task list."}
	}
	return n, nil
}

func (w *Web) task(t *node.Task) Task {
	return Task{N: t.N, Kind: t.Kind, Message: t.Message, Box: t.Box, Peer: t.Peer, Due: t.Due, Overdue: t.Overdue(w.Now()), State: t.State,
		Made: t.Made, Ended: t.Ended, Actor: t.Actor, Cause: t.Cause, Result: t.Result, Code: t.Code, Note: t.Note}
}

func (w *Web) tasks(list []*node.Task) []Task {
	out := []Task{}
	for _, t := range list {
		out = append(out, w.task(t))
	}
	return out
}

// eraseMessage is an operator's decision to let go of a message.
func (w *Web) eraseMessage(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	var why eraseRequest
	if err := r.decode(&why); err != nil {
		return err
	}
	m, err := w.Node.Erase(r.Context(), r.caller.actor(), id, box, why.Reason)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, item(m))
}
