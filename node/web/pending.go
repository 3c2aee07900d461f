package web

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/node"
)

// Safety is what the node asks of its operators.
type Safety struct {
	TwoOperators bool `json:"two_operators"` // weighty acts need two people
	Operators    int  `json:"operators"`     // enabled users who are operators
}

type safetyRequest struct {
	TwoOperators *bool `json:"two_operators"`
}

// Pending is an act that waits for a second person, or waited.
type Pending struct {
	ID      int64             `json:"id"`
	Act     string            `json:"act"`
	Subject string            `json:"subject"`
	By      string            `json:"by"`
	At      time.Time         `json:"at"`
	Ends    time.Time         `json:"ends"`
	State   node.PendingState `json:"state"`
	Decider string            `json:"decider,omitempty"`
	Decided time.Time         `json:"decided,omitzero"`
	Base    string            `json:"base"`            // state of what it changes
	Digest  string            `json:"digest"`          // SHA-256 of the order
	Order   json.RawMessage   `json:"order,omitempty"` // what is done when it is confirmed; absent in lists
}

// awaiting is the answer to an act that was kept for a second person.
type awaiting struct {
	Pending *Pending `json:"pending"`
	Secret  string   `json:"secret,omitempty"` // a token or link that is good once it is confirmed
}

// Awaiting is the error of an act that was kept for a second person.
type Awaiting struct {
	Pending
	Secret string // a token or link that is good once it is confirmed, else ""
}

func (a *Awaiting) Error() string {
	return fmt.Sprintf("%s waits for a second operator as number %d", a.Act, a.ID)
}

// readAwaiting finds a pending act in an answer, nil if there is none.
func readAwaiting(body []byte) *Awaiting {
	var a awaiting
	if json.Unmarshal(body, &a) != nil || a.Pending == nil {
		return nil
	}
	return &Awaiting{*a.Pending, a.Secret}
}

// Safety says whether weighty acts need two people.
func (c *Client) Safety(ctx context.Context) (*Safety, error) {
	return get[Safety](ctx, c, "/admin/safety", nil)
}

// SetTwoOperators turns the need for two people on or off.
func (c *Client) SetTwoOperators(ctx context.Context, on bool) (*Safety, error) {
	return post[Safety](ctx, c, "/admin/safety", nil, safetyRequest{&on})
}

// PendingActs lists all that wait for a second person, or waited; the newest first.
func (c *Client) PendingActs(ctx context.Context) (*Page[Pending], error) {
	return get[Page[Pending]](ctx, c, "/admin/pending", nil)
}

// PendingAct gives one with its order.
func (c *Client) PendingAct(ctx context.Context, id int64) (*Pending, error) {
	return get[Pending](ctx, c, pendingPath(id), nil)
}

// ConfirmPending does what another person ordered.
func (c *Client) ConfirmPending(ctx context.Context, id int64) (*Pending, error) {
	return post[Pending](ctx, c, pendingPath(id)+"/confirm", nil, nil)
}

// RejectPending ends a pending act without doing it.
func (c *Client) RejectPending(ctx context.Context, id int64) (*Pending, error) {
	return post[Pending](ctx, c, pendingPath(id)+"/reject", nil, nil)
}

func pendingPath(id int64) string { return "/admin/pending/" + strconv.FormatInt(id, 10) }
