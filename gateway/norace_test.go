//go:build !race

package gateway

// raced says that the race detector is at work.
const raced = false
