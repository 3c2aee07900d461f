package policy

import "strings"

// The plain layout is the one that POLICY.md shows and that Canonical writes:
// keys, lists and rules a line each, lists and rules also in brackets and braces
// on one line, names with or without quotes, comments. It is read here, many times
// faster than by the YAML library, which reads every other layout. For what both
// read, both give the same.

// maxValues in a file of the plain layout.
const maxValues = 1 << 19

// plain reads a file line by line and gives up at whatever is not plain.
type plain struct {
	rest   string // the lines not yet begun
	line   int32  // number of the line begun last
	indent int    // of the line begun last
	in     string // what is left of it
	done   bool   // there is no line left
	count  int    // of values
	odd    bool   // something is not plain
}

// readPlain reads a policy in the plain layout, false if it is in another.
func readPlain(file string) (*value, bool) {
	p := &plain{rest: file}
	top := value{kind: someKeys}
	p.begin()
	top.line = p.line
	for !p.done && !p.odd {
		if p.indent != 0 || len(top.pairs) == maxKeys {
			return nil, false
		}
		top.pairs = append(top.pairs, p.section())
	}
	if p.odd || len(top.pairs) == 0 {
		return nil, false
	}
	return &top, true
}

// begin the next line that holds more than a comment.
func (p *plain) begin() {
	for p.rest != "" {
		line, rest, _ := strings.Cut(p.rest, "\n")
		p.rest = rest
		p.line++
		p.in = strings.TrimLeft(line, " ")
		p.indent = len(line) - len(p.in)
		if p.in != "" && p.in[0] != '#' {
			return
		}
	}
	p.in, p.indent, p.done = "", 0, true
}

// give up.
func (p *plain) give() value {
	p.odd = true
	return value{kind: nothing}
}

// end of a line: nothing more but a comment may stand in it.
func (p *plain) end() {
	left := strings.TrimLeft(p.in, " ")
	if left != "" && (left[0] != '#' || left == p.in) {
		p.odd = true
	}
	p.begin()
}

// section is a key of the file and what belongs to it.
func (p *plain) section() pair {
	at := pair{line: p.line, key: p.key()}
	switch {
	case p.odd:
	case p.more():
		at.value = p.inline()
		p.end()
	case at.key == "rules":
		at.value = p.rules()
	case at.key == "groups":
		at.value = p.groups()
	default:
		p.odd = true
	}
	return at
}

// key takes a name, a colon and the spaces after it.
func (p *plain) key() string {
	s := p.scalar()
	if s.kind != aText || p.in == "" || p.in[0] != ':' || len(p.in) > 1 && p.in[1] != ' ' {
		p.odd = true
		return ""
	}
	p.in = p.in[1:]
	return s.text
}

// more says whether a value stands in the rest of the line.
func (p *plain) more() bool {
	left := strings.TrimLeft(p.in, " ")
	if left == "" || left[0] == '#' && left != p.in {
		p.end()
		return false
	}
	p.in = left
	return true
}

// groups are lines of a name and a list each, all at one indent.
func (p *plain) groups() value {
	v := value{kind: someKeys, line: p.line}
	indent := p.indent
	if indent == 0 || p.done {
		return p.give()
	}
	for !p.done && p.indent == indent && !p.odd {
		v.pairs = p.add(v.pairs, p.field())
	}
	return v
}

// add a key to a block or braces, of which no policy has more than maxKeys.
func (p *plain) add(pairs []pair, one pair) []pair {
	if len(pairs) == maxKeys {
		p.odd = true
	}
	return append(pairs, one)
}

// rules are entries with a dash, all at one indent.
func (p *plain) rules() value {
	v := value{kind: aList, line: p.line}
	indent := p.indent
	if p.done || p.in[0] != '-' {
		return p.give()
	}
	for !p.done && p.indent == indent && !p.odd && (indent > 0 || p.in[0] == '-') && len(v.items) <= maxRules {
		v.items = append(v.items, p.rule())
	}
	if len(v.items) > maxRules { // the rest does not matter any more
		p.done = true
	}
	return v
}

// rule is a dash and braces, or a dash and lines of keys.
func (p *plain) rule() value {
	if !strings.HasPrefix(p.in, "- ") {
		return p.give()
	}
	p.in = p.in[2:]
	if p.in != "" && p.in[0] == '{' {
		v := p.inline()
		p.end()
		return v
	}
	v := value{kind: someKeys, line: p.line, pairs: make([]pair, 0, 12)}
	p.indent += 2
	for indent := p.indent; !p.done && p.indent == indent && !p.odd; {
		v.pairs = p.add(v.pairs, p.field())
	}
	return v
}

