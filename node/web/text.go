package web

import (
	"fmt"
	"strings"
	"unicode"
)

// hidden holds for characters that one line of text has no honest use for: they
// break it, hide in it or turn its reading direction (UAX 9, UTS 55).
func hidden(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) ||
		c == 0x200b || c == 0x2060 || c == 0xfeff || c == 0xfffd || (c >= 0xe0000 && c <= 0xe007f)
}

// hiddenInProse is hidden for text of several lines, where right-to-left writing
// needs marks and isolates; overrides and embeddings stay suspect.
func hiddenInProse(c rune) bool {
	switch {
	case c == '\n', c == '\t', c == '\r', c == 0x200e, c == 0x200f, c == 0x61c, c >= 0x2066 && c <= 0x2069:
		return false
	}
	return hidden(c)
}

// mostMarks is how many marks may be piled on one letter. Writing systems need fewer;
// more cover the lines around them and make one letter as wide as a page.
const mostMarks = 10

// piled holds for characters that join the letter before them.
func piled(c rune) bool { return unicode.In(c, unicode.M) || c == 0x0e33 || c == 0x0eb3 }

// line makes received one-line text fit to show: hidden characters are written
// out, so that the reader sees them instead of their effect.
func line(s string) string { return written(s, hidden) }

// prose is line for text of several lines.
func prose(s string) string { return written(s, hiddenInProse) }

func written(s string, bad func(rune) bool) string {
	if strings.IndexFunc(s, func(c rune) bool { return bad(c) || piled(c) }) < 0 {
		return s
	}
	var b strings.Builder
	marks := 0 // on the letter before
	for _, c := range s {
		if marks++; !piled(c) {
			marks = 0
		}
		switch {
		case !bad(c) && marks <= mostMarks:
			b.WriteRune(c)
		case c > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}
