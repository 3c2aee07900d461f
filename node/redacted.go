package node

import "github.com/comity-exchange/comity/gateway/policy"

// redacted applies what a decision takes out of a message before it leaves. Nothing
// can be taken out yet, so such a message waits whole for a second person.
func (n *Node) redacted(d *draft, decision policy.Decision) (*draft, policy.Decision) {
	return d, decision.HoldWhole()
}
