//go:build race

package broker_test

// raced says that the race detector is at work: times measure it, not the host.
const raced = true
