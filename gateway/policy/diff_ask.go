package policy

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// answers of both policies to one question, and the places of the rules that decided.
type answers struct {
	before, after Outcome
	old, next     int // in the party, -1 for none
}

func (a answers) differ() bool { return a.before != a.after }

// same says whether two questions were answered alike.
func (a answers) same(b answers) bool { return a.before == b.before && a.after == b.after }

// circumstance is all of a question but its peer, type and data.
type circumstance struct {
	instrument string
	marking    schema.Marking
	subject    string
	minor      bool
	codes      []string
	purposes   []string
	languages  []string
	day        time.Time
	period     string // in words, instead of a day that stands for the days of a rule
	other      string // in words, instead of a value that stands for all that no rule lists
}

// when says what the circumstance states, in words; instrument and marking left aside.
func (o *circumstance) when(today time.Time) string {
	var words []string
	if o.other != "" {
		words = append(words, o.other)
	} else if o.subject != "" {
		words = append(words, "about a person who is "+o.subject)
	}
	if o.minor {
		words = append(words, "about a person under 18")
	}
	for _, list := range []struct {
		word  string
		names []string
	}{{"with the code ", o.codes}, {"for the purpose ", o.purposes}, {"in the language ", o.languages}} {
		if len(list.names) > 0 && (o.other == "" || list.word != "with the code ") {
			words = append(words, list.word+strings.Join(list.names, ", "))
		}
	}
	switch {
	case o.period != "":
		words = append(words, o.period)
	case !o.day.Equal(today):
		words = append(words, "on "+dayOf(o.day).String())
	}
	return strings.Join(words, ", ")
}

// comparison of one party of peers in message types that the same rules speak of.
type comparison struct {
	*differ
	party *party
	types []string
	rules []*rule  // of both policies that speak of the types
	all   []string // categories
}

// compare the two policies for one party of peers.
func (d *differ) compare(g *party) []Change {
	var out []Change
	classes, order := map[string]*comparison{}, []string{}
	for _, t := range d.known.Types() {
		before, after := speakingOf(g.old, t.Name), speakingOf(g.next, t.Name)
		a, b := d.bodies(before, false), d.bodies(after, false)
		if a == b {
			continue
		}
		key := a + "\x00" + b
		if classes[key] == nil {
			classes[key] = &comparison{differ: d, party: g, rules: slices.Concat(before, after), all: d.known.Categories()}
			order = append(order, key)
		}
		classes[key].types = append(classes[key].types, t.Name)
	}
	for _, key := range order {
		out = append(out, classes[key].changes()...)
	}
	return out
}

func speakingOf(rules []*rule, kind string) []*rule {
	var out []*rule
	for _, r := range rules {
		if anyMatches(r.types, kind) {
			out = append(out, r)
		}
	}
	return out
}

// ask both policies whether data may cross in a circumstance.
func (c *comparison) ask(o *circumstance, categories ...string) answers {
	q := Question{Peer: c.party.peers[0], Direction: c.party.direction, Type: c.types[0], Instrument: o.instrument, Marking: o.marking,
		Codes: o.codes, Purposes: o.purposes, Languages: o.languages, Day: o.day}
	for _, name := range categories {
		q.Findings = append(q.Findings, schema.Finding{Category: name, Subject: o.subject, Minor: o.minor})
	}
	c.asked++
	before, after := c.differ.old.Judge(q), c.differ.next.Judge(q)
	return answers{outcomeOf(&before), outcomeOf(&after), indexOf(c.party.old, before.Rule), indexOf(c.party.next, after.Rule)}
}

func indexOf(rules []*rule, name string) int {
	return slices.IndexFunc(rules, func(r *rule) bool { return r.name == name })
}

// holding lists the types that can hold some of the categories in a field.
func (c *comparison) holding(categories []string) []string {
	var out []string
	for _, t := range c.types {
		if c.holdsSome(t, categories) {
			out = append(out, t)
		}
	}
	return out
}

func (c *comparison) holdsSome(kind string, categories []string) bool {
	return slices.ContainsFunc(categories, func(name string) bool { return c.holds[kind][name] })
}

