package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Difference between two policies, found by asking both the same questions.
type Difference struct {
	Same    bool                  `json:"same"`              // nothing was found and neither lets more cross than the other
	Widens  bool                  `json:"widens"`            // see Widens; it does not depend on the questions
	Changes []Change              `json:"changes"`           // what widens first, then by sensitivity of the data
	Asked   int                   `json:"asked"`             // questions put to both
	Skipped []schema.Jurisdiction `json:"skipped,omitempty"` // peers that were not asked about, because maxAsked was reached
}

// Change is one answer that differs, for all its peers, types and categories alike.
type Change struct {
	Peers       []schema.Jurisdiction `json:"peers"`
	Direction   Direction             `json:"direction"`
	Types       []string              `json:"types"`
	Categories  []string              `json:"categories"`
	Together    bool                  `json:"together,omitempty"`    // only when the categories stand in one message
	File        bool                  `json:"file,omitempty"`        // no field holds the data, but an attached file may
	Instruments []string              `json:"instruments,omitempty"` // "none" is a message without one; absent if all that the rules name answer alike
	Marking     string                `json:"marking,omitempty"`     // absent if all markings that the rules name answer alike
	When        string                `json:"when,omitempty"`        // what else the question says: "about a victim", "with the code H2"
	Before      Outcome               `json:"before"`
	After       Outcome               `json:"after"`
	Rules       []string              `json:"rules"`             // that decide now, or decided before if nothing does now
	Example     string                `json:"example,omitempty"` // a type whose example message holds some of the data

	kinds, data []string // Types and Categories for people: "mla.*" for all that there are
}

// Widens says whether the change lets more cross.
func (c *Change) Widens() bool { return widens(c.Before, c.After) }

// maxAsked bounds the questions of one comparison, to keep it under a second.
const maxAsked = 400_000

// Diff asks both policies what may cross on a day: for every peer and direction of
// which the rules changed, each data category by itself in each message type that
// can hold it, under each instrument, marking, data subject, handling code, purpose,
// language and date that one of the rules names, one of these at a time; and all
// that one rule covers, together. Other combinations are not asked.
func Diff(old, next *Policy, known *schema.Catalogue, today time.Time) *Difference {
	return diff(old, next, known, today, maxAsked)
}

func diff(old, next *Policy, known *schema.Catalogue, today time.Time, most int) *Difference {
	d := &differ{old: old, next: next, known: known, today: today, written: map[*rule]string{}}
	d.learn()
	out := &Difference{Widens: Widens(old, next)}
	for _, direction := range []Direction{Send, Receive} {
		for _, g := range d.parties(direction) {
			if d.asked >= most {
				out.Skipped = append(out.Skipped, g.peers...)
				continue
			}
			out.Changes = append(out.Changes, d.compare(&g)...)
		}
	}
	slices.Sort(out.Skipped)
	out.Skipped = slices.Compact(out.Skipped)
	out.Changes = d.order(joinPeers(out.Changes))
	out.Asked = d.asked
	out.Same = len(out.Changes) == 0 && len(out.Skipped) == 0 && !out.Widens && !Widens(next, old)
	return out
}

type differ struct {
	old, next *Policy
	known     *schema.Catalogue
	today     time.Time
	holds     map[string]map[string]bool // categories that each type can hold
	messages  map[string]*schema.Message // the example of each type
	written   map[*rule]string           // each rule without name, peers and types
	asked     int
}

// learn which categories a message of each type can hold: those of its fields and
// of its example.
func (d *differ) learn() {
	d.holds, d.messages = map[string]map[string]bool{}, map[string]*schema.Message{}
	for _, t := range d.known.Types() {
		has := map[string]bool{}
		d.holds[t.Name] = has
		if fields, err := d.known.Describe(t.Name, "en"); err == nil {
			for _, f := range fields {
				has[f.Category] = true
			}
		}
		if m, err := d.known.Read(t.Example); err == nil {
			d.messages[t.Name] = m
			for _, name := range categories(m.Findings) {
				has[name] = true
			}
		}
	}
}

// party of peers for which both policies have the same rules but for their names.
type party struct {
	direction Direction
	peers     []schema.Jurisdiction
	old, next []*rule    // of the first peer, in the order of the file
	oldNames  [][]string // of each rule of old, for all the peers
	nextNames [][]string
}

