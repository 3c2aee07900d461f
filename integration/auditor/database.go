package auditor

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// database reads one file, and never writes to it.
type database struct{ *sqlite3.Conn }

func openDatabase(path string) (database, error) {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro"}
	c, err := sqlite3.OpenFlags(u.String(), sqlite3.OPEN_READONLY|sqlite3.OPEN_URI)
	if err != nil {
		return database{}, fmt.Errorf("open %s: %w", path, err)
	}
	return database{c}, nil
}

func (d database) each(sql string, row func(s *sqlite3.Stmt) error) error {
	s, _, err := d.Prepare(sql)
	if err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	defer s.Close()
	for s.Step() {
		if err := row(s); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

func blob(s *sqlite3.Stmt, column int) []byte {
	if s.ColumnType(column) == sqlite3.NULL {
		return nil
	}
	return s.ColumnBlob(column, []byte{})
}

// open reads all of one node.
func (a *audit) open(n Node) (*books, error) {
	k, err := openVault(n.Vault, n.Unlock)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(n.Database)
	if err != nil {
		return nil, err
	}
	d, err := openDatabase(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	b := &books{Node: n, keys: k, byBox: map[string]*message{}, byLine: map[string]*pouch{}, acts: map[string][]*entry{},
		tally: map[string]int64{}, canaries: map[string]bool{}}
	for _, read := range []func(database, *books) error{readIntegrity, readMessages, a.readContents, readPouches, readJournal,
		readPeers, readPolicies, readAlarms, readTally, readNotary} {
		if err := read(d, b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func readIntegrity(d database, b *books) error {
	return d.each(`PRAGMA integrity_check`, func(s *sqlite3.Stmt) error {
		if text := s.ColumnText(0); text != "ok" && b.damage == "" {
			b.damage = text
		}
		return nil
	})
}

func readMessages(d database, b *books) error {
	return d.each(`SELECT n, id, box, peer, type, state, code, queue, epoch, seq, size, sha256, actor, releaser, erased, reason FROM message ORDER BY n`, func(s *sqlite3.Stmt) error {
		m := &message{n: s.ColumnInt64(0), id: s.ColumnText(1), box: s.ColumnText(2), peer: s.ColumnText(3), kind: s.ColumnText(4),
			state: s.ColumnText(5), code: s.ColumnText(6), queue: s.ColumnInt64(7), epoch: s.ColumnInt64(8), seq: s.ColumnInt64(9),
			size: s.ColumnInt64(10), sha256: blob(s, 11), actor: s.ColumnText(12), releaser: s.ColumnText(13), erased: s.ColumnInt64(14), reason: s.ColumnText(15)}
		b.messages = append(b.messages, m)
		if b.byBox[m.box+"/"+m.id] == nil {
			b.byBox[m.box+"/"+m.id] = m
		}
		return nil
	})
}

// readContents opens every stored content and keeps what is needed of it.
func (a *audit) readContents(d database, b *books) error {
	return d.each(`SELECT name, sealed, wrapped FROM content ORDER BY name`, func(s *sqlite3.Stmt) error {
		name := s.ColumnText(0)
		plain, err := b.keys.decrypt(name, blob(s, 1), blob(s, 2))
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		parts := strings.Split(name, "/")
		if len(parts) < 2 {
			return fmt.Errorf("content %q: not the name of a message", name)
		}
		m := b.byBox[parts[0]+"/"+parts[1]]
		if m == nil {
			return nil // counted as a lost message elsewhere
		}
		if len(parts) == 3 {
			m.attach(parts[2], plain, fault)
			return nil
		}
		m.opened, m.fault, m.plain = true, fault, sha256.Sum256(plain)
		if fault != "" {
			return nil
		}
		for _, c := range a.Canaries {
			if bytes.Contains(plain, []byte(c)) {
				b.canaries[c] = true
			}
		}
		m.question, m.subject, err = a.types.read(plain)
		if err != nil {
			m.fault = err.Error()
		}
		return nil
	})
}

func (m *message) attach(digest string, plain []byte, fault string) {
	if m.attached == nil {
		m.attached = map[[32]byte]string{}
	}
	sum := sha256.Sum256(plain)
	if fault == "" && fmt.Sprintf("%x", sum) != digest {
		fault = "its digest is not its name"
	}
	m.attached[sum] = fault
}

func readPouches(d database, b *books) error {
	return d.each(`SELECT box, peer, epoch, seq, hash, manifest, signature, first, last, committed, receipt, receipt_sig
		FROM pouch ORDER BY box, peer, epoch, seq`, func(s *sqlite3.Stmt) error {
		p := &pouch{box: s.ColumnText(0), peer: s.ColumnText(1), epoch: s.ColumnInt64(2), seq: s.ColumnInt64(3), hash: blob(s, 4),
			manifest: blob(s, 5), signature: blob(s, 6), first: s.ColumnInt64(7), last: s.ColumnInt64(8), committed: s.ColumnInt64(9),
			receipt: blob(s, 10), receipts: blob(s, 11)}
		p.read()
		b.pouches = append(b.pouches, p)
		b.byLine[p.line()] = p
		return nil
	})
}

// read parses the two texts. The first fault stays.
func (p *pouch) read() {
	var err error
	if p.sent, err = readText(p.manifest, "pouch", "prev"); err != nil {
		p.sent, p.fault = nil, "the manifest: "+err.Error()
		return
	}
	if p.receipt == nil {
		return
	}
	if p.answer, err = readText(p.receipt, "receipt", "pouch"); err != nil {
		p.answer, p.fault = nil, "the receipt: "+err.Error()
	}
}

func readPeers(d database, b *books) error {
	err := d.each(`SELECT code, fingerprint, card, suspended FROM peer ORDER BY code`, func(s *sqlite3.Stmt) error {
		b.peers = append(b.peers, peer{s.ColumnText(0), blob(s, 1), blob(s, 2), s.ColumnBool(3)})
		return nil
	})
	if err != nil {
		return err
	}
	return d.each(`SELECT code, card FROM card ORDER BY n`, func(s *sqlite3.Stmt) error {
		b.cards = append(b.cards, peer{code: s.ColumnText(0), card: blob(s, 1)})
		return nil
	})
}

func readPolicies(d database, b *books) error {
	return d.each(`SELECT version, sha256, text, at FROM policy ORDER BY version`, func(s *sqlite3.Stmt) (err error) {
		v := version{version: s.ColumnInt64(0), sha256: blob(s, 1), text: blob(s, 2), at: s.ColumnInt64(3)}
		v.rules, err = readRules(v.text)
		b.policies = append(b.policies, v)
		return err
	})
}

func readAlarms(d database, b *books) error {
	return d.each(`SELECT n, peer, code FROM evidence ORDER BY n`, func(s *sqlite3.Stmt) error {
		b.alarms = append(b.alarms, alarm{s.ColumnInt64(0), s.ColumnText(1), s.ColumnText(2)})
		return nil
	})
}

func readTally(d database, b *books) error {
	return d.each(`SELECT box, peer, state, n FROM tally`, func(s *sqlite3.Stmt) error {
		b.tally[s.ColumnText(0)+" "+s.ColumnText(1)+" "+s.ColumnText(2)] = s.ColumnInt64(3)
		return nil
	})
}

func readNotary(d database, b *books) error {
	return d.each(`SELECT value FROM setting WHERE name = 'notary'`, func(s *sqlite3.Stmt) error {
		b.notary = blob(s, 0)
		return nil
	})
}
