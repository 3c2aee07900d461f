package gateway

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
	"github.com/rs/zerolog"
)

// The golden pouches were made once, with keys that lie beside them, and are
// never made anew unless COMITY_WRITE_GOLDEN=1 says so: they hold the wire format.
const golden = "testdata/golden"

var goldenTime = time.Date(2026, 11, 23, 21, 5, 52, 0, time.UTC)

func readGolden(name string) []byte { return must(os.ReadFile(filepath.Join(golden, name))) }

func goldenHouse(code schema.Jurisdiction) *house {
	name := strings.ToLower(string(code))
	vault := must(pki.OpenVault(readGolden(name+".vault"), readGolden("key")))
	return &house{code: code, vault: vault, card: must(pki.ReadCard(readGolden(name+".card"), time.Time{}))}
}

var goldenHouses = sync.OnceValue(func() map[schema.Jurisdiction]*house {
	return map[schema.Jurisdiction]*house{"BE": goldenHouse("BE"), "NL": goldenHouse("NL"), "FR": goldenHouse("FR")}
})

// border is a link of a node to a peer, without connections.
func border(self, peer *house, rules string) (*link, *box) {
	keyring := pki.NewKeyring()
	if err := keyring.Pin(peer.card, peer.vault.Certificate().Root()); err != nil {
		panic(err)
	}
	b := newBox()
	p := must(policy.Parse([]byte(rules)))
	g := &Gateway{Config: Config{Self: self.card, Vault: self.vault, Keyring: keyring, Catalogue: catalogue(),
		Policy: func() *policy.Policy { return p }, Mailbox: b, Log: zerolog.Nop(), Now: func() time.Time { return goldenTime.Add(time.Minute) }}}
	return newLink(context.Background(), g, peer.code), b
}

// fixed is a letter whose id and octets never change.
func fixed(id schema.ID, size int, files ...[]byte) Queued {
	q := letter("BE", "NL", size, files...)
	q.Raw = bytes.Replace(q.Raw, []byte(q.ID), []byte(id), 1)
	q.ID = id
	return q
}

// verdictOn gives what a fresh ledger answers to a pouch: a verdict per message,
// the code of a signed refusal, or the code of the fault.
func verdictOn(l *link, peer *house, sealed []byte) (string, error) {
	reply, err := l.reply(context.Background(), sealed)
	var f *fault
	if errors.As(err, &f) {
		return "no answer: " + f.code, nil
	}
	if err != nil {
		return "", err
	}
	archive, err := peer.vault.Open(reply)
	if err != nil {
		return "", err
	}
	name, text, _, err := openAnswer(archive, l.gw.Vault.Certificate(), l.gw.now())
	if err != nil {
		return "", err
	}
	if name == refusalName {
		return "refused: " + must(ParseRefusal(text)).Code, nil
	}
	var verdicts []string
	for _, v := range must(ParseReceipt(text)).Verdicts {
		if v.Code == "" {
			v.Code = "accepted"
		}
		verdicts = append(verdicts, v.Code)
	}
	return strings.Join(verdicts, " "), nil
}

// A golden pouch is "expect: verdict", where the ledger is not empty "ledger: epoch",
// where the receiver holds all for release "room: messages", an empty line, and the
// sealed octets.
func TestGoldenPouches(t *testing.T) {
	switch os.Getenv("COMITY_WRITE_GOLDEN") {
	case "1":
		writeGolden(t)
	case "epochs":
		writeEpochs(t)
	case "quarantine":
		writeQuarantine(t)
	}
	files, err := filepath.Glob(filepath.Join(golden, "*.pouch"))
	if err != nil || len(files) < 28 {
		t.Fatalf("%d golden pouches, %v", len(files), err)
	}
	houses := goldenHouses()
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			head, sealed, _ := bytes.Cut(must(os.ReadFile(name)), []byte("\n\n"))
			says := map[string]string{}
			for line := range strings.Lines(string(head)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				says[name] = value
			}
			if says["expect"] == "" {
				t.Fatal("no expectation")
			}
			rules := open
			if says["room"] != "" {
				rules = wary
			}
			l, b := border(houses["NL"], houses["BE"], rules)
			if says["room"] != "" {
				b.room = Room{must(strconv.ParseInt(says["room"], 10, 64)), 1 << 20}
			}
			if says["ledger"] != "" {
				b.last["BE"] = Position{Epoch: must(strconv.ParseUint(says["ledger"], 10, 64))}
			}
			got, err := verdictOn(l, houses["BE"], sealed)
			if err != nil || got != says["expect"] {
				t.Errorf("got %s, %v, want %s", got, err, says["expect"])
			}
		})
	}
}

