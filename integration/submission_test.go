package integration

import (
	"bytes"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
)

// What a node takes in for a peer is held against its own card and the peer's.
func TestSubmissionIsHeldAgainstTheCards(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be := a.start(t, quiet)
	now := time.Now()
	card, err := b.root.SignCard(pki.Card{Jurisdiction: "NL", Name: "Test NL", Serial: 1, Issued: now, Expires: now.Add(time.Hour),
		Accepts: []string{"status.*", "mla.response"}, Languages: []string{"nl"}}, b.secrets, now)
	check(t, err)
	_, err = be.Node.ApplyPolicy(t.Context(), "operator:test", []byte(openPolicy), nil)
	check(t, err)
	_, err = be.Node.AddPeer(t.Context(), "operator:test", card.Text, card.Certificate.Root())
	check(t, err)
	request := messageOf(t, 4096)
	tests := []struct {
		name string
		body []byte
		want string
	}{
		{"a type that the peer does not take", request, "type_not_accepted"},
		{"in the name of another jurisdiction", bytes.Replace(request, []byte(`"BE/fps-justice"`), []byte(`"FR/fps-justice"`), 1), "wrong_sender"},
		{"for another than it is handed in for", bytes.Replace(request, []byte(`"NL/iro"`), []byte(`"FR/iro"`), 1), "wrong_recipient"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: tt.body, To: "NL"})
			wantCode(t, err, tt.want)
		})
	}
	kept, err := be.Node.List(t.Context(), node.Filter{})
	check(t, err)
	if len(kept) != 0 {
		t.Errorf("%d messages are kept, want none", len(kept))
	}
}
