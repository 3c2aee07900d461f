package integration

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// clock is the time of the nodes of one test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

// fileCanary is planted in an attached file, homeCanary in a part that the policy takes
// out, and reasonCanary in why a message was returned.
const (
	fileCanary   = "canary-in-a-file-91c7c0b3"
	homeCanary   = "canary-at-home-5d0f62aa"
	reasonCanary = "canary-in-a-reason-c4417e08"
)

// keptUntil gives a draft a day by which it must be deleted, and a file.
func keptUntil(draft []byte, day time.Time) []byte {
	draft = bytes.Replace(draft, []byte(`"review_by": "2031-11-23"`), fmt.Appendf(nil, `"delete_by": "%s"`, day.Format(time.DateOnly)), 1)
	file := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fileCanary, 300)))
	return bytes.Replace(withFile(draft), []byte(`"data": "YWJj"`), []byte(`"data": "`+file+`"`), 1)
}

// secretsOf are the sealed contents and wrapped keys of a message in a node's database.
func (id *identity) secretsOf(tb testing.TB, of schema.ID) (secrets [][]byte) {
	tb.Helper()
	db, err := sqlite3.Open("file:" + filepath.ToSlash(id.config().DatabasePath()) + "?mode=ro")
	check(tb, err)
	defer db.Close()
	s, _, err := db.Prepare(`SELECT sealed, wrapped FROM content WHERE name LIKE '%' || ? || '%'`)
	check(tb, err)
	defer s.Close()
	check(tb, s.BindText(1, string(of)))
	for s.Step() {
		secrets = append(secrets, s.ColumnBlob(0, nil), s.ColumnBlob(1, nil))
	}
	check(tb, s.Err())
	return secrets
}

// traces finds what of some secrets, or a piece of them, lies in a node's database files.
func (id *identity) traces(tb testing.TB, secrets [][]byte) (found []string) {
	tb.Helper()
	files, err := filepath.Glob(id.config().DatabasePath() + "*")
	check(tb, err)
	if len(files) == 0 {
		tb.Fatal("there are no database files")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		check(tb, err)
		for i, secret := range secrets {
			for at := 0; at+16 <= len(secret); at += 16 {
				if bytes.Contains(data, secret[at:at+16]) {
					found = append(found, fmt.Sprintf("%s: secret %d of %d octets, at %d", filepath.Base(file), i, len(secret), at))
					break
				}
			}
		}
	}
	return found
}

// mortal are the messages of one test that all go at the end of one day: one that
// crossed, one that crossed without a part that stayed at home, one that somebody let go,
// and one that was returned.
type mortal struct{ whole, less, let, back schema.ID }

func (m mortal) ids() []schema.ID { return []schema.ID{m.whole, m.less, m.let, m.back} }

func newMortal(t *testing.T, be *program.Program, day time.Time) (m mortal) {
	t.Helper()
	text := keptUntil(withCanary(messageOf(t, 20000)), day)
	crossed := func(id schema.ID) schema.ID {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
		return id
	}
	m.whole = crossed(submit(t, be, "NL", text))
	apply(t, be, []byte(strings.Replace(openPolicy, `minors`, `redact: [contact.*, loc.residence], minors`, 1)))
	m.less = crossed(submit(t, be, "NL", bytes.Replace(text, []byte("Example lane 2"), []byte(homeCanary), 1)))
	apply(t, be, hold("send"))
	m.let, m.back = submitHeldAs(t, be, text), submitHeldAs(t, be, text)
	release(t, be, m.let)
	crossed(m.let)
	_, err := be.Node.Return(t.Context(), releaser, m.back, "", look(t, be, m.back).Tag, strings.Repeat(reasonCanary, 30))
	check(t, err)
	apply(t, be, []byte(openPolicy))
	original, err := be.Node.Original(t.Context(), "officer:test", m.less)
	check(t, err)
	if !bytes.Contains(original.Message.Raw, []byte(homeCanary)) {
		t.Fatal("what was taken out is not at home")
	}
	return m
}

// allPlanted are all texts that nobody may find any more.
func allPlanted(secrets [][]byte) [][]byte {
	return append(slices.Clip(secrets), []byte(canary), []byte(fileCanary), []byte(homeCanary), []byte(reasonCanary))
}

