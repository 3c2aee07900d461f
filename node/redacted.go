package node

import "github.com/comity-exchange/comity/gateway/policy"

// redacted applies what a decision takes out of a message before it leaves. Nothing
// can be taken out yet, so such a message waits whole for a second person.
func (n *Node) redacted(d *draft, decision policy.Decision) (*draft, policy.Decision) {
	return d, whole(decision)
}

// whole turns the parts of a message that would be taken out into parts to be released.
func whole(d policy.Decision) policy.Decision {
	if len(d.Redact) == 0 {
		return d
	}
	return d.HoldWhole()
}
