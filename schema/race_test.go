//go:build race

package schema

// slowdown of time limits under the race detector.
const slowdown = 15
