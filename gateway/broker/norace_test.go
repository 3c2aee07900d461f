//go:build !race

package broker_test

// raced says that the race detector is at work.
const raced = false
