package integration

import (
	"bytes"
	"testing"
)

// A request goes out only in a language that the receiving State is known to take.
func TestRequestInAForeignLanguage(t *testing.T) {
	be, de := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "DE").start(t, quiet)
	introduce(t, be, de)
	request := replyTo(t, "mla.request", "", "BE/fps-justice", "DE/bfj")
	for _, row := range []struct{ languages, code string }{
		{`["fr"]`, "language_not_accepted"},
		{`["nl", "fr"]`, "language_not_accepted"},
		{`["fr", "de"]`, "policy_denied"}, // nothing against its language
		{`["en"]`, "policy_denied"},       // DE's card has it
	} {
		body := bytes.Replace(request, []byte(`"languages": ["en"]`), []byte(`"languages": `+row.languages), 1)
		if bytes.Equal(body, request) && row.languages != `["en"]` {
			t.Fatal("the example has other languages")
		}
		_, err := say(t, be, "DE", body)
		wantCode(t, err, row.code)
	}
}