// field is a line of a key and its value, or of a key, with its list in the lines below.
func (p *plain) field() pair {
	at := pair{line: p.line, key: p.key()}
	indent := p.indent
	switch {
	case p.odd:
	case p.more():
		at.value = p.inline()
		p.end()
	case !p.done && p.indent >= indent && strings.HasPrefix(p.in, "- "):
		at.value = p.block()
	default:
		p.odd = true
	}
	return at
}

// block is a list of lines with a dash and a name each, all at one indent.
func (p *plain) block() value {
	v := value{kind: aList, line: p.line}
	for indent := p.indent; !p.done && p.indent == indent && strings.HasPrefix(p.in, "- ") && !p.odd; {
		p.in = p.in[2:]
		v.items = append(v.items, p.scalar())
		p.end()
	}
	return v
}

// inline is a list, keys or a name in one line.
func (p *plain) inline() value {
	if p.in == "" {
		return p.give()
	}
	switch p.in[0] {
	case '[':
		return p.list()
	case '{':
		return p.braces()
	}
	return p.scalar()
}

// list in brackets, of names only.
func (p *plain) list() value {
	v := value{kind: aList, line: p.line}
	if p.in = p.in[1:]; p.next(']') {
		return v
	}
	v.items = make([]value, 0, 4)
	for !p.odd {
		v.items = append(v.items, p.scalar())
		if p.next(']') {
			return v
		}
		p.comma()
	}
	return v
}

// braces hold keys, each with a list or a name.
func (p *plain) braces() value {
	v := value{kind: someKeys, line: p.line, pairs: make([]pair, 0, 8)}
	p.in = strings.TrimLeft(p.in[1:], " ")
	for !p.odd {
		at := pair{line: p.line, key: p.key()}
		if p.in = strings.TrimLeft(p.in, " "); p.in != "" && p.in[0] == '[' {
			at.value = p.list()
		} else {
			at.value = p.scalar()
		}
		v.pairs = p.add(v.pairs, at)
		if p.next('}') {
			return v
		}
		p.comma()
	}
	return v
}

// next takes the character if it comes next, after spaces.
func (p *plain) next(c byte) bool {
	left := strings.TrimLeft(p.in, " ")
	if left == "" || left[0] != c {
		return false
	}
	p.in = left[1:]
	return true
}

// comma takes a comma and the spaces after it. Another must not follow.
func (p *plain) comma() {
	if !p.next(',') {
		p.odd = true
	}
	p.in = strings.TrimLeft(p.in, " ")
}

// scalar takes one name: in double quotes without escapes, or bare.
func (p *plain) scalar() value {
	if p.count++; p.count > maxValues || p.in == "" {
		return p.give()
	}
	if p.in[0] == '"' {
		inside, rest, closed := strings.Cut(p.in[1:], `"`)
		if !closed || inside == "" || strings.Contains(inside, `\`) {
			return p.give()
		}
		p.in = rest
		return value{kind: aText, line: p.line, text: inside}
	}
	n := 0
	for n < len(p.in) && bare[p.in[n]] {
		n++
	}
	word := p.in[:n]
	p.in = p.in[n:]
	if p.in != "" && !strings.ContainsRune(" ,]}:", rune(p.in[0])) {
		return p.give()
	}
	return p.meaning(word)
}

// bare characters, of which a name without quotes is made.
var bare = func() (in [256]bool) {
	for c := range in {
		in[c] = letter(byte(c)) || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-' || c == '/' || c == '*'
	}
	return in
}()

// meaning of a bare word: a text, true or false, or the number of the version.
func (p *plain) meaning(word string) value {
	v := value{kind: aText, line: p.line, text: word}
	switch {
	case word == "true" || word == "false":
		v.kind = aBool
	case word == "1":
		v.kind = aNumber
	case word == "" || !letter(word[0]) && !isDate(word), strings.EqualFold(word, "true"), strings.EqualFold(word, "false"), strings.EqualFold(word, "null"):
		return p.give()
	}
	return v
}

// isDate says whether a word has the form of a date.
func isDate(word string) bool {
	if len(word) != len("2026-12-31") {
		return false
	}
	for i := range len(word) {
		if dash := i == 4 || i == 7; dash != (word[i] == '-') || !dash && (word[i] < '0' || word[i] > '9') {
			return false
		}
	}
	return true
}
