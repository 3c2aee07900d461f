package main

import (
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// asked is a question to a policy as an operator types it.
type asked struct {
	To, From, Type, Instrument, Marking string
	Day, Subject                        string
	Categories                          []string
	Codes, Purposes, Languages          []string
	Minor                               bool
}

// question checks what was typed and makes the policy's own question of it.
func (a *asked) question(known *schema.Catalogue) (policy.Question, error) {
	q := policy.Question{Direction: policy.Send, Type: a.Type, Instrument: a.Instrument,
		Codes: a.Codes, Purposes: a.Purposes, Languages: a.Languages}
	peer := a.To
	if a.From != "" {
		q.Direction, peer = policy.Receive, a.From
	}
	if (a.To == "") == (a.From == "") {
		return q, missing("to", "Name the peer: --to for what leaves, or --from for what arrives.")
	}
	var err error
	if q.Peer, err = schema.ParseJurisdiction(peer); err != nil {
		return q, err
	}
	if a.Marking != "" {
		if q.Marking, err = schema.ParseMarking(a.Marking); err != nil {
			return q, err
		}
	}
	if q.Day, err = parseDay(a.Day); err != nil {
		return q, err
	}
	if err := a.exists(known); err != nil {
		return q, err
	}
	q.Findings = a.findings()
	return q, nil
}

// exists refuses names that no message can have: a misspelt question gives a
// misleading answer.
func (a *asked) exists(catalogue *schema.Catalogue) error {
	if _, err := catalogue.Type(a.Type); err != nil {
		return err
	}
	if err := oneOf(a.Instrument, "instrument", catalogue.Instruments()); err != nil {
		return err
	}
	for _, list := range []struct {
		what         string
		names, known []string
	}{
		{"category", a.Categories, catalogue.Categories()},
		{"code", a.Codes, catalogue.Codes("handling_codes")},
		{"purpose", a.Purposes, catalogue.Purposes()},
		{"subject", []string{a.Subject}, catalogue.Codes("subjects")},
	} {
		for _, name := range list.names {
			if err := oneOf(name, list.what, list.known); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseDay reads a date, the zero time for "".
func parseDay(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return day, &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: safe(s) + " is no date.", Fix: "Write year, month and day, such as 2026-12-31."}
	}
	return day, nil
}

// findings makes one finding of each category, all about the same person.
func (a *asked) findings() []schema.Finding {
	var list []schema.Finding
	for _, name := range a.Categories {
		list = append(list, schema.Finding{Category: name, Subject: a.Subject, Minor: a.Minor})
	}
	if a.Minor && len(list) == 0 {
		list = append(list, schema.Finding{Category: "person.minor", Subject: a.Subject, Minor: true})
	}
	return list
}
