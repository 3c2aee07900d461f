package integration

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/comity-exchange/comity/integration/auditor"
)

// plants are breaches, one each. The name begins with the invariant. more is how many
// findings of the same invariant it may give beside the one that says want.
var plants = []struct {
	name  string
	plant func(p *planter)
	want  string
	more  int
}{
	{"I1 an answered message that waited is gone", func(p *planter) {
		p.exec("BE", `DELETE FROM content WHERE name IN (SELECT 'out/' || id FROM message WHERE state = 'denied')`)
		p.exec("BE", `DELETE FROM message WHERE state = 'denied'`)
		p.retally("BE")
	}, "was answered and is not there", 0},
	{"I1 an accepted message is not in the inbox", func(p *planter) {
		p.exec("NL", `DELETE FROM content WHERE name = 'in/' || (SELECT id FROM message WHERE box = 'in' ORDER BY n LIMIT 1)`)
		p.exec("NL", `DELETE FROM message WHERE n = (SELECT n FROM message WHERE box = 'in' ORDER BY n LIMIT 1)`)
		p.retally("NL")
	}, "BE was told that it was accepted, and it is not there", 0},
	{"I2 a message is delivered again", func(p *planter) {
		p.exec("NL", `CREATE TABLE free AS SELECT * FROM message`)
		p.exec("NL", `INSERT INTO free SELECT * FROM message WHERE box = 'in' ORDER BY n LIMIT 1`)
		p.exec("NL", `UPDATE free SET n = (SELECT max(n) + 1 FROM free) WHERE rowid = (SELECT max(rowid) FROM free)`)
		p.exec("NL", `DROP TABLE message`)
		p.exec("NL", `ALTER TABLE free RENAME TO message`)
		p.retally("NL")
	}, "is there twice", 0},
	{"I2 the journal tells of a second delivery", func(p *planter) {
		p.journal("NL", func(records []string) []string {
			for _, r := range records {
				if bytes.Contains([]byte(r), []byte(`"act":"message.received"`)) {
					return append(records, renumber(r, len(records)+1))
				}
			}
			return records
		})
	}, "was delivered 2 times", 0},
	{"I3 a bit of a stored content has rotted", func(p *planter) {
		p.exec("NL", `UPDATE content SET sealed = CAST(substr(sealed, 1, 96) || x'00000000' || substr(sealed, 101) AS BLOB) WHERE n = 1`)
	}, "does not open", 0},
	{"I3 the delivered bytes are others", func(p *planter) {
		p.exec("NL", `UPDATE message SET sha256 = zeroblob(32) WHERE n = (SELECT min(n) FROM message WHERE box = 'in')`)
	}, "its content is not that of its digest", 0},
	{"I3 the bytes handed in are others", func(p *planter) {
		sent := append([]auditor.Sent(nil), p.house.Sent...)
		sent[0].SHA256[0] ^= 1
		p.house.Sent = sent
	}, "is not what was handed in", 0},
	{"I3 a file is lost", func(p *planter) {
		p.exec("NL", `DELETE FROM content WHERE name LIKE 'in/%/%'`)
	}, "has 0 files, BE sent 1", 0},
	{"I3 an erased message has content", func(p *planter) {
		p.exec("FR", `INSERT INTO content (name, sealed, wrapped) SELECT 'in/' || id, x'00', x'00' FROM message WHERE erased > 0`)
	}, "was erased and has content", 0},
	{"I6 a content is deleted, and the journal knows of no erasure", func(p *planter) {
		p.exec("NL", `DELETE FROM content WHERE name = 'in/' || (SELECT id FROM message WHERE box = 'in' ORDER BY n LIMIT 1)`)
		p.exec("NL", `UPDATE message SET erased = 5, reason = 'court-order' WHERE n = (SELECT n FROM message WHERE box = 'in' ORDER BY n LIMIT 1)`)
	}, "the journal tells of 0 erasures", 0},
	{"I6 a message was erased for another reason", func(p *planter) {
		p.exec("FR", `UPDATE message SET reason = 'court-order' WHERE erased > 0`)
	}, "the journal gives another reason", 0},
	{"I6 the node erased without a cause", func(p *planter) { p.erasure(`"actor":"operator:test"`, `"actor":"node"`) }, "without a cause", 1},
	{"I6 the node erased at a date that nobody set", func(p *planter) {
		p.erasure(`"detail":{"box"`, `"detail":{"cause":"`+p.erased()+`","box"`)
	}, "knows of no date", 1},
	{"I6 the node erased because of something else", func(p *planter) {
		p.erasure(`"detail":{"box"`, `"detail":{"cause":"01990000-0000-7000-8000-000000000001","box"`)
	}, "which is no erasure by its sender", 1},
	{"I4 two deliveries have changed places", func(p *planter) {
		p.exec("NL", `UPDATE message SET n = 900 WHERE n = (SELECT min(n) FROM message WHERE box = 'in')`)
	}, "and was queued before it", 0},
	{"I4 the queue is not in the order of the answers", func(p *planter) {
		sent := append([]auditor.Sent(nil), p.house.Sent...)
		sent[0], sent[1] = sent[1], sent[0]
		p.house.Sent = sent
	}, "and is queued before it", 0},
	{"I5 the two sides hold different receipts", func(p *planter) {
		p.exec("NL", `UPDATE pouch SET receipt_sig = (SELECT receipt_sig FROM pouch WHERE box = 'in' AND peer = 'BE' AND seq = 2) WHERE box = 'in' AND peer = 'BE' AND seq = 1`)
	}, "the receipt's signature", 1},
	{"I5 a manifest was forged on one side", func(p *planter) {
		p.exec("BE", `UPDATE pouch SET manifest = CAST(replace(CAST(manifest AS TEXT), 'date: 2', 'date: 3') AS BLOB) WHERE box = 'out' AND peer = 'NL' AND seq = 2`)
	}, "its hash is not that of its manifest", 0},
	{"I5 a number is missing on both sides", func(p *planter) {
		p.exec("BE", `DELETE FROM pouch WHERE box = 'out' AND peer = 'NL' AND seq = 2`)
		p.exec("NL", `DELETE FROM pouch WHERE box = 'in' AND peer = 'BE' AND seq = 2`)
	}, "it follows number 1", 3},
	{"I5 a receipt that the sender does not obey", func(p *planter) {
		p.exec("BE", `UPDATE message SET state = 'refused', code = 'policy' WHERE box = 'out' AND peer = 'NL' AND seq = 2`)
		p.retally("BE")
	}, "the receipt says accepted of message", 0},
	{"I5 the receiver has lost a line", func(p *planter) {
		p.exec("NL", `DELETE FROM pouch WHERE box = 'in' AND peer = 'BE' AND seq = (SELECT max(seq) FROM pouch WHERE box = 'in' AND peer = 'BE')`)
	}, "NL has given a receipt and lacks the line", 1},
	{"I5 evidence of two ledgers that differ", func(p *planter) {
		p.exec("NL", `INSERT INTO evidence (peer, code, evidence) VALUES ('BE', 'equivocation', x'00')`)
	}, "the ledgers with BE were found to differ", 0},
	{"I6 an entry was deleted", func(p *planter) {
		p.exec("BE", `DELETE FROM journal WHERE n = 9`)
	}, "entry 9: is not there", 0},
	{"I6 an entry was changed", func(p *planter) {
		p.exec("BE", `UPDATE journal SET record = replace(record, '"actor":"', '"actor":"x') WHERE n = 7`)
	}, "entry 7: was changed", 0},
	{"I6 the head is another", func(p *planter) {
		p.exec("BE", `UPDATE head SET root = zeroblob(32)`)
	}, "is not the root over the entries", 0},
	{"I6 the whole journal was written anew without one act", func(p *planter) {
		p.journal("NL", func(records []string) []string {
			for i, r := range records {
				if bytes.Contains([]byte(r), []byte(`"act":"message.read"`)) {
					records[i] = string(bytes.Replace([]byte(r), []byte("message.read"), []byte("message.seen"), 1))
				}
			}
			return records
		})
	}, "the journal has no message.read of it", 1},
	{"I6 history was written anew, and only the peers' copies of its heads tell", func(p *planter) {
		p.journal("NL", func(records []string) []string {
			records[0] = string(bytes.Replace([]byte(records[0]), []byte(`"at":"2`), []byte(`"at":"1`), 1))
			return records
		})
	}, "what it says of the journal fits no state of it", 0},
	{"I6 a peer was suspended behind the journal's back", func(p *planter) {
		p.exec("BE", `UPDATE peer SET suspended = 1 WHERE code = 'FR'`)
	}, "is suspended: true; the journal says: false", 0},
	{"I6 a policy was changed behind the journal's back", func(p *planter) {
		p.exec("FR", `UPDATE policy SET text = CAST(replace(CAST(text AS TEXT), 'name: narrow', 'name: wide') AS BLOB) WHERE version = 2`)
	}, "its text is not that of its digest", 0},
	{"I7 a message left before the policy that allows it", func(p *planter) {
		p.exec("NL", `UPDATE policy SET at = at + 3600000`)
	}, "crossed against the policy: none was in force", 40},
	{"I7 a message was released by its author", func(p *planter) {
		p.only("BE", 2)
		p.exec("BE", `UPDATE message SET actor = releaser WHERE n = (SELECT min(n) FROM message WHERE box = 'out' AND releaser > '')`)
	}, "rule careful wants a release, and its author alone released it", 40},
	{"I7 a message left that its day's policy holds", func(p *planter) {
		p.only("BE", 2)
	}, "rule careful wants a release, and nobody released it", 40},
	{"I7 a message left on the release under another policy", func(p *planter) {
		p.only("BE", 2)
	}, "rule careful wants a release, and it was released under another policy", 40},
	{"I7 a message was let in that its day's policy holds", func(p *planter) {
		p.only("NL", 2)
		p.exec("NL", `UPDATE message SET state = 'received' WHERE state = 'quarantined'`)
		p.retally("NL")
	}, "rule careful wants a release, and it left quarantine without", 40},
	{"I6 a message was returned behind the journal's back", func(p *planter) {
		p.exec("BE", `UPDATE message SET state = 'returned' WHERE state = 'held'`)
		p.retally("BE")
	}, "the journal has no message.returned of it", 0},
	{"I6 a message was discarded behind the journal's back", func(p *planter) {
		p.exec("NL", `UPDATE message SET state = 'discarded' WHERE state = 'quarantined'`)
		p.retally("NL")
	}, "the journal has no message.discarded of it", 0},
	{"I6 the journal tells of another who released", func(p *planter) {
		p.exec("NL", `UPDATE message SET releaser = 'operator:nobody' WHERE releaser > ''`)
	}, "the journal has no message.released of it by operator:nobody", 0},
	{"I7 a message was denied and is there", func(p *planter) {
		p.house.Denied = append(p.house.Denied, p.house.Sent[1])
		p.house.Denied[len(p.house.Denied)-1].From = "BE"
	}, "was denied by BE and is there", 1},
	{"I8 content in a column", func(p *planter) {
		p.exec("BE", `INSERT INTO setting VALUES ('note', CAST('text `+canary+`' AS BLOB))`)
	}, "BE.db: holds a canary in the clear", 0},
	{"I8 the storage key in the database", func(p *planter) {
		p.exec("BE", `INSERT INTO setting VALUES ('k', ?)`, p.storage("BE"))
	}, "BE.db: holds the storage key in the clear", 0},
	{"I8 a canary that was never planted", func(p *planter) {
		p.house.Canaries = append([]string{"no such bird"}, p.house.Canaries...)
	}, "was planted in no message", 0},
	{"I9 the database outgrows its ceiling", func(p *planter) {
		p.exec("FR", `INSERT INTO setting VALUES ('ballast', zeroblob(20000000))`)
	}, "the database has", 0},
	{"I9 the process outgrows its ceiling", func(p *planter) {
		p.house.Nodes[1].Memory = p.house.MemoryCeiling + 1
	}, "octets were used", 0},
	{"I10 a message waits for ever", func(p *planter) {
		p.exec("BE", `UPDATE message SET state = 'queued' WHERE state = 'denied'`)
		p.exec("BE", `UPDATE message SET code = '' WHERE state = 'queued'`)
		p.retally("BE")
	}, "is still queued for NL", 0},
	{"I10 the status miscounts", func(p *planter) {
		p.exec("BE", `UPDATE tally SET n = n + 1 WHERE box = 'out' AND peer = 'NL' AND state = 'accepted'`)
	}, "the status counts", 0},
}

