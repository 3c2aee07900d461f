package policy

// HoldWhole is the decision on a message out of which nothing can be taken: what
// would be taken out waits for release instead.
func (d Decision) HoldWhole() Decision {
	d.Verdict, d.Approve, d.Redact = Hold, append(d.Approve[:len(d.Approve):len(d.Approve)], d.Redact...), nil
	return d
}

// Dated says whether some rule holds on some days only.
func (p *Policy) Dated() bool { return false }
