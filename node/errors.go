package node

import "errors"

var (
	// ErrNotFound is what a Reader answers for something that is not there.
	ErrNotFound = errors.New("not found")
	// ErrExists is what a Tx answers for something that is there already.
	ErrExists = errors.New("exists already")
)
