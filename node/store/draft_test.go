package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func sketch(owner string) *node.Draft {
	return &node.Draft{ID: schema.NewID(), Owner: owner, Type: "mla.request", Peer: "NL", Made: day, Changed: day}
}

func sketchText(d *node.Draft, sealed string) node.Content {
	return node.Content{Name: "draft/" + string(d.ID), Sealed: []byte(sealed), Wrapped: []byte("key")}
}

func sketchFile(d *node.Draft, name string) node.Content {
	return node.Content{Name: "draft/" + string(d.ID) + "/" + name, Sealed: []byte(name), Wrapped: []byte("key")}
}

func TestDrafts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	s := reopen(t, path, Options{Create: true})
	first, second, other := sketch("officer:a"), sketch("officer:a"), sketch("officer:b")
	first.Re = schema.NewID()
	second.Changed = day.Add(time.Hour)
	update(t, s, func(tx node.Tx) error {
		for _, d := range []*node.Draft{first, second, other} {
			if err := tx.AddDraft(d, sketchText(d, "1")); err != nil {
				return err
			}
		}
		return nil
	})
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.AddDraft(first) }); !errors.Is(err, node.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	stale := *first
	first.Changed, first.Peer = day.Add(2*time.Hour), "FR"
	update(t, s, func(tx node.Tx) error { return tx.SaveDraft(first, sketchText(first, "2"), sketchFile(first, "aa")) })
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.SaveDraft(&stale, sketchText(first, "lost")) }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("an older version was saved over a newer: %v", err)
	}
	s.Close()
	s = reopen(t, path, Options{})
	view(t, s, func(r node.Reader) error {
		got, err := r.Draft(first.ID)
		if err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("got %+v, %v, want %+v", got, err, first)
		}
		list, err := r.Drafts("officer:a", 10)
		if err != nil || len(list) != 2 || list[0].ID != first.ID || list[1].ID != second.ID {
			t.Errorf("got %v, %v, want the one changed last first", list, err)
		}
		if few, _ := r.Drafts("officer:a", 1); len(few) != 1 {
			t.Errorf("got %d drafts, want 1", len(few))
		}
		contents, err := r.DraftContents(first.ID)
		if err != nil || len(contents) != 2 || string(contents[0].Sealed) != "2" || string(contents[1].Sealed) != "aa" {
			t.Errorf("got %v, %v, want the text and then the file", contents, err)
		}
		return nil
	})
	update(t, s, func(tx node.Tx) error { return tx.DropDraftContent("draft/" + string(first.ID) + "/aa") })
	update(t, s, func(tx node.Tx) error { return tx.DropDraft(second.ID) })
	view(t, s, func(r node.Reader) error {
		if c, err := r.DraftContents(first.ID); err != nil || len(c) != 1 {
			t.Errorf("got %d contents, %v, want the text alone", len(c), err)
		}
		if c, err := r.DraftContents(second.ID); err != nil || len(c) != 0 {
			t.Errorf("a deleted draft left %d contents, %v", len(c), err)
		}
		if _, err := r.Draft(second.ID); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		return nil
	})
	if err := s.Update(context.Background(), func(tx node.Tx) error { return tx.DropDraft(second.ID) }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("deleted twice: got %v, want ErrNotFound", err)
	}
}