// writeGolden makes keys and pouches. The pouches' expectations are what the code
// says: read the difference before committing it.
func writeGolden(t *testing.T) {
	key := pki.NewKeyFile()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(golden, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(golden, 0o755); err != nil {
		t.Fatal(err)
	}
	write("key", key)
	for _, code := range []schema.Jurisdiction{"BE", "NL", "FR"} {
		root := must(pki.NewRoot(goldenTime))
		secrets := must(root.NewOperational(goldenTime, 20*year, 20*year))
		card := must(root.SignCard(pki.Card{Jurisdiction: code, Name: "Central Authority", Serial: 1, Issued: goldenTime, Expires: goldenTime.Add(20 * year),
			Accepts: []string{"*"}, Languages: []string{"en"}}, secrets, goldenTime))
		write(strings.ToLower(string(code))+".vault", must(pki.SealVault(secrets, key)))
		write(strings.ToLower(string(code))+".card", card.Text)
	}
	houses := goldenHouses()
	be, fr := &rogue{house: houses["BE"], t: t, clock: goldenTime}, &rogue{house: houses["FR"], t: t, clock: goldenTime}
	for name, sealed := range goldenPouches(be, fr, houses["NL"]) {
		l, _ := border(houses["NL"], houses["BE"], open)
		verdict := must(verdictOn(l, houses["BE"], sealed))
		write(strings.ReplaceAll(name, " ", "-")+".pouch", append([]byte("expect: "+verdict+"\n\n"), sealed...))
	}
	writeExample(t, be, houses["NL"], write)
	writeEpochs(t)
	writeQuarantine(t)
}

// writeEpochs makes the pouches for a ledger in epoch 2, with the keys that are there.
func writeEpochs(t *testing.T) {
	be, nl := &rogue{house: goldenHouses()["BE"], t: t, clock: goldenTime}, goldenHouses()["NL"]
	q := fixed(id1, 900)
	for name, change := range map[string]func(*Manifest){
		"new-epoch":         func(m *Manifest) { m.Epoch = 2 },
		"new-epoch-chained": func(m *Manifest) { m.Epoch, m.Prev = 2, fill(1) },
		"new-epoch-gap":     func(m *Manifest) { m.Epoch, m.Seq, m.Prev = 2, 2, fill(1) },
		"ended-epoch":       func(*Manifest) {},
		"epoch-after-next":  func(m *Manifest) { m.Epoch = 3 },
	} {
		m := be.manifest(nl.party(), 1, [32]byte{}, q)
		change(m)
		sealed := be.pouch(nl, m, q)
		l, b := border(nl, be.house, open)
		b.last["BE"] = Position{Epoch: 2}
		head := "expect: " + must(verdictOn(l, be.house, sealed)) + "\nledger: 2\n\n"
		if err := os.WriteFile(filepath.Join(golden, name+".pouch"), append([]byte(head), sealed...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// wary holds all that arrives.
var wary = strings.ReplaceAll(open, "categories:", "approve:")

// writeQuarantine makes a pouch of two messages for a quarantine with room for one, with
// the keys that are there.
func writeQuarantine(t *testing.T) {
	be, nl := &rogue{house: goldenHouses()["BE"], t: t, clock: goldenTime}, goldenHouses()["NL"]
	q, p := fixed(id1, 900, []byte("file")), fixed(id2, 700)
	sealed := be.pouch(nl, be.manifest(nl.party(), 1, [32]byte{}, q, p), q, p)
	l, b := border(nl, be.house, wary)
	b.room = Room{1, 1 << 20}
	head := "expect: " + must(verdictOn(l, be.house, sealed)) + "\nroom: 1\n\n"
	if err := os.WriteFile(filepath.Join(golden, "quarantine-full.pouch"), append([]byte(head), sealed...), 0o644); err != nil {
		t.Fatal(err)
	}
}

func goldenPouches(be, fr *rogue, nl *house) map[string][]byte {
	q, p := fixed(id1, 900, []byte("file")), fixed(id2, 700)
	pouches := map[string][]byte{}
	for _, trick := range tricks(be, fr, nl, q) {
		pouches["no answer "+strings.ReplaceAll(trick.name, "'", "")] = trick.sealed()
	}
	send := func(name string, change func(*Manifest), letters ...Queued) {
		m := be.manifest(nl.party(), 1, [32]byte{}, letters...)
		change(m)
		pouches[name] = be.pouch(nl, m, letters...)
	}
	same := func(*Manifest) {}
	edit := func(q Queued, from, to string) Queued {
		q.Raw = bytes.Replace(q.Raw, []byte(from), []byte(to), 1)
		return q
	}
	send("accepted", same, q, p)
	send("gap", func(m *Manifest) { m.Seq, m.Prev = 2, fill(1) }, q)
	send("forked", func(m *Manifest) { m.Prev = fill(1) }, q)
	send("epoch", func(m *Manifest) { m.Epoch = 2 }, q)
	bare := p
	bare.Raw = fixed(id2, 700, []byte("left behind")).Raw
	send("one of two missing attachment", same, q, bare)
	send("invalid message", same, edit(p, `"subject"`, `"sybject"`))
	send("duplicate key", same, edit(p, `"version":1`, `"version":1,"version":1`))
	send("case variant key", same, edit(p, `"subject"`, `"Subject"`))
	send("unknown type", same, edit(p, "information.spontaneous", "information.unheard"))
	send("wrong from", same, edit(p, `"from":"BE/desk"`, `"from":"FR/desk"`))
	send("wrong to", same, edit(p, `"to":"NL/desk"`, `"to":"FR/desk"`))
	send("other id", same, edit(p, string(id2), string(id1)))
	return pouches
}
