package policy

import "math/bits"

// set of the rules of one desk, by their number there. All sets of a desk have
// the same length.
type set []uint64

// maxWords of a set, so that a decision needs no memory beyond its stack.
const maxWords = maxRules / 64

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s != nil && s[i/64]&(1<<(i%64)) != 0 }
func (s set) drop(i int)     { s[i/64] &^= 1 << (i % 64) }

// first rule in the set, -1 if it is empty.
func (s set) first() int {
	for i, word := range s {
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// next rule in the set from i on, -1 if there is none.
func (s set) next(i int) int {
	if i/64 >= len(s) {
		return -1
	}
	if word := s[i/64] >> (i % 64); word != 0 {
		return i + bits.TrailingZeros64(word)
	}
	if rest := s[i/64+1:].first(); rest >= 0 {
		return (i/64+1)*64 + rest
	}
	return -1
}

// and narrows s to what is also in one of the two, a nil set being empty.
func (s set) and(a, b set) {
	for i := range s {
		var keep uint64
		if a != nil {
			keep = a[i]
		}
		if b != nil {
			keep |= b[i]
		}
		s[i] &= keep
	}
}

// or adds to s what is in a, nil being empty.
func (s set) or(a set) {
	for i := range a {
		s[i] |= a[i]
	}
}
