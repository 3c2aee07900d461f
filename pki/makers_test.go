package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// part is a piece of a message made by hand.
func part(tag byte, body string) []byte { return append(appendHeader(nil, tag, len(body)), body...) }

// stock collects what a go-crypto writer writes.
type stock struct{ bytes.Buffer }

func (*stock) Close() error { return nil }

// written runs a stock writer over content and gives the packets.
func written(t *testing.T, open func(io.WriteCloser) (io.WriteCloser, error), content []byte) []byte {
	t.Helper()
	var out stock
	w, err := open(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// suite is how a careful stock user would configure go-crypto.
var suite = packet.Config{V6Keys: true, DefaultHash: crypto.SHA512, DefaultCipher: packet.CipherAES256,
	AEADConfig: &packet.AEADConfig{DefaultMode: packet.AEADModeGCM, ChunkSize: 4096},
	Time:       func() time.Time { return epoch }}

// stockKey is an entity of another suite.
func stockKey(algo packet.PublicKeyAlgorithm, v6 bool) *openpgp.Entity {
	c := suite
	c.V6Keys, c.Algorithm = v6, algo
	if v6 {
		return must(openpgp.NewEntityWithoutId(&c))
	}
	return must(openpgp.NewEntity("test", "", "", &c))
}

// pkeskFor wraps a session key for any key.
func pkeskFor(to *packet.PublicKey, session []byte, v6, hidden bool) []byte {
	var b bytes.Buffer
	c := suite
	if err := packet.SerializeEncryptedKeyAEADwithHiddenOption(&b, to, packet.CipherAES256, v6, session, hidden, &c); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// seipdOver encrypts any packets, as appendSEIPD does for one literal.
func seipdOver(session, inner []byte, chunk byte) []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	s := must(newStream(session, salt, chunk))
	body := append([]byte{2, cipherAES, modeGCM, chunk}, salt...)
	for c := range slices.Chunk(inner, 1<<(chunk+6)) {
		body = s.seal(body, c)
	}
	return part(tagSEIPD, string(s.finish(body)))
}

// literal is the packet that a sealed message holds.
func literal(content string) []byte {
	return part(tagLiteral, "b\x00\x00\x00\x00\x00"+content)
}

// openVectors makes one message, at least, for every seal_* code.
func openVectors(t *testing.T) []vector {
	h := gold(t)
	to, _ := h.card.Certificate.current(ForEncryption, epoch)
	good := must(h.card.Certificate.Seal([]byte(vectorText), epoch))
	pkesk, seipd := good[:pkeskSize], good[pkeskSize:]
	session := make([]byte, sessionKey)
	rand.Read(session)
	wrapped := pkeskFor(to.public, session, true, false)
	around := func(inner []byte, chunk byte) []byte { return slices.Concat(wrapped, seipdOver(session, inner, chunk)) }
	with := func(i int, b byte) []byte { m := bytes.Clone(good); m[i] = b; return m }
	marker := part(10, "PGP")
	rsa, x25519, v4 := stockKey(packet.PubKeyAlgoRSA, true), stockKey(packet.PubKeyAlgoEd25519, true), must(newEncryptionKeyV4(epoch))
	old := written(t, func(w io.WriteCloser) (io.WriteCloser, error) {
		return packet.SerializeSymmetricallyEncrypted(w, packet.CipherAES256, false, packet.CipherSuite{}, session, nil)
	}, literal(vectorText))
	list := []vector{
		{name: "ok", expect: "ok", text: vectorText, data: good},
		{name: "ok_empty", expect: "ok", data: must(h.card.Certificate.Seal(nil, epoch))},
		{name: "ok_chunks_64k", expect: "ok", text: vectorText, data: around(literal(vectorText), 10)},
		{name: "ok_chunks_64", expect: "ok", text: vectorText + vectorText + vectorText + vectorText + vectorText,
			data: around(literal(vectorText+vectorText+vectorText+vectorText+vectorText), 0)},
		{name: "seal_too_large", expect: "seal_too_large", pad: MaxSealed + 1, data: good},
		{name: "seal_truncated", expect: "seal_truncated", data: good[:len(good)-1]},
		{name: "seal_truncated_empty", expect: "seal_truncated"},
		{name: "seal_framing_old_header", expect: "seal_framing", data: slices.Concat([]byte{0x85, pkeskBody >> 8, pkeskBody & 0xFF}, pkesk[3:], seipd)},
		{name: "seal_framing_long_length", expect: "seal_framing", data: slices.Concat([]byte{pkesk[0], 255, 0, 0, pkeskBody >> 8, pkeskBody & 0xFF}, pkesk[3:], seipd)},
		{name: "seal_framing_armored", expect: "seal_framing", data: appendArmor(nil, "PGP MESSAGE", good)},
		{name: "ok_stock", expect: "ok", text: vectorText, data: stockSealed(t, h, vectorText)},
		{name: "seal_partial", expect: "seal_partial", data: stockSealed(t, h, strings.Repeat(vectorText, 100))},
		{name: "seal_cleartext", expect: "seal_cleartext", data: literal(vectorText)},
		{name: "seal_cleartext_signed", expect: "seal_cleartext", data: written(t, func(w io.WriteCloser) (io.WriteCloser, error) {
			c := suite
			return openpgp.Sign(w, []*openpgp.Entity{x25519}, nil, &c)
		}, []byte(vectorText))},
		{name: "seal_cleartext_compressed", expect: "seal_cleartext", data: part(tagCompressed, "\x00")},
		{name: "seal_password", expect: "seal_password", data: written(t, func(w io.WriteCloser) (io.WriteCloser, error) {
			c := suite
			return openpgp.SymmetricallyEncrypt(w, []byte("password"), nil, &c)
		}, []byte(vectorText))},
		{name: "seal_password_too", expect: "seal_password", data: slices.Concat(pkesk, part(tagSKESK, "\x04\x09\x00\x0a"), seipd)},
		{name: "seal_hidden_recipient", expect: "seal_hidden_recipient", data: slices.Concat(pkeskFor(to.public, session, true, true), seipdOver(session, literal(vectorText), 6))},
		{name: "seal_hidden_recipient_nobody", expect: "seal_hidden_recipient", data: seipd},
		{name: "seal_pkesk_v3", expect: "seal_pkesk_v3", data: slices.Concat(pkeskFor(to.public, session, false, false), old)},
		{name: "seal_v4_key", expect: "seal_v4_key", data: slices.Concat(pkeskFor(&v4.PublicKey, session, true, false), seipd)},
		{name: "seal_wrong_algorithm_rsa", expect: "seal_wrong_algorithm", data: slices.Concat(pkeskFor(rsa.PrimaryKey, session, true, false), seipd)},
		{name: "seal_wrong_algorithm_x25519", expect: "seal_wrong_algorithm", data: slices.Concat(pkeskFor(x25519.Subkeys[0].PublicKey, session, true, false), seipd)},
		{name: "seal_two_recipients", expect: "seal_two_recipients", data: slices.Concat(pkesk, pkesk, seipd)},
		{name: "seal_seipd_v1", expect: "seal_seipd_v1", data: slices.Concat(wrapped, old)},
		{name: "seal_seipd_v1_none", expect: "seal_seipd_v1", data: slices.Concat(wrapped, part(tagSED, string(seipd)))},
		{name: "seal_wrong_cipher", expect: "seal_wrong_cipher", data: written(t, func(w io.WriteCloser) (io.WriteCloser, error) {
			c := suite
			c.DefaultCipher = packet.CipherAES128
			e := stockEntity(t, h)
			e.DirectSignatures[0].Packet.PreferredCipherSuites = [][2]uint8{{uint8(packet.CipherAES128), modeGCM}}
			return openpgp.Encrypt(w, []*openpgp.Entity{e}, nil, nil, nil, &c)
		}, []byte(vectorText))},
		{name: "seal_wrong_cipher_head", expect: "seal_wrong_cipher", data: with(pkeskSize+3, 7)},
		{name: "seal_wrong_mode", expect: "seal_wrong_mode", data: with(pkeskSize+4, 2)},
		{name: "seal_chunk_size", expect: "seal_chunk_size", data: with(pkeskSize+5, 16)},
		{name: "seal_unexpected_packet_before", expect: "seal_unexpected_packet", data: slices.Concat(marker, good)},
		{name: "seal_unexpected_packet_between", expect: "seal_unexpected_packet", data: slices.Concat(pkesk, part(21, "padding"), seipd)},
		{name: "seal_trailing", expect: "seal_trailing", data: slices.Concat(good, part(21, "padding"))},
		{name: "seal_trailing_again", expect: "seal_trailing", data: slices.Concat(good, seipd)},
		{name: "seal_wrong_recipient", expect: "seal_wrong_recipient", data: must(beta().card.Certificate.Seal([]byte(vectorText), epoch))},
		{name: "seal_damaged_content", expect: "seal_damaged", data: flip(good, len(good)-40)},
		{name: "seal_damaged_last_tag", expect: "seal_damaged", data: flip(good, len(good)-1)},
		{name: "seal_damaged_salt", expect: "seal_damaged", data: flip(good, pkeskSize+10)},
		{name: "seal_damaged_mlkem", expect: "seal_damaged", data: flip(good, 200)},
		{name: "seal_damaged_x25519", expect: "seal_damaged", data: flip(good, 40)},
		{name: "seal_damaged_key", expect: "seal_damaged", data: flip(good, pkeskSize-1)},
		{name: "seal_damaged_spliced", expect: "seal_damaged", data: slices.Concat(pkesk, seipdOver(session, literal(vectorText), 6))},
		{name: "seal_inner_framing", expect: "seal_inner_framing", data: around([]byte("not a packet"), 6)},
		{name: "seal_compressed", expect: "seal_compressed", data: around(part(tagCompressed, "\x00"+string(literal(vectorText))), 6)},
		{name: "seal_inline_signature", expect: "seal_inline_signature", data: around(slices.Concat(part(tagOnePass, strings.Repeat("\x00", 13)), literal(vectorText)), 6)},
		{name: "seal_inline_signature_first", expect: "seal_inline_signature", data: around(slices.Concat(must(h.vault.Sign([]byte(vectorText), epoch)), literal(vectorText)), 6)},
		{name: "seal_literal_text", expect: "seal_literal", data: around(part(tagLiteral, "u\x00\x00\x00\x00\x00text"), 6)},
		{name: "seal_literal_named", expect: "seal_literal", data: around(part(tagLiteral, "b\x01n\x00\x00\x00\x00text"), 6)},
		{name: "seal_literal_dated", expect: "seal_literal", data: around(part(tagLiteral, "b\x00\x00\x00\x00\x01text"), 6)},
		{name: "seal_inner_packet_padding", expect: "seal_inner_packet", data: around(slices.Concat(literal(vectorText), part(21, "padding")), 6)},
		{name: "seal_inner_packet_two", expect: "seal_inner_packet", data: around(slices.Concat(literal(vectorText), literal(vectorText)), 6)},
		{name: "seal_inner_packet_marker", expect: "seal_inner_packet", data: around(slices.Concat(marker, literal(vectorText)), 6)},
		{name: "seal_inner_packet_nested", expect: "seal_inner_packet", data: around(good, 6)},
	}
	for i := range list {
		list[i].spec = "TRUST 5.1"
	}
	return list
}

// stockSealed is what a careful stock user would send. Longer content gets partial lengths.
func stockSealed(t *testing.T, h *house, content string) []byte {
	t.Helper()
	return written(t, func(w io.WriteCloser) (io.WriteCloser, error) {
		c := suite
		return openpgp.Encrypt(w, []*openpgp.Entity{stockEntity(t, h)}, nil, nil, nil, &c)
	}, []byte(content))
}

// newEncryptionKeyV4 is the suite's encryption key in the old key format.
func newEncryptionKeyV4(at time.Time) (*packet.PrivateKey, error) {
	k, err := newEncryptionKey(at)
	if err != nil {
		return nil, err
	}
	return packet.NewDecrypterPrivateKey(at, k.PrivateKey), nil
}

// detachedBy signs with any key and any form of signature.
func detachedBy(t *testing.T, priv *packet.PrivateKey, sig *packet.Signature, text string) []byte {
	t.Helper()
	h, err := sig.PrepareSign(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(text))
	if err := sig.Sign(h, priv, nil); err != nil {
		t.Fatal(err)
	}
	return must(encode(sig))
}

// verifyVectors makes one signature, at least, for every signature_* code.
func verifyVectors(t *testing.T) []vector {
	h := gold(t)
	priv := h.secrets.private[0]
	good := must(h.vault.Sign([]byte(vectorText), epoch))
	form := func(edit func(*packet.Signature)) []byte {
		sig := newSignature(packet.SigTypeBinary, epoch)
		edit(sig)
		return detachedBy(t, priv, sig, vectorText)
	}
	foreign := func(algo packet.PublicKeyAlgorithm, v6 bool) []byte {
		e := stockKey(algo, v6)
		sig := newSignature(packet.SigTypeBinary, epoch)
		sig.Version, sig.PubKeyAlgo = e.PrimaryKey.Version, algo
		return detachedBy(t, e.PrivateKey, sig, vectorText)
	}
	hour := uint32(3600)
	list := []vector{
		{name: "ok", expect: "ok", data: good},
		{name: "ok_two_minutes_ahead", expect: "ok", at: epoch.Add(-ClockTolerance), data: good},
		{name: "signature_missing", expect: "signature_missing"},
		{name: "signature_framing_cut", expect: "signature_framing", data: good[:len(good)-1]},
		{name: "signature_framing_armored", expect: "signature_framing", data: appendArmor(nil, blockSignature, good)},
		{name: "signature_framing_literal", expect: "signature_framing", data: literal(vectorText)},
		{name: "signature_two", expect: "signature_two", data: slices.Concat(good, must(h.vault.Sign([]byte(vectorText), epoch)))},
		{name: "signature_trailing", expect: "signature_trailing", data: append(bytes.Clone(good), 0)},
		{name: "signature_version", expect: "signature_version", data: foreign(packet.PubKeyAlgoEd25519, false)},
		{name: "signature_type", expect: "signature_type", data: form(func(s *packet.Signature) { s.SigType = packet.SigTypeText })},
		{name: "signature_wrong_algorithm_ed25519", expect: "signature_wrong_algorithm", data: foreign(packet.PubKeyAlgoEd25519, true)},
		{name: "signature_wrong_algorithm_rsa", expect: "signature_wrong_algorithm", data: foreign(packet.PubKeyAlgoRSA, true)},
		{name: "signature_wrong_hash", expect: "signature_wrong_hash", data: form(func(s *packet.Signature) { s.Hash = crypto.SHA256 })},
		{name: "signature_subpackets_expiry", expect: "signature_subpackets", data: form(func(s *packet.Signature) { s.SigLifetimeSecs = &hour })},
		{name: "signature_subpackets_notation", expect: "signature_subpackets", data: form(func(s *packet.Signature) {
			s.Notations = []*packet.Notation{{Name: "note@example.org", Value: []byte("x")}}
		})},
		{name: "signature_subpackets_unhashed", expect: "signature_subpackets", data: unhashed(good)},
		{name: "signature_unknown_key", expect: "signature_unknown_key", data: must(beta().vault.Sign([]byte(vectorText), epoch))},
		{name: "signature_wrong_purpose_root", expect: "signature_wrong_purpose", data: must(sign(h.root.private, []byte(vectorText), epoch))},
		{name: "signature_wrong_purpose_encryption", expect: "signature_wrong_purpose", data: bytes.Replace(good, priv.Fingerprint, h.card.Certificate.keys[1].public.Fingerprint, 1)},
		{name: "signature_outside_validity", expect: "signature_outside_validity", data: must(sign(priv, []byte(vectorText), epoch.Add(-time.Second)))},
		{name: "signature_future", expect: "signature_future", at: epoch.Add(-ClockTolerance - time.Second), data: good},
		{name: "signature_key_expired", expect: "signature_key_expired", at: epoch.Add(year + SigningOverlap + time.Second), data: good},
		{name: "signature_bad_text", expect: "signature_bad", text: vectorText + " ", data: good},
		{name: "signature_bad_ed25519", expect: "signature_bad", data: flip(good, len(good)-3309-10)},
		{name: "signature_bad_mldsa", expect: "signature_bad", data: flip(good, len(good)-100)},
		{name: "signature_bad_salt", expect: "signature_bad", data: flip(good, 3+hashedStart+hashedSize+4+2+1)},
	}
	for i := range list {
		if list[i].spec = "TRUST 5.2"; list[i].at.IsZero() {
			list[i].at = epoch
		}
		if list[i].text == "" {
			list[i].text = vectorText
		}
	}
	return list
}

// cardVectors makes one card, at least, for every card_* and certificate_* code.
func cardVectors(t *testing.T) []vector {
	h := gold(t)
	good := string(h.card.Text)
	edit := func(old, new string) []byte { return bytes.Replace(h.card.Text, []byte(old), []byte(new), 1) }
	unsigned, _, _ := bytes.Cut(h.card.Text, []byte("-----BEGIN PGP SIGNATURE"))
	signedBy := func(r *Root) []byte {
		return appendArmor(bytes.Clone(unsigned), blockSignature, must(sign(r.private, unsigned, epoch)))
	}
	holding := func(packets ...[]byte) []byte {
		c := cardOf("AA")
		c.TLS, c.Certificate = h.card.TLS, &Certificate{head: slices.Concat(packets...)}
		return appendArmor(c.signedText(), blockSignature, must(sign(h.root.private, c.signedText(), epoch)))
	}
	stockCert := func(algo packet.PublicKeyAlgorithm, v6 bool) []byte { return must(encode(stockKey(algo, v6))) }
	c, other := h.card.Certificate, beta().card.Certificate
	signs := remadeRoot(t, h.root, func(s *packet.Signature) { s.FlagSign = true })
	hour := uint32(3600)
	mortal := remadeRoot(t, h.root, func(s *packet.Signature) { s.KeyLifetimeSecs = &hour })
	late := rebound(t, h, func(s *packet.Signature) { s.CreationTime = epoch.Add(time.Hour) })
	eternal := rebound(t, h, func(s *packet.Signature) { s.KeyLifetimeSecs = nil })
	both := rebound(t, h, func(s *packet.Signature) { s.FlagEncryptStorage = true })
	list := []vector{
		{name: "ok", expect: "ok", data: []byte(good)},
		{name: "card_too_large", expect: "card_too_large", pad: MaxCard + 1, data: []byte(good)},
		{name: "card_form_title", expect: "card_form", data: edit("card 1", "card 2")},
		{name: "card_form_order", expect: "card_form", data: edit("# name: Central Authority\n# serial: 3\n", "# serial: 3\n# name: Central Authority\n")},
		{name: "card_form_number", expect: "card_form", data: edit("serial: 3", "serial: 03")},
		{name: "card_form_time", expect: "card_form", data: edit("21:05:52Z", "21:05:52.0Z")},
		{name: "card_form_pin", expect: "card_form", data: bytes.Replace(h.card.Text, []byte(h.card.TLS.Hex()), bytes.ToUpper([]byte(h.card.TLS.Hex())), 1)},
		{name: "card_form_extra", expect: "card_form", data: edit("# languages", "# colour: blue\n# languages")},
		{name: "card_form_space", expect: "card_form", data: edit("# languages: ", "# languages:  ")},
		{name: "card_form_no_certificate", expect: "card_form", data: edit("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "")},
		{name: "card_form_armor_header", expect: "card_form", data: edit("BLOCK-----\n\n", "BLOCK-----\nComment: x\n\n")},
		{name: "card_form_empty", expect: "card_form"},
		{name: "card_characters_crlf", expect: "card_characters", data: edit("AA\n", "AA\r\n")},
		{name: "card_characters_override", expect: "card_characters", data: edit("Central", "Cen\u202etral")},
		{name: "card_characters_escape", expect: "card_characters", data: edit("Central", "\x1b[2JCentral")},
		{name: "card_unsigned", expect: "card_unsigned", data: unsigned},
		{name: "card_wrong_root", expect: "card_wrong_root", data: signedBy(beta().root)},
		{name: "card_signature_text", expect: "card_signature", data: edit("serial: 3", "serial: 4")},
		{name: "card_signature_missing", expect: "card_signature", data: slices.Concat(unsigned, []byte("-----BEGIN PGP SIGNATURE-----\n"))},
		{name: "card_signature_lines", expect: "card_signature", data: slices.Concat(unsigned, bytes.Replace(h.card.Text[len(unsigned):], []byte("SIGNATURE-----\n\n"), []byte("SIGNATURE-----\n\n\n"), 1))},
		{name: "card_signature_trailing", expect: "card_signature", data: []byte(good + "\n")},
		{name: "card_not_yet_valid", expect: "card_not_yet_valid", at: epoch.Add(-time.Hour), data: backdated(h)},
		{name: "card_expired", expect: "card_expired", at: epoch.Add(year), data: []byte(good)},
		{name: "certificate_framing_user_id", expect: "certificate_framing", data: holding(c.head, part(13, "name"), c.keys[0].raw)},
		{name: "certificate_framing_twice", expect: "certificate_framing", data: holding(c.bytes(), c.keys[0].raw)},
		{name: "certificate_framing_empty", expect: "certificate_framing", data: holding()},
		{name: "certificate_framing_many", expect: "certificate_framing", data: holding(c.head, bytes.Repeat(c.keys[1].raw, maxSubkeys+1))},
		{name: "certificate_framing_surplus", expect: "certificate_framing", data: holding(c.head, c.keys[0].raw, surplus(c.keys[1].raw))},
		{name: "certificate_v4_key", expect: "certificate_v4_key", data: holding(v4Key(t), c.bytes()[len(primaryOf(c)):])},
		{name: "certificate_wrong_algorithm_ed25519", expect: "certificate_wrong_algorithm", data: holding(stockCert(packet.PubKeyAlgoEd25519, true))},
		{name: "certificate_wrong_algorithm_rsa", expect: "certificate_wrong_algorithm", data: holding(stockCert(packet.PubKeyAlgoRSA, true))},
		{name: "certificate_flags_root_signs", expect: "certificate_flags", data: holding(signs, c.keys[0].raw, c.keys[1].raw)},
		{name: "certificate_flags_root_expires", expect: "certificate_flags", data: holding(mortal, c.keys[0].raw, c.keys[1].raw)},
		{name: "certificate_flags_other_date", expect: "certificate_flags", data: holding(c.head, late, c.keys[1].raw)},
		{name: "certificate_flags_stock", expect: "certificate_flags", data: holding(stockCert(packet.PubKeyAlgoMldsa65Ed25519, true))},
		{name: "certificate_flags_no_expiry", expect: "certificate_flags", data: holding(c.head, eternal, c.keys[1].raw)},
		{name: "certificate_flags_two_purposes", expect: "certificate_flags", data: holding(c.head, both, c.keys[1].raw)},
		{name: "certificate_binding_foreign", expect: "certificate_binding", data: holding(c.head, other.keys[0].raw, c.keys[1].raw)},
		{name: "certificate_binding_altered", expect: "certificate_binding", data: holding(c.head, c.keys[0].raw, flip(c.keys[1].raw, len(c.keys[1].raw)-1))},
		{name: "certificate_binding_issuer", expect: "certificate_binding", data: holding(c.head, rebound(t, misnamed(h), func(*packet.Signature) {}), c.keys[1].raw)},
		{name: "certificate_binding_root", expect: "certificate_binding", data: holding(flip(c.head, len(c.head)-1), c.keys[0].raw, c.keys[1].raw)},
		{name: "certificate_binding_no_signature_back", expect: "certificate_binding", data: holding(c.head,
			rebound(t, h, func(s *packet.Signature) { s.EmbeddedSignature = nil }), c.keys[1].raw)},
		{name: "certificate_weak_key", expect: "certificate_weak_key", data: holding(c.head, c.keys[0].raw, lowOrder(t, h))},
		{name: "certificate_incomplete", expect: "certificate_incomplete", data: holding(c.head, c.keys[0].raw)},
		{name: "certificate_incomplete_bare", expect: "certificate_incomplete", data: holding(c.head)},
	}
	for i := range list {
		if list[i].spec = "TRUST 3.1"; strings.HasPrefix(list[i].name, "certificate_") {
			list[i].spec = "TRUST 2"
		}
		if list[i].at.IsZero() {
			list[i].at = epoch
		}
	}
	return list
}

// backdated is a card dated epoch that its root signed two hours before.
func backdated(h *house) []byte {
	c := *h.card
	text := c.signedText()
	return appendArmor(text, blockSignature, must(sign(h.root.private, text, epoch.Add(-2*time.Hour))))
}

// primaryOf is the first packet of a certificate.
func primaryOf(c *Certificate) []byte {
	f, _, _ := nextFrame(c.head)
	return f.raw
}

// v4Key is a primary key in the old format.
func v4Key(t *testing.T) []byte {
	t.Helper()
	return must(encode(stockKey(packet.PubKeyAlgoEd25519, false).PrimaryKey))
}

// remadeRoot is the head of a certificate whose self-signature says something else.
func remadeRoot(t *testing.T, r *Root, edit func(*packet.Signature)) []byte {
	t.Helper()
	sig := newSignature(packet.SigTypeDirectSignature, epoch)
	sig.FlagsValid, sig.FlagCertify = true, true
	edit(sig)
	if err := sig.SignDirectKeyBinding(&r.private.PublicKey, r.private, nil); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(must(encode(&r.private.PublicKey)), must(encode(sig)))
}

// misnamed is a house whose root signs under another fingerprint.
func misnamed(h *house) *house {
	private := *h.root.private
	private.Fingerprint = beta().root.private.Fingerprint
	return &house{root: &Root{private: &private}, secrets: h.secrets}
}

// rebound is the signing subkey with a binding that says something else.
func rebound(t *testing.T, h *house, edit func(*packet.Signature)) []byte {
	t.Helper()
	sub := h.secrets.private[0]
	sig := must(bind(h.root.private, sub, ForSigning, year))
	edit(sig)
	if err := sig.SignKey(&sub.PublicKey, h.root.private, nil); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(must(encode(&sub.PublicKey)), must(encode(sig)))
}

// unhashed puts a subpacket where it is not signed.
func unhashed(sig []byte) []byte {
	f, _, _ := nextFrame(sig)
	at := hashedStart + hashedSize
	return part(tagSignature, string(slices.Concat(f.body[:at], []byte{0, 0, 0, 3, 2, 100, 1}, f.body[at+4:])))
}

// surplus puts an octet at the end of a subkey's packet, which its fingerprint does not cover.
func surplus(subkey []byte) []byte {
	f, binding, _ := nextFrame(subkey)
	return slices.Concat(part(f.tag, string(f.body)+"x"), binding)
}

// lowOrder is an encryption subkey, properly bound, whose X25519 part is the point 0.
func lowOrder(t *testing.T, h *house) []byte {
	t.Helper()
	sub := must(newEncryptionKey(epoch))
	pub := *sub.PublicKey.PublicKey.(*mlkem_ecdh.PublicKey)
	pub.PublicPoint = make([]byte, kemX25519)
	weak := packet.NewMlkemEcdhPublicKey(epoch, &pub)
	if err := weak.UpgradeToV6(); err != nil {
		t.Fatal(err)
	}
	weak.IsSubkey = true
	sig := must(bind(h.root.private, &packet.PrivateKey{PublicKey: *weak}, ForEncryption, year))
	return slices.Concat(must(encode(weak)), must(encode(sig)))
}
