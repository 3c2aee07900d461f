package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
)

func TestVaultFileOpensWithItsOwnSecretOnly(t *testing.T) {
	keyFile, passphrase := NewKeyFile(), []byte("a dozen octets and more")
	byFile := must(SealVault(alpha().secrets, keyFile))
	byPhrase := must(SealVault(alpha().secrets, passphrase))
	for _, row := range []struct {
		name         string
		file, unlock []byte
		want         string
	}{
		{"key file", byFile, keyFile, "ok"},
		{"passphrase", byPhrase, passphrase, "ok"},
		{"another key file", byFile, NewKeyFile(), "vault_wrong_unlock"},
		{"another passphrase", byPhrase, []byte("a dozen octets and less"), "vault_wrong_unlock"},
		{"passphrase for a key file", byFile, passphrase, "vault_unlock_kind"},
		{"key file for a passphrase", byPhrase, keyFile, "vault_unlock_kind"},
		{"short passphrase", byPhrase, []byte("short"), "vault_weak_unlock"},
		{"nothing", byFile, nil, "vault_weak_unlock"},
		{"damaged key file", byFile, keyFile[:30], "vault_key_file"},
		{"broken key file", byFile, slices.Insert(bytes.Clone(keyFile), 30, '\n'), "vault_key_file"},
		{"altered content", redigit(byFile), keyFile, "vault_wrong_unlock"},
		{"altered salt", bytes.Replace(byFile, []byte("# salt: "), []byte("# salt:  "), 1), keyFile, "vault_form"},
		{"empty file", nil, keyFile, "vault_form"},
		{"trailing line", append(bytes.Clone(byFile), '\n'), keyFile, "vault_form"},
		{"another unlocking", bytes.Replace(byFile, []byte("keyfile"), []byte("nothing"), 1), keyFile, "vault_form"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := OpenVault(row.file, row.unlock)
			wantCode(t, err, row.want)
			if err != nil {
				return
			}
			sealed := must(alpha().card.Certificate.Seal([]byte("x"), epoch))
			if got, err := v.Open(sealed); err != nil || string(got) != "x" {
				t.Errorf("got %q and %v", got, err)
			}
			sig := must(v.Sign([]byte("x"), epoch))
			if _, err := alpha().card.Certificate.Verify([]byte("x"), sig, epoch); err != nil {
				t.Error(err)
			}
			if got := PinOf(v.TLS().Leaf); got != alpha().card.TLS {
				t.Errorf("got pin %s, want %s", got.Hex(), alpha().card.TLS.Hex())
			}
		})
	}
}

// redigit changes one base64 digit of a vault file to another.
func redigit(file []byte) []byte {
	file = bytes.Clone(file)
	at := len(vaultHead(byKeyFile, make([]byte, vaultSalt))) + 5
	if file[at]++; file[at] > 'Z' || file[at] < 'A' {
		file[at] = 'Q'
	}
	return file
}

func TestVaultFileShowsNoSecret(t *testing.T) {
	keyFile := NewKeyFile()
	file := must(SealVault(alpha().secrets, keyFile))
	again := must(SealVault(alpha().secrets, keyFile))
	if bytes.Equal(file, again) {
		t.Error("sealed twice it is the same file")
	}
	if !strings.HasPrefix(string(file), "# comity vault 1\n# unlock: keyfile\n# salt: ") {
		t.Errorf("got head %.60q", file)
	}
	head, _, _, sealed, err := splitVault(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range [][]byte{alpha().secrets.storage[:], must(alpha().secrets.marshal())[:64]} {
		if bytes.Contains(sealed, secret) || strings.Contains(head, string(secret)) {
			t.Error("a secret lies in the clear")
		}
	}
}

func TestStoredContentIsBoundToItsNameAndKey(t *testing.T) {
	v, text := alpha().vault, []byte("stored content")
	sealed, wrapped, err := v.Encrypt("message 1", text)
	if err != nil || bytes.Contains(sealed, text) {
		t.Fatalf("got %v", err)
	}
	other, otherWrapped, err := v.Encrypt("message 1", text)
	if err != nil || bytes.Equal(sealed, other) {
		t.Fatalf("twice the same ciphertext, %v", err)
	}
	for _, row := range []struct {
		name, under     string
		v               Vault
		sealed, wrapped []byte
		want            string
	}{
		{"as it was", "message 1", v, sealed, wrapped, "ok"},
		{"another name", "message 2", v, sealed, wrapped, "content_damaged"},
		{"another item's key", "message 1", v, sealed, otherWrapped, "content_damaged"},
		{"another node", "message 1", beta().vault, sealed, wrapped, "content_damaged"},
		{"erased key", "message 1", v, sealed, nil, "content_damaged"},
		{"cut key", "message 1", v, sealed, wrapped[:wrappedSize-1], "content_damaged"},
		{"altered key", "message 1", v, sealed, flip(wrapped, 40), "content_damaged"},
		{"altered content", "message 1", v, flip(sealed, 3), wrapped, "content_damaged"},
		{"cut content", "message 1", v, sealed[:3], wrapped, "content_damaged"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.v.Decrypt(row.under, row.sealed, row.wrapped)
			wantCode(t, err, row.want)
			if err == nil && !bytes.Equal(got, text) {
				t.Errorf("got %q, want %q", got, text)
			}
		})
	}
}

func TestTransportIdentityServesBothSides(t *testing.T) {
	pinned := func(want Pin) *tls.Config {
		return &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, ClientAuth: tls.RequireAnyClientCert,
			VerifyConnection: func(s tls.ConnectionState) error {
				if PinOf(s.PeerCertificates[0]) != want {
					return errors.New("another pin")
				}
				return nil
			}}
	}
	server, client := pinned(beta().card.TLS), pinned(alpha().card.TLS)
	server.Certificates = []tls.Certificate{alpha().vault.TLS()}
	client.Certificates = []tls.Certificate{beta().vault.TLS()}
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- tls.Server(far, server).Handshake() }()
	if err := tls.Client(near, client).Handshake(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := alpha().vault.TLS().Leaf.Verify(x509.VerifyOptions{}); err == nil {
		t.Error("a public authority vouches for it")
	}
}
