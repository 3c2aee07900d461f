package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/comity-exchange/comity/schema"
)

// View is a choice of filters of the inbox that a user keeps under a name.
type View struct {
	Name  string `json:"name"`  // one line of at most 40 characters, each user's own
	Query string `json:"query"` // of the inbox's address, as node/web writes it
}

// Limits of views.
const (
	MaxViews     = 20   // of one user
	maxViewName  = 40   // characters
	maxViewQuery = 2048 // octets
)

// viewSetting is where a user's views are kept: words to search for may name people, so
// they are sealed like content.
func viewSetting(user string) string { return "view/" + user }

// sealedSetting is a setting that is no use to who has the disk alone.
type sealedSetting struct {
	Sealed  []byte `json:"sealed"`
	Wrapped []byte `json:"wrapped"`
}

// Views lists the views of a user by name.
func (n *Node) Views(ctx context.Context, user string) (list []View, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = n.views(r, user)
		return err
	})
	return list, err
}

func (n *Node) views(r Reader, user string) (list []View, err error) {
	text, err := r.Setting(viewSetting(user))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept sealedSetting
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	plain, err := n.Vault.Decrypt(viewSetting(user), kept.Sealed, kept.Wrapped)
	if err != nil {
		return nil, fmt.Errorf("decrypt views: %w", err)
	}
	return list, json.Unmarshal(plain, &list)
}

// SaveView keeps a view, in the place of one of the same name. The problems are
// bad_view and too_many_views.
func (n *Node) SaveView(ctx context.Context, user string, v View) error {
	v.Name = strings.TrimSpace(v.Name)
	if v.Name == "" || !utf8.ValidString(v.Name) || utf8.RuneCountInString(v.Name) > maxViewName || strings.ContainsFunc(v.Name, func(r rune) bool { return !unicode.IsPrint(r) }) || len(v.Query) > maxViewQuery {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_view", Pointer: "/name", Detail: "This is not a name for a view.", Fix: "Use one line of at most 40 characters."}
	}
	return n.changeViews(ctx, user, "view.saved", func(list []View) ([]View, error) {
		list = slices.DeleteFunc(list, func(old View) bool { return old.Name == v.Name })
		if len(list) >= MaxViews {
			return nil, &schema.Problem{Kind: schema.Conflict, Code: "too_many_views", Detail: "There are as many views as one user may keep.", Fix: "Delete one that you do not need."}
		}
		list = append(list, v)
		slices.SortFunc(list, func(a, b View) int { return strings.Compare(a.Name, b.Name) })
		return list, nil
	})
}

// DropView forgets a view. One that is not there is not_found.
func (n *Node) DropView(ctx context.Context, user, name string) error {
	return n.changeViews(ctx, user, "view.dropped", func(list []View) ([]View, error) {
		rest := slices.DeleteFunc(slices.Clone(list), func(v View) bool { return v.Name == name })
		if len(rest) == len(list) {
			return nil, &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "There is no such view of yours.", Fix: "Go back to the inbox."}
		}
		return rest, nil
	})
}

// changeViews seals the views anew. The journal tells that they changed, not how.
func (n *Node) changeViews(ctx context.Context, user, act string, change func([]View) ([]View, error)) error {
	return n.Store.Update(ctx, func(tx Tx) error {
		list, err := n.views(tx, user)
		if err != nil {
			return err
		}
		if list, err = change(list); err != nil {
			return err
		}
		plain, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("write views: %w", err)
		}
		c, err := n.seal(viewSetting(user), plain)
		if err != nil {
			return err
		}
		text, err := json.Marshal(sealedSetting{c.Sealed, c.Wrapped})
		if err != nil {
			return fmt.Errorf("write views: %w", err)
		}
		if err := tx.PutSetting(viewSetting(user), text); err != nil {
			return err
		}
		return tx.Journal(n.entry(userPrefix+user, act, userPrefix+user, nil))
	})
}
