package integration

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
	"github.com/cloudflare/circl/sign/mldsa/mldsa65"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/ncruces/go-sqlite3"
)

// floor is the least work that an exchange with these promises costs: for a pouch
// of k messages, hybrid signature, encapsulation and AES-256-GCM on the way there
// and back, one durable SQLite group commit on each side, and one NATS round trip
// over mutual TLS. It parses, judges and journals nothing.
type floor struct {
	message     []byte
	sender      *sqlite3.Conn
	receiver    *sqlite3.Conn
	insertS     *sqlite3.Stmt
	insertR     *sqlite3.Stmt
	nc          *nats.Conn
	there, back hybrid
	senderMu    sync.Mutex // one writer, as in any SQLite
	receiverMu  sync.Mutex
}

// hybrid is one side's keys: ML-DSA-65+Ed25519 and ML-KEM-768+X25519.
type hybrid struct {
	dsaPub *mldsa65.PublicKey
	dsa    *mldsa65.PrivateKey
	edPub  ed25519.PublicKey
	ed     ed25519.PrivateKey
	kemPub *mlkem768.PublicKey
	kem    *mlkem768.PrivateKey
	x      *ecdh.PrivateKey
}

func newHybrid(tb testing.TB) (h hybrid) {
	tb.Helper()
	var err error
	h.dsaPub, h.dsa, err = mldsa65.GenerateKey(rand.Reader)
	check(tb, err)
	h.edPub, h.ed, err = ed25519.GenerateKey(rand.Reader)
	check(tb, err)
	h.kemPub, h.kem, err = mlkem768.GenerateKeyPair(rand.Reader)
	check(tb, err)
	h.x, err = ecdh.X25519().GenerateKey(rand.Reader)
	check(tb, err)
	return h
}

// sealed is what crosses: key shares, signature, ciphertext.
type sealed struct {
	kem, share, dsa, ed, box []byte
}

// seal signs text with from's keys and encrypts body to h.
func (h *hybrid) seal(from *hybrid, text, body []byte) (s sealed) {
	s.dsa = make([]byte, mldsa65.SignatureSize)
	mldsa65.SignTo(from.dsa, text, nil, true, s.dsa)
	s.ed = ed25519.Sign(from.ed, text)
	s.kem = make([]byte, mlkem768.CiphertextSize)
	k1 := make([]byte, mlkem768.SharedKeySize)
	h.kemPub.EncapsulateTo(s.kem, k1, nil)
	once, _ := ecdh.X25519().GenerateKey(rand.Reader)
	s.share = once.PublicKey().Bytes()
	k2, _ := once.ECDH(h.x.PublicKey())
	s.box = gcm(k1, k2).Seal(nil, make([]byte, 12), body, nil)
	return s
}

// open decrypts with h's keys and verifies from's signature over text.
func (h *hybrid) open(from *hybrid, text []byte, s sealed) []byte {
	k1 := make([]byte, mlkem768.SharedKeySize)
	h.kem.DecapsulateTo(k1, s.kem)
	share, _ := ecdh.X25519().NewPublicKey(s.share)
	k2, _ := h.x.ECDH(share)
	body, err := gcm(k1, k2).Open(nil, make([]byte, 12), s.box, nil)
	if err != nil || !mldsa65.Verify(from.dsaPub, text, nil, s.dsa) || !ed25519.Verify(from.edPub, text, s.ed) {
		panic("floor: a primitive failed")
	}
	return body
}

func gcm(k1, k2 []byte) cipher.AEAD {
	key := sha256.Sum256(append(append([]byte{}, k1...), k2...))
	block, _ := aes.NewCipher(key[:])
	aead, _ := cipher.NewGCM(block)
	return aead
}

func newFloor(tb testing.TB, message []byte) *floor {
	tb.Helper()
	f := &floor{message: message, there: newHybrid(tb), back: newHybrid(tb)}
	f.sender, f.insertS = bareStore(tb, "sender.db")
	f.receiver, f.insertR = bareStore(tb, "receiver.db")
	f.nc = bareNATS(tb, func(m *nats.Msg) {
		f.commit(&f.receiverMu, f.receiver, f.insertR, len(m.Data)/len(f.message))
		m.Respond(make([]byte, 8<<10))
	})
	return f
}

func bareStore(tb testing.TB, name string) (*sqlite3.Conn, *sqlite3.Stmt) {
	tb.Helper()
	db, err := sqlite3.Open("file:" + filepath.Join(tb.TempDir(), name))
	check(tb, err)
	check(tb, db.Exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16000; CREATE TABLE m (n INTEGER PRIMARY KEY, body BLOB)"))
	insert, _, err := db.Prepare("INSERT INTO m (body) VALUES (?)")
	check(tb, err)
	tb.Cleanup(func() {
		insert.Close()
		db.Close()
	})
	return db, insert
}

// commit writes k messages in one durable transaction.
func (f *floor) commit(mu *sync.Mutex, db *sqlite3.Conn, insert *sqlite3.Stmt, k int) {
	mu.Lock()
	defer mu.Unlock()
	must(db.Exec("BEGIN IMMEDIATE"))
	for range k {
		must(insert.BindBlob(1, f.message))
		insert.Step()
		must(insert.Reset())
	}
	must(db.Exec("COMMIT"))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// bareNATS is a stock server and two stock clients over mutual TLS 1.3 on loopback.
func bareNATS(tb testing.TB, answer nats.MsgHandler) *nats.Conn {
	tb.Helper()
	id := bareCertificate(tb)
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, TLSHandshakeFirst: true,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{id}, ClientAuth: tls.RequireAnyClientCert}})
	check(tb, err)
	s.Start()
	if !s.ReadyForConnections(5 * time.Second) {
		tb.Fatal("the floor's NATS server did not start")
	}
	tb.Cleanup(s.Shutdown)
	dial := func() *nats.Conn {
		nc, err := nats.Connect("tls://"+s.Addr().String(), nats.TLSHandshakeFirst(),
			nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{id}, InsecureSkipVerify: true}))
		check(tb, err)
		tb.Cleanup(nc.Close)
		return nc
	}
	responder := dial()
	_, err = responder.Subscribe("pouch", answer)
	check(tb, err)
	check(tb, responder.Flush())
	return dial()
}

func bareCertificate(tb testing.TB) tls.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(tb, err)
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	check(tb, err)
	return tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key}
}

// exchange does the work of one pouch of k messages, there and back.
func (f *floor) exchange(k int) {
	body := make([]byte, k*len(f.message))
	for i := range k {
		copy(body[i*len(f.message):], f.message)
	}
	manifest := body[:min(len(body), 110*k)]
	f.commit(&f.senderMu, f.sender, f.insertS, k)
	out := f.back.seal(&f.there, manifest, body)
	reply, err := f.nc.Request("pouch", out.box, 10*time.Second)
	must(err)
	f.back.open(&f.there, manifest, out)
	receipt := f.there.seal(&f.back, manifest, reply.Data)
	f.there.open(&f.back, manifest, receipt)
}

// rate measures messages per second of pouches of k messages: two exchanges at a
// time, so that both cores have work. It takes about half a second.
func (f *floor) rate(k int) float64 {
	f.exchange(k)
	const lanes = 2
	var all sync.WaitGroup
	var done [lanes]int
	began := time.Now()
	for lane := range lanes {
		all.Go(func() {
			for time.Since(began) < 500*time.Millisecond {
				f.exchange(k)
				done[lane] += k
			}
		})
	}
	all.Wait()
	return float64(done[0]+done[1]) / time.Since(began).Seconds()
}
