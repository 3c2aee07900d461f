package pki

import (
	"crypto/tls"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Fingerprint is the SHA-256 fingerprint of a root's v6 primary key, 32 octets.
type Fingerprint [32]byte

// Pin is the SHA-256 of a TLS key's SubjectPublicKeyInfo, 32 octets.
type Pin [32]byte

func (f Fingerprint) Hex() string    { panic("pki: not built") } // 64 lower-case digits, as in manifests
func (f Fingerprint) String() string { panic("pki: not built") } // "4F1A 9C22 …", to be read aloud
func (p Pin) Hex() string            { panic("pki: not built") }

// ParseFingerprint reads either form; spaces and case do not matter.
func ParseFingerprint(s string) (Fingerprint, error) { panic("pki: not built") }

// Root is a jurisdiction's certify-only primary key with its private part. It lives off the node.
type Root struct{}

func NewRoot(now time.Time) (*Root, error)   { panic("pki: not built") }
func ReadRoot(armored []byte) (*Root, error) { panic("pki: not built") }
func (r *Root) Armor() ([]byte, error)       { panic("pki: not built") }
func (r *Root) Fingerprint() Fingerprint     { panic("pki: not built") }

// Secrets are what the node keeps: the operational subkeys' private parts, the
// TLS key and the storage key. Only a Vault holds them for long.
type Secrets struct{}

// NewOperational makes signing and encryption subkeys bound to the root, a TLS
// key and a storage key. Subkeys are valid from now for the given lives.
func (r *Root) NewOperational(now time.Time, signLife, encryptLife time.Duration) (*Secrets, error) {
	panic("pki: not built")
}

// TLSPin of the TLS key inside.
func (s *Secrets) TLSPin() Pin { panic("pki: not built") }

// SignCard writes and signs a card for the root and these operational keys.
// Card.Certificate, Card.TLS and Card.Text are filled by it.
func (r *Root) SignCard(c Card, s *Secrets, now time.Time) (*Card, error) { panic("pki: not built") }

// Endpoint is where a jurisdiction can be reached.
type Endpoint struct {
	Hub  bool   // a hub: needs Pin; otherwise the jurisdiction's own host, whose key is Card.TLS
	Addr string // "host:port"
	Pin  Pin    // of the hub's TLS key; zero for a direct endpoint
}

// Card is a jurisdiction's signed self-description.
type Card struct {
	Jurisdiction    schema.Jurisdiction
	Name            string     // one line, UTF-8
	Serial          uint64     // a higher one replaces a lower one under the same root
	Issued, Expires time.Time  // UTC, second precision
	Endpoints       []Endpoint // in order of preference
	TLS             Pin
	Accepts         []string // type patterns, "mla.*"
	Languages       []string // BCP 47
	Certificate     *Certificate
	Text            []byte // the exact card file: signed text and signature
}

// ReadCard reads a card strictly and verifies that its own root signed it. It
// says nothing about whether the root is the one expected: see Keyring.Pin.
func ReadCard(text []byte, now time.Time) (*Card, error) { panic("pki: not built") }

// Certificate is a jurisdiction's public keys, parsed and checked once. Safe for concurrent use.
type Certificate struct{}

func (c *Certificate) Root() Fingerprint { panic("pki: not built") }

// Seal encrypts plaintext to the certificate's current encryption subkey: PKESK
// v6, SEIPD v2 AES-256-GCM, one binary literal. now chooses the subkey.
func (c *Certificate) Seal(plaintext []byte, now time.Time) ([]byte, error) { panic("pki: not built") }

// Verify checks a detached v6 signature by one of the certificate's signing
// subkeys over text, with a clock tolerance of 2 minutes, and returns the
// signature's creation time.
func (c *Certificate) Verify(text, sig []byte, now time.Time) (time.Time, error) {
	panic("pki: not built")
}

// VerifyAt checks a signature as of its own time, for proofs of the past.
func (c *Certificate) VerifyAt(text, sig []byte) (time.Time, error) { panic("pki: not built") }

// Vault is the only holder of private keys. It does whole acts and never hands keys out.
type Vault interface {
	// Sign makes a detached v6 signature over text with the current signing subkey.
	Sign(text []byte, now time.Time) ([]byte, error)
	// Open decrypts exactly the grammar that Seal writes and nothing else.
	Open(sealed []byte) ([]byte, error)
	// Encrypt and Decrypt protect stored content: a fresh key per call, wrapped by the
	// storage key; name is bound as associated data. Erasing wrapped erases the content.
	Encrypt(name string, plaintext []byte) (sealed, wrapped []byte, err error)
	Decrypt(name string, sealed, wrapped []byte) ([]byte, error)
	// TLS is the node's transport identity, for client and server side.
	TLS() tls.Certificate
	// Certificate is the node's own public side.
	Certificate() *Certificate
}

// NewVault keeps secrets in memory only (demo, tests).
func NewVault(s *Secrets) (Vault, error) { panic("pki: not built") }

// SealVault encrypts secrets for a file, under a key file or passphrase.
func SealVault(s *Secrets, unlock []byte) ([]byte, error) { panic("pki: not built") }

// OpenVault opens what SealVault wrote.
func OpenVault(file, unlock []byte) (Vault, error) { panic("pki: not built") }

// NewKeyFile makes the content of a key file: 32 random octets, encoded, one line.
func NewKeyFile() []byte { panic("pki: not built") }

// Keyring holds the pinned peers. Safe for concurrent use; readers never block.
type Keyring struct{}

func NewKeyring() *Keyring { panic("pki: not built") }

// Pin adds a peer whose root fingerprint was compared out of band.
func (k *Keyring) Pin(c *Card, f Fingerprint) error { panic("pki: not built") }

// Replace takes a card with a higher serial under the pinned root. Lower serials and other roots are refused.
func (k *Keyring) Replace(c *Card) error { panic("pki: not built") }

// Suspend and Resume cut a peer off and let it back; Remove forgets it.
func (k *Keyring) Suspend(code schema.Jurisdiction) error { panic("pki: not built") }
func (k *Keyring) Resume(code schema.Jurisdiction) error  { panic("pki: not built") }
func (k *Keyring) Remove(code schema.Jurisdiction) error  { panic("pki: not built") }

// Peer gives the card of a pinned peer that is not suspended; a *schema.Problem
// (unknown_peer, peer_suspended) otherwise.
func (k *Keyring) Peer(code schema.Jurisdiction) (*Card, error) { panic("pki: not built") }

// Peers lists all, suspended ones too, by code.
func (k *Keyring) Peers() []PeerCard { panic("pki: not built") }

// PeerCard is one line of the keyring.
type PeerCard struct {
	Card      *Card
	Suspended bool
}
