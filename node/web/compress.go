package web

import (
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// smallest is the least text worth compressing, octets.
const smallest = 1 << 10

// compressed marks the answers whose text is compressed on its way.
type compressed struct{ http.ResponseWriter }

// compressing says whether the answer to r may be compressed. What a page repeats out of
// its address is not compressed together with what messages say: from lengths alone one
// could be guessed by the other. Other sites cannot ask in a user's name at all, because
// the session's cookie is SameSite=Strict.
func compressing(rt *route, r *http.Request) bool {
	return rt.page && r.Method == http.MethodGet && accepts(r.Header.Get("Accept-Encoding"), "gzip") && !r.URL.Query().Has("q") && !r.URL.Query().Has("name")
}

// accepts reads a list of codings (RFC 9110, 12.5.3).
func accepts(list, coding string) bool {
	for one := range strings.SplitSeq(list, ",") {
		name, rest, weighted := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		if !weighted {
			return true
		}
		weight, found := strings.CutPrefix(strings.TrimSpace(rest), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return found && err == nil && q > 0
	}
	return false
}

var compressors = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// compress makes a text smaller. Its length is blurred by a comment of random length.
func compress(text []byte) []byte {
	var out bytes.Buffer
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(&out)
	z.Comment = strings.Repeat("-", rand.IntN(128))
	z.Write(text) // into memory: it does not fail
	z.Close()
	return out.Bytes()
}
