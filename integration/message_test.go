package integration

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// addedByNode is what the node adds to a draft without an id and a creation time.
const addedByNode = len(`"id":"0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c01",`) + len(`"created":"2026-11-23T21:05:52Z",`)

var givenByNode = regexp.MustCompile(`(?m)^ "(id|created)": "[^"]*",\n`)

// messageOf makes a draft of the catalogue's bank-records request that is size
// octets long once the node has given it id and time.
func messageOf(tb testing.TB, size int) []byte {
	tb.Helper()
	c, err := catalogue()
	check(tb, err)
	request, err := c.Type("mla.request")
	check(tb, err)
	text := givenByNode.ReplaceAll(bytes.TrimSpace(request.Example), nil)
	missing := size - len(text) - addedByNode
	if missing < 0 {
		tb.Fatalf("the example is %d octets over %d", -missing, size)
	}
	return bytes.Replace(text, []byte(`"facts": "`), []byte(`"facts": "`+strings.Repeat("x", missing)), 1)
}
