package gateway

// place is where a pouch stands in the ledger that we keep of a peer.
type place int

const (
	next       place = iota // the number expected
	past                    // its number is spent: a repetition, or equivocation
	forked                  // the number expected, but on top of a manifest that is not ours
	ahead                   // numbers before it are missing
	otherEpoch              // an epoch that nobody here agreed to
)

// expected is the number that follows last.
func expected(last Position) (epoch, seq uint64) { return max(last.Epoch, 1), last.Seq + 1 }

// placeOf orders a pouch after the last one received. PROTOCOL 5.
func placeOf(last Position, m *Manifest) place {
	epoch, seq := expected(last)
	switch {
	case m.Epoch > epoch:
		return otherEpoch
	case m.Epoch < epoch || m.Seq < seq:
		return past
	case m.Seq > seq:
		return ahead
	case m.Prev != last.Manifest:
		return forked
	}
	return next
}