// After its date the content of a message is nowhere in the files of either node, nor is
// what was taken out of it and kept at home, or why it was returned; and what proves that
// it crossed is as good as before.
func TestErasedAtItsDate(t *testing.T) {
	time := new(clock)
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	a.now, b.now = time.now, time.now
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	other := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, other)
	m := newMortal(t, be, time.now().UTC())
	await(t, be, submit(t, be, "NL", messageOf(t, 4096)))
	secrets := map[*identity][][]byte{}
	nodes := map[*identity]*program.Program{a: be, b: nl}
	for who, p := range nodes {
		check(t, p.Node.DoDuties(t.Context()))
		for _, id := range m.ids() {
			secrets[who] = append(secrets[who], who.secretsOf(t, id)...)
		}
		// A message and its file at both, the part at home and the returned message with its file and its reason at BE.
		want := map[schema.Jurisdiction]int{"BE": 20, "NL": 12}[who.code]
		if list := secrets[who]; len(list) != want || len(who.traces(t, list)) != want {
			t.Fatalf("%s: got %v of %d secrets, want all %d to be found", who.code, who.traces(t, list), len(list), want)
		}
	}
	time.pass(25 * hour)
	for who, p := range nodes {
		check(t, p.Node.DoDuties(t.Context()))
		eventually(t, "nothing left while the node runs, not vacuumed", func() bool { return who.traces(t, allPlanted(secrets[who])) == nil })
		wantErased(t, who, p, m.whole)
		wantErased(t, who, p, m.less)
		wantErased(t, who, p, m.let)
		_, err := p.Node.Open(t.Context(), "officer:test", other, "")
		check(t, err)
	}
	_, err := be.Node.Original(t.Context(), "officer:test", m.less)
	wantCode(t, err, "erased")
	_, err = be.Node.Open(t.Context(), "officer:test", m.back, "")
	wantCode(t, err, "erased")
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	report, err := auditor.Audit(houseOf(t, a, b))
	check(t, err)
	for _, f := range report.Findings {
		t.Errorf("the auditor finds: %v", f)
	}
	for who, list := range secrets {
		if got := who.traces(t, allPlanted(list)); got != nil {
			t.Errorf("%s, stopped: %v", who.code, got)
		}
		db, err := sqlite3.Open("file:" + filepath.ToSlash(who.config().DatabasePath()))
		check(t, err)
		check(t, db.Exec(`VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`))
		check(t, db.Close())
		if got := who.traces(t, allPlanted(list)); got != nil {
			t.Errorf("%s, vacuumed: %v", who.code, got)
		}
	}
}

// wantErased holds that an erased message is shown for what it is everywhere, and that its
// proof verifies.
func wantErased(t *testing.T, who *identity, p *program.Program, id schema.ID) {
	t.Helper()
	_, err := p.Node.Open(t.Context(), "officer:test", id, "")
	wantCode(t, err, "erased")
	list, err := p.Node.List(t.Context(), node.Filter{})
	check(t, err)
	for _, s := range list {
		if s.ID == id && (s.Erased.IsZero() || s.Reason != "period-expired" || s.Subject != "") {
			t.Errorf("%s: got %+v, want an erased line without a subject", who.code, s)
		}
	}
	d, err := p.Node.Trace(t.Context(), id, "")
	check(t, err)
	if len(d.Tasks) != 0 || d.Progress == nil || d.Progress.State != "delivered" || d.Progress.Due() == nil {
		t.Errorf("%s: got %d tasks and %+v, want no task and the clocks of its thread", who.code, len(d.Tasks), d.Progress)
	}
	client := web.Dial(who.config().SocketPath())
	defer client.Close()
	packed, err := client.Proof(t.Context(), id, "")
	check(t, err)
	file := filepath.Join(t.TempDir(), "proof.zip")
	check(t, os.WriteFile(file, packed, 0o600))
	out, err := comity(t, "verify", file)
	check(t, err)
	for _, want := range []string{"signed the manifest", "The content was erased", "accepted the message"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: verify says\n%s\nwant %q", who.code, out, want)
		}
	}
	bundle, err := web.ReadBundle(packed)
	check(t, err)
	if bundle.Message != nil || len(bundle.Attachments) != 0 || bytes.Contains(packed, []byte(canary)) {
		t.Errorf("%s: the proof of an erased message holds content", who.code)
	}
}

const hour = time.Hour

// An erased message is no new work on the desk, is found by no search, and counts in the
// statistics of its year as before.
func TestErasedOnTheDeskAndInFigures(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	_, err := say(t, nl, "BE", replyTo(t, "status.acknowledged", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	refusal, err := say(t, nl, "BE", replyTo(t, "status.refused", id, "NL/iro", "BE/fps-justice"))
	check(t, err)
	await(t, nl, refusal)
	desk := func(words string) (shown int) {
		var page *node.DeskPage
		eventually(t, "the desk is tidy", func() bool {
			more, err := be.Node.TidyDesk(t.Context(), nil)
			check(t, err)
			page, err = be.Node.ListDesk(t.Context(), node.DeskFilter{Box: node.In, All: words != "", Limit: 10}, words)
			check(t, err)
			return !more
		})
		return len(page.Items)
	}
	year := time.Now().UTC().Year()
	before, err := be.Node.Figures(t.Context(), year)
	check(t, err)
	if len(before) == 0 || desk("") != 2 || desk("refused") == 0 {
		t.Fatalf("got %d figures, %d messages on the desk, %d found", len(before), desk(""), desk("refused"))
	}
	for _, one := range []struct {
		id  schema.ID
		box node.Box
	}{{id, node.Out}, {refusal, node.In}} {
		_, err := be.Node.Erase(t.Context(), "operator:test", one.id, one.box, "purpose-fulfilled")
		check(t, err)
	}
	if open, found := desk(""), desk("refused"); open != 1 || found != 0 {
		t.Errorf("%d messages on the desk, %d found; want the acknowledgement, and nothing found", open, found)
	}
	after, err := be.Node.Figures(t.Context(), year)
	check(t, err)
	if !slices.Equal(before, after) {
		t.Errorf("the figures were\n%v\nand are\n%v", before, after)
	}
}
