package pki

import (
	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"
)

// encryptionKeys are the private encryption parts a vault holds, by fingerprint.
type encryptionKeys map[Fingerprint]*mlkem_ecdh.PrivateKey

// open decrypts exactly the grammar of the package comment. Errors are seal_*
// problems. Nothing of the plaintext is seen before every tag has held.
func (keys encryptionKeys) open(sealed []byte) ([]byte, error) {
	if len(sealed) > MaxSealed {
		return nil, refuse("seal_too_large")
	}
	to, pkesk, seipd, err := readSealed(sealed)
	if err != nil {
		return nil, err
	}
	priv, ours := keys[to]
	if !ours {
		return nil, refuse("seal_wrong_recipient")
	}
	session, err := unwrap(priv, pkesk)
	if err != nil {
		return nil, err
	}
	inner, err := openSEIPD(session, seipd)
	if err != nil {
		return nil, err
	}
	return readLiteral(inner)
}

// readSealed holds the outer packets against the grammar and gives their bodies
// and the subkey that the first one names.
func readSealed(sealed []byte) (to Fingerprint, pkesk, seipd []byte, err error) {
	pkesk, rest, err := outerPacket(sealed, tagPKESK)
	if err != nil {
		return to, nil, nil, err
	}
	if to, err = readPKESK(pkesk); err != nil {
		return to, nil, nil, err
	}
	seipd, rest, err = outerPacket(rest, tagSEIPD)
	if err != nil {
		return to, nil, nil, err
	}
	if err = checkSEIPD(seipd); err != nil {
		return to, nil, nil, err
	}
	if len(rest) > 0 {
		return to, nil, nil, refuse("seal_trailing")
	}
	return to, pkesk, seipd, nil
}

// outerPacket cuts off the packet wanted. Of a packet that is wrong in several
// ways the refusal names the one that says most: what it is, then how it is framed.
func outerPacket(b []byte, want byte) (body, rest []byte, err error) {
	f, rest, fault := nextFrame(b)
	if code := misplaced(f.tag, want); code != "" && (fault == "" || f.tag != 0) {
		return nil, nil, refuse(code)
	}
	if fault == "partial" && want == tagSEIPD {
		if err := checkSEIPD(f.body); err != nil {
			return nil, nil, err
		}
	}
	if fault != "" {
		return nil, nil, refuse("seal_" + fault)
	}
	return f.body, rest, nil
}

// misplaced says by code what is wrong with a packet that is not the one wanted.
func misplaced(got, want byte) string {
	switch got {
	case want:
		return ""
	case tagPKESK:
		return "seal_two_recipients"
	case tagSKESK:
		return "seal_password"
	case tagSED:
		return "seal_seipd_v1"
	case tagSEIPD:
		return "seal_hidden_recipient" // no PKESK names anybody
	case tagLiteral, tagCompressed, tagSignature, tagOnePass:
		return "seal_cleartext"
	}
	return "seal_unexpected_packet"
}

// readPKESK gives the fingerprint of the subkey a PKESK names. RFC 9580 5.1.2.
func readPKESK(b []byte) (to Fingerprint, err error) {
	switch {
	case len(b) < 3:
		return to, refuse("seal_framing")
	case b[0] == 3:
		return to, refuse("seal_pkesk_v3")
	case b[0] != 6:
		return to, refuse("seal_framing")
	case b[1] == 0:
		return to, refuse("seal_hidden_recipient")
	case b[2] == 4:
		return to, refuse("seal_v4_key")
	case b[1] != 33 || b[2] != 6 || len(b) < 36:
		return to, refuse("seal_framing")
	case b[35] != algoEncrypt:
		return to, refuse("seal_wrong_algorithm")
	case len(b) == pkeskBody-8 || len(b) == pkeskBody-16: // a session key of AES-192 or AES-128
		return to, refuse("seal_wrong_cipher")
	case len(b) != pkeskBody || b[pkeskBody-wrappedKey-1] != wrappedKey:
		return to, refuse("seal_framing")
	}
	return Fingerprint(b[3:35]), nil
}

// unwrap decapsulates the session key of a PKESK that was read.
func unwrap(priv *mlkem_ecdh.PrivateKey, pkesk []byte) (session []byte, err error) {
	defer func() {
		if recover() != nil { // a fault of the library is a fault of the input
			session, err = nil, refuse("seal_damaged")
		}
	}()
	fields := pkesk[36:]
	x25519, mlkem := fields[:kemX25519], fields[kemX25519:kemX25519+kemMLKEM]
	session, err = mlkem_ecdh.Decrypt(priv, mlkem, x25519, pkesk[pkeskBody-wrappedKey:])
	if err != nil || len(session) != sessionKey {
		return nil, refuse("seal_damaged")
	}
	return session, nil
}

// checkSEIPD holds the head of an SEIPD packet against the suite. RFC 9580 5.13.2.
func checkSEIPD(b []byte) error {
	switch {
	case len(b) < 1:
		return refuse("seal_framing")
	case b[0] == 1:
		return refuse("seal_seipd_v1")
	case b[0] != 2 || len(b) < seipdHead+2*tagSize+1:
		return refuse("seal_framing")
	case b[1] != cipherAES:
		return refuse("seal_wrong_cipher")
	case b[2] != modeGCM:
		return refuse("seal_wrong_mode")
	case b[3] > maxChunk:
		return refuse("seal_chunk_size")
	}
	return nil
}

// openSEIPD decrypts the packets inside. What it allocates is smaller than its input.
func openSEIPD(session, b []byte) ([]byte, error) {
	s, err := newStream(session, b[4:seipdHead], b[3])
	if err != nil {
		return nil, err
	}
	size := 1<<(b[3]+6) + tagSize
	rest, last := b[seipdHead:len(b)-tagSize], b[len(b)-tagSize:]
	inner := make([]byte, 0, len(rest))
	for len(rest) > 0 {
		n := min(size, len(rest))
		if n <= tagSize { // an empty chunk
			return nil, refuse("seal_damaged")
		}
		if inner, err = s.open(inner, rest[:n]); err != nil {
			return nil, refuse("seal_damaged")
		}
		rest = rest[n:]
	}
	if s.finished(last) != nil {
		return nil, refuse("seal_damaged")
	}
	return inner, nil
}

// readLiteral takes the one literal packet there may be. RFC 9580 5.9.
func readLiteral(inner []byte) ([]byte, error) {
	f, rest, fault := nextFrame(inner)
	if fault != "" {
		return nil, refuse("seal_inner_framing")
	}
	switch f.tag {
	case tagLiteral:
	case tagCompressed:
		return nil, refuse("seal_compressed")
	case tagSignature, tagOnePass:
		return nil, refuse("seal_inline_signature")
	default:
		return nil, refuse("seal_inner_packet")
	}
	if len(f.body) < literalHead || [literalHead]byte(f.body) != [literalHead]byte{'b'} {
		return nil, refuse("seal_literal")
	}
	if len(rest) > 0 {
		return nil, refuse("seal_inner_packet")
	}
	return f.body[literalHead:], nil
}
