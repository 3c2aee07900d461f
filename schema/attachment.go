package schema

import (
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const attachments = "/attachments"

// Attach describes one more file at the end, under a name that no other has; false if
// a file of that content is there already.
func (v Values) Attach(a Attachment) bool {
	sum := hex.EncodeToString(a.SHA256[:])
	if v.file(sum) >= 0 {
		return false
	}
	names := map[string]bool{}
	for i := range v.rows(attachments) {
		if at := v[element(attachments, i)+"/name"]; len(at) == 1 {
			names[fold(at[0])] = true
		}
	}
	name, ending := a.Name, path.Ext(a.Name)
	for i := 2; names[fold(name)]; i++ {
		name = strings.TrimSuffix(a.Name, ending) + fmt.Sprintf(" (%d)", i) + ending
	}
	at := v.AddRow(attachments)
	v[at+"/name"], v[at+"/media_type"] = []string{name}, []string{a.MediaType}
	v[at+"/size"], v[at+"/sha256"] = []string{strconv.FormatInt(a.Size, 10)}, []string{sum}
	v.say(at+"/category", a.Category)
	return true
}

// Detach takes the description of a file out, by its digest in hexadecimal; false if there is none.
func (v Values) Detach(sum string) bool {
	i := v.file(sum)
	if i >= 0 {
		v.RemoveRow(attachments, i)
	}
	return i >= 0
}

// Categorise says what data a file holds; false if there is no such file.
func (v Values) Categorise(sum, category string) bool {
	i := v.file(sum)
	if i < 0 {
		return false
	}
	delete(v, element(attachments, i)+"/category")
	v.say(element(attachments, i)+"/category", category)
	return true
}

func (v Values) file(sum string) int {
	for i := range v.rows(attachments) {
		if slices.Equal(v[element(attachments, i)+"/sha256"], []string{sum}) {
			return i
		}
	}
	return -1
}

// FileName makes a safe name for an attachment of what a browser says it is called.
func FileName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`:*?"<>|`, c) || c == utf8.RuneError || controlRune(c) || !isLine(string(c)) {
			return '_'
		}
		return c
	}, s)
	ending := path.Ext(s)
	if len(ending) > 16 {
		ending = ""
	}
	for s = strings.TrimSuffix(s, ending); len(s)+len(ending) > 240; {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	if s = strings.Trim(s+ending, " ."); !isFileName(s) {
		return "file"
	}
	return s
}

// MediaType is the one that a browser tells, without parameters; one that is none is
// application/octet-stream.
func MediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	if s = strings.ToLower(strings.TrimSpace(s)); !isMediaType(s) {
		return "application/octet-stream"
	}
	return s
}
