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
	pkesk, seipd, err := sealedFrames(sealed)
	if err != nil {
		return nil, err
	}
	to, err := readPKESK(pkesk.body)
	if err != nil {
		return nil, err
	}
	if err := checkSEIPD(seipd.body); err != nil {
		return nil, err
	}
	priv, ours := keys[to]
	if !ours {
		return nil, refuse("seal_wrong_recipient")
	}
	session, err := unwrap(priv, pkesk.body)
	if err != nil {
		return nil, err
	}
	inner, err := openSEIPD(session, seipd.body)
	if err != nil {
		return nil, err
	}
	return readLiteral(inner)
}

// sealedFrames holds the outer packets against the grammar.
func sealedFrames(sealed []byte) (pkesk, seipd frame, err error) {
	pkesk, rest, fault := nextFrame(sealed)
	if fault != "" {
		return pkesk, seipd, refuse("seal_" + fault)
	}
	if code := misplaced(pkesk.tag, tagPKESK); code != "" {
		return pkesk, seipd, refuse(code)
	}
	seipd, rest, fault = nextFrame(rest)
	if fault != "" {
		return pkesk, seipd, refuse("seal_" + fault)
	}
	if code := misplaced(seipd.tag, tagSEIPD); code != "" {
		return pkesk, seipd, refuse(code)
	}
	if len(rest) > 0 {
		return pkesk, seipd, refuse("seal_trailing")
	}
	return pkesk, seipd, nil
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
