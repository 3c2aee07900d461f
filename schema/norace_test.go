//go:build !race

package schema

// slowdown of time limits: none without the race detector.
const slowdown = 1
