package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) taskCommand() *cobra.Command {
	return c.group("task", "What is owed about the data of messages.", c.taskListCommand(), c.taskShowCommand(), c.taskDoneCommand())
}

// taskFlags choose tasks.
type taskFlags struct {
	state, kind, dueBefore, message, box, after string
	limit                                       int
}

func (c *cli) taskListCommand() *cobra.Command {
	var f taskFlags
	cmd := c.verb("list", "List tasks, oldest first.", "comity task list\ncomity task list --kind review --due-before 2027-01-01",
		func(ctx context.Context, _ []string) error { return c.taskList(ctx, f) })
	cmd.Flags().StringVar(&f.state, "state", "open", "`open`, done, cancelled, or all")
	cmd.Flags().StringVar(&f.kind, "kind", "", "`erase`, review, use-report, return, correct, restrict, pass-on or inform-originator")
	cmd.Flags().StringVar(&f.dueBefore, "due-before", "", "a `day` or a time: only what is due before it")
	cmd.Flags().StringVar(&f.message, "message", "", "the `id` of the message whose data it is about")
	boxFlag(cmd, &f.box)
	cmd.Flags().IntVar(&f.limit, "limit", 50, "how many, at most 100")
	cmd.Flags().StringVar(&f.after, "after", "", "go on after a page: its \"next\" `cursor`")
	return cmd
}

func (c *cli) taskList(ctx context.Context, f taskFlags) error {
	box, err := parseBox(f.box)
	if err != nil {
		return err
	}
	if f.state == "all" {
		f.state = ""
	}
	filter := web.TaskFilter{State: node.TaskState(f.state), Kind: node.TaskKind(f.kind), Message: schema.ID(f.message), Box: box,
		DueBefore: f.dueBefore, After: web.Cursor(f.after), Limit: f.limit}
	return c.ask(ctx, func(ctx context.Context, n *web.Client) error {
		page, err := n.Tasks(ctx, filter)
		if err != nil {
			return err
		}
		if err := c.print(page, func(w io.Writer) { printTasks(w, page.Items) }); err != nil {
			return err
		}
		if page.Next != "" {
			c.note("more: --after %s", page.Next)
		}
		return nil
	})
}

func printTasks(w io.Writer, tasks []web.Task) {
	if len(tasks) == 0 {
		fmt.Fprintln(w, "no tasks")
		return
	}
	var rows [][]string
	for _, t := range tasks {
		rows = append(rows, []string{strconv.FormatInt(t.N, 10), string(t.Kind), taskState(&t), dueText(&t), string(t.Peer), string(t.Box), string(t.Message)})
	}
	table(w, "N KIND STATE DUE PEER BOX MESSAGE", rows)
}

// taskState is the state and, if there is one, the code that explains it.
func taskState(t *web.Task) string {
	if t.Code != "" {
		return string(t.State) + " (" + t.Code + ")"
	}
	return string(t.State)
}

func dueText(t *web.Task) string {
	text := stamp(t.Due)
	if t.Overdue {
		text += " overdue"
	}
	return text
}

// numbered makes the action of a verb that takes one task's number.
func (c *cli) numbered(do func(context.Context, *web.Client, int64) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		n, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || n < 1 {
			return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "A task is named by its number.", Fix: "List the open ones: comity task list."}
		}
		return c.ask(ctx, func(ctx context.Context, client *web.Client) error { return do(ctx, client, n) })
	}
}

func (c *cli) taskShowCommand() *cobra.Command {
	return c.verb("show N", "Show one task with its note.", "comity task show 12",
		c.numbered(func(ctx context.Context, n *web.Client, number int64) error {
			t, err := n.Task(ctx, number)
			if err != nil {
				return err
			}
			return c.print(t, func(w io.Writer) { printTask(w, t) })
		}))
}

func printTask(w io.Writer, t *web.Task) {
	table(w, "", [][]string{
		{"task", strconv.FormatInt(t.N, 10)}, {"kind", string(t.Kind)}, {"state", taskState(t)}, {"due", dueText(t)},
		{"message", string(t.Message) + "  " + string(t.Box)}, {"peer", string(t.Peer)}, {"cause", string(t.Cause)}, {"result", dash(string(t.Result))},
		{"made", stamp(t.Made)}, {"ended", stamp(t.Ended)}, {"by", dash(t.Actor)}, {"note", dash(t.Note)},
	})
}

func (c *cli) taskDoneCommand() *cobra.Command {
	var note string
	cmd := c.verb("done N", "Say that a task which people do is done.", "comity task done 12 --note \"Still needed, the trial is in May.\"",
		c.numbered(func(ctx context.Context, n *web.Client, number int64) error {
			t, err := n.FinishTask(ctx, number, note)
			if err != nil {
				return err
			}
			return c.print(t, func(w io.Writer) { fmt.Fprintf(w, "task %d, %s: %s\n", t.N, t.Kind, t.State) })
		}))
	cmd.Flags().StringVar(&note, "note", "", "what was done or found, in `words`; kept sealed")
	return cmd
}