// instruments that a rule names, "" for none.
func (c *comparison) instruments() []string {
	names := map[string]bool{}
	for _, r := range c.rules {
		if r.takesInstrument("") {
			names[""] = true
		}
		for _, e := range r.instruments {
			if e.text != noInstrument {
				names[e.text] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// markings that a rule names as its highest.
func (c *comparison) markings() []schema.Marking {
	var out []schema.Marking
	for _, r := range c.rules {
		if !slices.Contains(out, r.marking) {
			out = append(out, r.marking)
		}
	}
	slices.Sort(out)
	return out
}

// bases are the plain circumstances: one that states nothing, and for each rule
// that wants something stated one that states it.
func (c *comparison) bases() []circumstance {
	bases := []circumstance{{day: c.today}}
	seen := map[string]bool{"": true}
	for _, r := range c.rules {
		b := circumstance{day: c.today, purposes: firstOf(r.purposes), languages: firstOf(r.languages)}
		if !r.holdsOn(dayOf(c.today)) {
			b.day, b.period = cmp.Or(r.from, r.until).time(), r.period()
		}
		if when := b.when(c.today); !seen[when] {
			seen[when] = true
			bases = append(bases, b)
		}
	}
	return bases[:min(len(bases), maxWordsAsked)]
}

func firstOf(list []entry) []string {
	if len(list) == 0 {
		return nil
	}
	return []string{list[0].text}
}

// maxWordsAsked of one kind, such as languages, in one comparison.
const maxWordsAsked = 16

// variations of a plain circumstance, one word changed at a time; only where the
// rules do not agree can the change matter.
func (c *comparison) variations(base circumstance) []circumstance {
	var out []circumstance
	vary := func(change func(*circumstance)) {
		v := base
		change(&v)
		out = append(out, v)
	}
	if c.disagree(func(r *rule) bool { return r.minors }) {
		vary(func(o *circumstance) { o.minor = true })
	}
	subjects, others := c.words(func(r *rule) []entry { return r.subjects }, c.known.Codes("subjects"))
	for _, s := range subjects {
		vary(func(o *circumstance) { o.subject = s })
	}
	if others != "" {
		vary(func(o *circumstance) {
			o.subject, o.other = others, "about a person who is none of "+strings.Join(subjects, ", ")
		})
	}
	codes, others := c.words(func(r *rule) []entry { return r.codes }, c.known.Codes("handling_codes"))
	for _, s := range codes {
		vary(func(o *circumstance) { o.codes = []string{s} })
	}
	if others != "" {
		vary(func(o *circumstance) {
			o.codes, o.other = []string{others}, "with a code that is none of "+strings.Join(codes, ", ")
		})
	}
	purposes, _ := c.words(func(r *rule) []entry { return r.purposes }, nil)
	for _, s := range purposes {
		vary(func(o *circumstance) { o.purposes = []string{s} })
	}
	languages, _ := c.words(func(r *rule) []entry { return r.languages }, nil)
	for _, s := range languages {
		vary(func(o *circumstance) { o.languages = []string{s} })
	}
	for _, d := range c.days() {
		vary(func(o *circumstance) { o.day, o.period = d.time(), "" })
	}
	return out
}

func (c *comparison) disagree(has func(*rule) bool) bool {
	return slices.ContainsFunc(c.rules, has) && slices.ContainsFunc(c.rules, func(r *rule) bool { return !has(r) })
}

// words that the rules list in one key, and a known word that none of them lists.
func (c *comparison) words(key func(*rule) []entry, known []string) (listed []string, other string) {
	for _, r := range c.rules {
		listed = union(listed, texts(key(r)))
	}
	listed = listed[:min(len(listed), maxWordsAsked)]
	if i := slices.IndexFunc(known, func(s string) bool { return !slices.Contains(listed, s) }); i >= 0 && len(listed) > 0 {
		other = known[i]
	}
	return listed, other
}

// days on which a rule begins to hold, and on which one no longer does.
func (c *comparison) days() []day {
	var out []day
	for _, r := range c.rules {
		if r.from != 0 {
			out = append(out, r.from-1, r.from)
		}
		if r.until != 0 {
			out = append(out, r.until, r.until+1)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxWordsAsked)]
}

// time at which a day begins.
func (d day) time() time.Time { return time.Unix((int64(d)-1)*secondsOfDay-secondsTo1, 0).UTC() }
