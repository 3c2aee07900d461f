package store

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

func weber() node.User {
	return node.User{Name: "a.weber", Display: "A. Weber", Authority: "BE/one", Roles: []node.Role{node.Officer, node.Approver}, Created: day, Handle: []byte{1, 2, 3}}
}

func TestUsersTokensPasskeysLinks(t *testing.T) {
	s := fresh(t)
	u := weber()
	token := node.Token{Sum: [32]byte{1}, User: u.Name, Made: day, Ends: day.Add(time.Hour)}
	key := node.Passkey{ID: []byte{9}, User: u.Name, Record: []byte("record"), Made: day}
	link := node.Link{Sum: [32]byte{2}, User: u.Name, Made: day, Ends: day.Add(time.Hour)}
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.AddUser(u), tx.AddToken(token), tx.AddPasskey(key), tx.AddLink(link))
	})
	for name, add := range map[string]func(tx node.Tx) error{
		"user":    func(tx node.Tx) error { return tx.AddUser(u) },
		"passkey": func(tx node.Tx) error { return tx.AddPasskey(key) },
	} {
		if err := s.Update(context.Background(), add); !errors.Is(err, node.ErrExists) {
			t.Errorf("%s again: got %v, want ErrExists", name, err)
		}
	}
	used := day.Add(time.Minute)
	u.Disabled, u.Display, u.Roles = true, "", []node.Role{node.Auditor}
	token.Used, key.Used, key.Record = used, used, []byte("next")
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.PutUser(u), tx.UseToken(token.Sum, used), tx.UsePasskey(key.ID, key.Record, used))
	})
	view(t, s, func(r node.Reader) error {
		users, err1 := r.Users()
		tokens, err2 := r.Tokens()
		keys, err3 := r.Passkeys()
		got, err4 := r.Link(link.Sum)
		if !reflect.DeepEqual(users, []node.User{u}) || !reflect.DeepEqual(tokens, []node.Token{token}) || !reflect.DeepEqual(keys, []node.Passkey{key}) || !reflect.DeepEqual(got, &link) {
			t.Errorf("got %+v %+v %+v %+v", users, tokens, keys, got)
		}
		return errors.Join(err1, err2, err3, err4)
	})
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.DropTokens(u.Name), tx.DropPasskeys(u.Name), tx.DropLinks(u.Name), tx.DropToken([32]byte{7}))
	})
	view(t, s, func(r node.Reader) error {
		tokens, _ := r.Tokens()
		keys, _ := r.Passkeys()
		if _, err := r.Link(link.Sum); len(tokens) > 0 || len(keys) > 0 || !errors.Is(err, node.ErrNotFound) {
			t.Errorf("after dropping: got %+v %+v %v", tokens, keys, err)
		}
		return nil
	})
	for name, change := range map[string]func(tx node.Tx) error{
		"user":    func(tx node.Tx) error { return tx.PutUser(node.User{Name: "none"}) },
		"passkey": func(tx node.Tx) error { return tx.UsePasskey([]byte{9}, nil, day) },
	} {
		if err := s.Update(context.Background(), change); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("change of no %s: got %v, want ErrNotFound", name, err)
		}
	}
}

func TestPendingActs(t *testing.T) {
	s := fresh(t)
	first := node.Pending{Act: "policy.apply", Subject: "policy", Order: []byte(`{"text":""}`), Digest: [32]byte{3}, Base: "version 1", By: "user:a.weber",
		At: day, Ends: day.Add(time.Hour), State: node.Undecided}
	second := first
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddPending(&first), tx.AddPending(&second)) })
	first.State, first.Decider, first.Decided = node.Rejected, "user:b.lang", day.Add(time.Minute)
	update(t, s, func(tx node.Tx) error { return tx.EndPending(&first) })
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.EndPending(&first) }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("ended twice: got %v, want ErrNotFound", err)
	}
	view(t, s, func(r node.Reader) error {
		all, err1 := r.Pendings("")
		waiting, err2 := r.Pendings(node.Undecided)
		rejected, err3 := r.Pendings(node.Rejected)
		if second.ID <= first.ID || !reflect.DeepEqual(all, []node.Pending{second, first}) || !reflect.DeepEqual(waiting, []node.Pending{second}) || !reflect.DeepEqual(rejected, []node.Pending{first}) {
			t.Errorf("got %+v\n%+v\n%+v", all, waiting, rejected)
		}
		return errors.Join(err1, err2, err3)
	})
}

// TestMessagesOfOlderVersionsAreAssigned: they stand without an authority until somebody looked.
func TestMessagesOfOlderVersionsAreAssigned(t *testing.T) {
	s := fresh(t)
	old, new := queued("NL"), queued("NL")
	new.Authority = "BE/one"
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddMessage(old), tx.AddMessage(new)) })
	unassigned := func() (list []*node.Message) {
		view(t, s, func(r node.Reader) (err error) {
			list, err = r.Unassigned(10)
			return err
		})
		return list
	}
	if got := unassigned(); len(got) != 1 || got[0].ID != old.ID || got[0].Authority != "" {
		t.Errorf("got %+v, want the older one", got)
	}
	update(t, s, func(tx node.Tx) error { return tx.Assign(old.N, "BE/two") })
	if got := unassigned(); len(got) != 0 {
		t.Errorf("got %+v, want none", got)
	}
	view(t, s, func(r node.Reader) error {
		m, err := r.Message(old.ID, node.Out)
		if err == nil && m.Authority != "BE/two" {
			t.Errorf("got authority %q, want BE/two", m.Authority)
		}
		return err
	})
}
