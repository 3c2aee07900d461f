package schema

import (
	"strconv"
	"strings"
)

// join adds one token to an RFC 6901 pointer. A token that is no plain field name
// or index is left out: a pointer is shown and logged, and never carries content.
func join(pointer, token string) string {
	if !safeToken(token) {
		return pointer
	}
	return pointer + "/" + token
}

// escaped spells a name as a token of a pointer (RFC 6901 3).
var escaped = strings.NewReplacer("~", "~0", "/", "~1")

// safePointer cuts a pointer before its first token that may be content.
func safePointer(pointer string) string {
	if pointer == "" {
		return ""
	}
	out := ""
	for _, token := range strings.Split(pointer[1:], "/") {
		if !safeToken(token) {
			break
		}
		out += "/" + token
	}
	return out
}

func safeToken(s string) bool {
	if s == "" || len(s) > MaxName {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}

// lookup finds the value at a pointer of plain field names and indexes.
func lookup(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[token]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// pointerLess orders pointers by token, indexes by number.
func pointerLess(a, b string) bool {
	for a != "" && b != "" {
		x, restA := firstToken(a)
		y, restB := firstToken(b)
		if x != y {
			m, errA := strconv.Atoi(x)
			n, errB := strconv.Atoi(y)
			if errA == nil && errB == nil {
				return m < n
			}
			return x < y
		}
		a, b = restA, restB
	}
	return a == "" && b != ""
}

func firstToken(pointer string) (token, rest string) {
	pointer = strings.TrimPrefix(pointer, "/")
	if i := strings.IndexByte(pointer, '/'); i >= 0 {
		return pointer[:i], pointer[i:]
	}
	return pointer, ""
}