// planter changes copies of good books.
type planter struct {
	t     *testing.T
	house *auditor.House
}

func (p *planter) database(code string) string {
	for _, n := range p.house.Nodes {
		if n.Code == code {
			return n.Database
		}
	}
	p.t.Fatalf("there is no node %s", code)
	return ""
}

func (p *planter) exec(code, sql string, args ...[]byte) {
	p.t.Helper()
	db, err := sqlite3.Open("file:" + filepath.ToSlash(p.database(code)))
	check(p.t, err)
	defer db.Close()
	s, _, err := db.Prepare(sql)
	check(p.t, err)
	defer s.Close()
	for i, arg := range args {
		check(p.t, s.BindBlob(i+1, arg))
	}
	check(p.t, s.Exec())
	if db.TotalChanges() == 0 && !bytes.Contains([]byte(sql), []byte("TABLE")) {
		p.t.Fatalf("%s changes nothing", sql)
	}
}

// only leaves one version of a policy in force all the time.
func (p *planter) only(code string, version int) {
	p.t.Helper()
	p.exec(code, fmt.Sprintf(`UPDATE policy SET at = at + CASE WHEN version > %d THEN 3600000 ELSE -3600000 END`, version))
}

// erased is the id of the message that FR erased.
func (p *planter) erased() (id string) {
	p.t.Helper()
	db, err := sqlite3.Open("file:" + filepath.ToSlash(p.database("FR")))
	check(p.t, err)
	defer db.Close()
	s, _, err := db.Prepare(`SELECT id FROM message WHERE erased > 0`)
	check(p.t, err)
	defer s.Close()
	if s.Step() {
		id = s.ColumnText(0)
	}
	return id
}

