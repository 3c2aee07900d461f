package store

import (
	"context"
	"testing"
)

// TestAnotherHead changes the head alone, under the running node: its entries still
// agree with the head that the node remembers, and not with the one in the file.
func TestAnotherHead(t *testing.T) {
	s := fresh(t)
	journal(t, s, 13)
	byHand(t, s.path, "UPDATE head SET root = zeroblob(32)")
	if _, err := s.Verify(context.Background()); place(err) != "entries 1 to 13" {
		t.Errorf("got %v", err)
	}
}
