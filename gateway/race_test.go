//go:build race

package gateway

// raced says that the race detector is at work: what only costs time is left out.
const raced = true
