package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

var day = time.Date(2026, 11, 23, 21, 5, 52, 123e6, time.UTC)

// fresh opens a new database in a folder of the test.
func fresh(t testing.TB) *Store {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "node.db"), Options{Create: true})
}

func reopen(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// update runs f and ends the test if it does not commit.
func update(t testing.TB, s *Store, f func(tx node.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, s *Store, f func(r node.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// queued is a message to peer that waits for its pouch.
func queued(peer schema.Jurisdiction) *node.Message {
	id := schema.NewID()
	return &node.Message{ID: id, Box: node.Out, Peer: peer, Type: "mla.request", Case: "BE-2026-00417", State: node.Queued,
		Created: day.Truncate(time.Second), Stored: day, Size: 4096, SHA256: sha256.Sum256([]byte(id)),
		Policy: sha256.Sum256([]byte("policy")), Rule: "nl-mla", Actor: "agency:demo"}
}

func received(peer schema.Jurisdiction) *node.Message {
	m := queued(peer)
	m.Box, m.State, m.Epoch, m.Seq, m.Settled, m.Actor = node.In, node.Received, 1, 1, day, "peer:"+string(peer)
	return m
}

func contentOf(m *node.Message, size int) node.Content {
	return node.Content{Name: string(m.Box) + "/" + string(m.ID), Sealed: bytes.Repeat([]byte{0xc5}, size), Wrapped: make([]byte, 60)}
}

func entryOf(m *node.Message) node.Entry {
	return node.Entry{At: day, Actor: m.Actor, Act: "message.submitted", Subject: string(m.ID),
		Detail: map[string]string{"rule": m.Rule, "policy": "77abcdef", "type": m.Type}}
}

// submit adds a message as the node does: message, content and journal in one transaction.
func submit(s *Store, m *node.Message, size int) error {
	return s.Update(context.Background(), func(tx node.Tx) error {
		if err := tx.AddMessage(m); err != nil {
			return err
		}
		if err := tx.AddContent(contentOf(m, size)); err != nil {
			return err
		}
		return tx.Journal(entryOf(m))
	})
}