// parties of the peers whose rules changed.
func (d *differ) parties(direction Direction) []party {
	var out []party
	at := map[string]int{}
	for _, peer := range d.peers(direction) {
		before, after := d.old.rulesOf(peer, direction), d.next.rulesOf(peer, direction)
		a, b := d.bodies(before, true), d.bodies(after, true)
		if a == b {
			continue
		}
		i, known := at[a+"\x00"+b]
		if !known {
			i = len(out)
			at[a+"\x00"+b] = i
			out = append(out, party{direction: direction, old: before, next: after, oldNames: make([][]string, len(before)), nextNames: make([][]string, len(after))})
		}
		out[i].peers = append(out[i].peers, peer)
		noteNames(out[i].oldNames, before)
		noteNames(out[i].nextNames, after)
	}
	return out
}

func noteNames(lists [][]string, rules []*rule) {
	for i, r := range rules {
		if !slices.Contains(lists[i], r.name) {
			lists[i] = append(lists[i], r.name)
		}
	}
}

// peers that either policy names in a direction, sorted.
func (d *differ) peers(direction Direction) []schema.Jurisdiction {
	var out []schema.Jurisdiction
	for _, p := range []*Policy{d.old, d.next} {
		for k := range p.desks {
			if k.direction == direction {
				out = append(out, k.peer)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rulesOf a peer and direction, in the order of the file.
func (p *Policy) rulesOf(peer schema.Jurisdiction, direction Direction) []*rule {
	t := p.desks[desk{peer, direction}]
	if t == nil {
		return nil
	}
	out := make([]*rule, len(t.places))
	for i, place := range t.places {
		out[i] = &p.rules[place]
	}
	return out
}

// bodies of rules as one text, without names and peers, and without types unless asked for.
func (d *differ) bodies(rules []*rule, types bool) string {
	var b strings.Builder
	for _, r := range rules {
		if types {
			writeSorted(&b, r.types)
		}
		if d.written[r] == "" {
			d.written[r] = r.body()
		}
		b.WriteString(d.written[r])
	}
	return b.String()
}

// body is what a rule lets cross, without its types.
func (r *rule) body() string {
	var b strings.Builder
	for _, list := range [...][]entry{r.categories, r.approve, r.redact, r.subjects, r.codes, r.instruments, r.purposes, r.languages} {
		writeSorted(&b, list)
	}
	fmt.Fprintf(&b, "%s,%v,%s,%s\n", r.marking, r.minors, r.from, r.until)
	return b.String()
}

func writeSorted(b *strings.Builder, list []entry) {
	names := texts(list)
	slices.Sort(names)
	b.WriteString(strings.Join(names, ",") + ";")
}

// joinPeers makes one change of those that differ only in their peers and rules.
func joinPeers(changes []Change) []Change {
	out := []Change{}
	at := map[string]int{}
	for _, c := range changes {
		key := c.key()
		i, known := at[key]
		if !known {
			at[key] = len(out)
			out = append(out, c)
			continue
		}
		out[i].Peers = append(out[i].Peers, c.Peers...)
		out[i].Rules = union(out[i].Rules, c.Rules)
	}
	for i := range out {
		slices.Sort(out[i].Peers)
	}
	return out
}

// key is all of a change but its peers and rules.
func (c *Change) key() string {
	return strings.Join([]string{string(c.Direction), strings.Join(c.Types, ","), strings.Join(c.Categories, ","), strings.Join(c.Instruments, ","),
		c.Marking, c.When, c.Before.String(), c.After.String(), fmt.Sprint(c.Together, c.File)}, "\x00")
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// order puts what widens first, and the most sensitive data first among equals.
func (d *differ) order(changes []Change) []Change {
	worst := func(c *Change) int {
		n := 0
		for _, name := range c.Categories {
			n = max(n, d.known.Sensitivity(name))
		}
		return n
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		wide := map[bool]int{true: 0, false: 1}
		return cmp.Or(cmp.Compare(wide[a.Widens()], wide[b.Widens()]), cmp.Compare(worst(&b), worst(&a)))
	})
	return changes
}
