package node

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// teamBody is what counts of information within a team, and of the team's agreement.
type teamBody struct {
	Team struct {
		Agreement schema.ID `json:"agreement"`
	} `json:"team"`
	Use     string `json:"use"`
	Parties []struct {
		Country schema.Jurisdiction `json:"country"`
		Node    schema.Address      `json:"node"`
	} `json:"parties"`
	Period struct {
		To string `json:"to"`
	} `json:"period"`
}

// teamed holds if a draft shares what a member of a team shared with the same team,
// for the purpose of the team: then the team's rule goes before the rule on consent
// (R-25; EU Convention on Mutual Assistance 2000, Articles 13(10) and 23(5)). The
// agreement must be ours or the originator's; it must run, and name both it and the recipient.
func (n *Node) teamed(r Reader, d *draft, s *source) (bool, error) {
	if d.message.Type != teamShares || s.message.Type != teamShares {
		return false, nil
	}
	var here, there teamBody
	if err := bodyOf(d.message, &here); err != nil {
		return false, err
	}
	if err := bodyOf(s.message, &there); err != nil {
		return false, err
	}
	id := here.Team.Agreement
	if here.Use != "team-purpose" || there.Use != "team-purpose" || id == "" || id != there.Team.Agreement {
		return false, nil
	}
	records, err := both(r, id)
	if err != nil {
		return false, err
	}
	for _, record := range records {
		if record.Type != teamFounded || record.Box == In && record.Peer != s.record.Peer {
			continue
		}
		m, err := n.opened(r, record)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return false, err
		}
		var team teamBody
		if err := bodyOf(m, &team); err != nil {
			return false, err
		}
		if team.Period.To >= n.now().Format(time.DateOnly) && team.joins(s.record.Peer) && team.joins(d.peer) {
			return true, nil
		}
	}
	return false, nil
}

// joins holds if a jurisdiction is party to the agreement.
func (b *teamBody) joins(j schema.Jurisdiction) bool {
	for _, a := range b.Parties {
		if a.Country == j || a.Node.Jurisdiction() == j {
			return true
		}
	}
	return false
}

// bodyOf reads what is wanted of a message's body; the message was read strictly before.
func bodyOf(m *schema.Message, into any) error {
	whole := struct{ Body any }{into}
	return json.Unmarshal(m.Raw, &whole)
}
