//go:build race

package store

// raced says that the race detector is on: everything takes ten times as long.
const raced = true
