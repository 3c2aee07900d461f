package schema

import (
	"maps"
	"slices"
	"strings"
)

// pairs gives the pointers that translations of a form name, by the place they stand at.
func (v Values) pairs() map[string]string {
	list := map[string]string{}
	for at, texts := range v {
		if strings.HasPrefix(at, "/translations/") && strings.HasSuffix(at, "/pointer") && len(texts) == 1 && !strings.HasPrefix(texts[0], "/translations") {
			list[at] = texts[0]
		}
	}
	return list
}

// follow leads translations to where their originals in a list stand now: moved tells
// it of an index, and false of one that went. A translation goes with its original.
func (v Values) follow(list string, moved func(i int) (int, bool)) {
	var gone []int
	for at, pointer := range v.pairs() {
		rest, inside := strings.CutPrefix(pointer, list+"/")
		first, tail, deeper := strings.Cut(rest, "/")
		i, numbered := rowNumber(first)
		if !inside || !numbered {
			continue
		}
		now, stays := moved(i)
		if deeper {
			tail = "/" + tail
		}
		row, known := rowNumber(strings.TrimSuffix(strings.TrimPrefix(at, "/translations/"), "/pointer"))
		switch {
		case stays:
			v[at] = []string{element(list, now) + tail}
		case known:
			gone = append(gone, row)
		}
	}
	slices.Sort(gone)
	for _, row := range slices.Backward(gone) {
		v.RemoveRow("/translations", row)
	}
}

// settled gives the values with the translations of texts of a list led to where these
// stand once the blank ones are left out.
func (v Values) settled() Values {
	lists := map[string][]string{}
	for _, pointer := range v.pairs() {
		if end := strings.LastIndexByte(pointer, '/'); end > 0 && slices.ContainsFunc(v[pointer[:end]], blank) {
			lists[pointer[:end]] = v[pointer[:end]]
		}
	}
	if len(lists) == 0 {
		return v
	}
	out := maps.Clone(v)
	for list, texts := range lists {
		out.follow(list, func(i int) (int, bool) {
			if i >= len(texts) || blank(texts[i]) {
				return 0, false
			}
			return len(slices.DeleteFunc(slices.Clone(texts[:i]), blank)), true
		})
	}
	return out
}

func blank(text string) bool { return !filled(text) }