// erasure changes FR's entry on its erasure.
func (p *planter) erasure(was, is string) {
	p.t.Helper()
	p.journal("FR", func(records []string) []string {
		for i, r := range records {
			if strings.Contains(r, `"act":"message.erased"`) {
				records[i] = strings.Replace(r, was, is, 1)
			}
		}
		return records
	})
}

// storage is the node's storage key.
func (p *planter) storage(code string) []byte {
	p.t.Helper()
	for _, n := range p.house.Nodes {
		if n.Code == code {
			key, err := n.StorageKey()
			check(p.t, err)
			return key
		}
	}
	p.t.Fatalf("there is no node %s", code)
	return nil
}

// renumber gives a journal record another number.
func renumber(record string, n int) string {
	_, rest, _ := strings.Cut(record, ",")
	return fmt.Sprintf(`{"n":%d,%s`, n, rest)
}

// retally counts the messages again, so that only what was planted is wrong.
func (p *planter) retally(code string) {
	p.t.Helper()
	p.exec(code, `DELETE FROM tally`)
	p.exec(code, `INSERT INTO tally SELECT box, peer, state, count(*) FROM message GROUP BY box, peer, state`)
}

// journal writes the whole journal anew, with a tree that fits it.
func (p *planter) journal(code string, change func(records []string) []string) {
	p.t.Helper()
	db, err := sqlite3.Open("file:" + filepath.ToSlash(p.database(code)))
	check(p.t, err)
	defer db.Close()
	var records []string
	s, _, err := db.Prepare(`SELECT record FROM journal ORDER BY n`)
	check(p.t, err)
	for s.Step() {
		records = append(records, s.ColumnText(0))
	}
	check(p.t, s.Close())
	records = change(records)
	check(p.t, db.Exec(`DELETE FROM journal`))
	s, _, err = db.Prepare(`INSERT INTO journal VALUES (?1, json_extract(?2, '$.subject'), ?2, ?3)`)
	check(p.t, err)
	defer s.Close()
	var stored hashes
	for i, record := range records {
		added, err := tlog.StoredHashes(int64(i), []byte(record), &stored)
		check(p.t, err)
		stored = append(stored, added...)
		var completed []byte
		for _, h := range added {
			completed = append(completed, h[:]...)
		}
		check(p.t, s.BindInt64(1, int64(i)+1))
		check(p.t, s.BindText(2, record))
		check(p.t, s.BindBlob(3, completed))
		check(p.t, s.Exec())
	}
	p.head(db, int64(len(records)), stored)
}

// head writes what the node says of its journal.
func (p *planter) head(db *sqlite3.Conn, size int64, stored hashes) {
	p.t.Helper()
	root, err := tlog.TreeHash(size, &stored)
	check(p.t, err)
	var edge []byte
	for level, at := 62, int64(0); level >= 0; level-- {
		if size>>level&1 == 1 {
			h := stored[tlog.StoredHashIndex(level, at>>level)]
			edge, at = append(edge, h[:]...), at+1<<level
		}
	}
	s, _, err := db.Prepare(`UPDATE head SET size = ?, root = ?, edge = ?`)
	check(p.t, err)
	defer s.Close()
	check(p.t, s.BindInt64(1, size))
	check(p.t, s.BindBlob(2, root[:]))
	check(p.t, s.BindBlob(3, edge))
	check(p.t, s.Exec())
}

// hashes are the stored hashes of a tree, in the order of tlog.
type hashes []tlog.Hash

func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = (*h)[index]
	}
	return out, nil
}
