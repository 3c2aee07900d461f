package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// certificateFrames splits b and holds it against the order of packets.
func certificateFrames(b []byte) ([]frame, error) {
	var frames []frame
	for len(b) > 0 {
		f, rest, fault := nextFrame(b)
		if fault != "" || len(frames) == 2+2*maxSubkeys || !inPlace(f, len(frames)) {
			return nil, refuse("certificate_framing")
		}
		frames, b = append(frames, f), rest
	}
	if len(frames) < 2 || len(frames)%2 != 0 {
		return nil, refuse("certificate_framing")
	}
	return frames, nil
}

// inPlace reports whether a packet may stand at position i.
func inPlace(f frame, i int) bool {
	switch {
	case i == 0:
		return f.tag == tagPublicKey
	case i%2 == 1:
		return f.tag == tagSignature
	}
	return f.tag == tagPublicSubkey
}

// readPrimary reads the root key and its self-signature: certify only, no expiry.
func readPrimary(pub, self frame) (*packet.PublicKey, error) {
	k, err := readPublic(pub)
	if err != nil {
		return nil, err
	}
	sig, err := readSelfSignature(self, packet.SigTypeDirectSignature, k)
	if err != nil {
		return nil, err
	}
	certifyOnly := sig.FlagsValid && sig.FlagCertify && !sig.FlagSign && !encrypts(sig) &&
		!sig.FlagAuthenticate && !sig.FlagSplitKey && !sig.FlagGroupKey
	if byte(k.PubKeyAlgo) != algoSign || !certifyOnly || sig.KeyLifetimeSecs != nil {
		return nil, refuse("certificate_flags")
	}
	if k.VerifyDirectKeySignature(sig) != nil {
		return nil, refuse("certificate_binding")
	}
	return k, nil
}

// readSubkey reads one subkey and the root's binding of it: one purpose, with an expiry.
func readSubkey(root *packet.PublicKey, pub, binding frame) (key, error) {
	k, err := readPublic(pub)
	if err != nil {
		return key{}, err
	}
	sig, err := readSelfSignature(binding, packet.SigTypeSubkeyBinding, root)
	if err != nil {
		return key{}, err
	}
	purpose, ok := purposeOf(k, sig)
	if !ok || sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 || !sig.CreationTime.Equal(k.CreationTime) {
		return key{}, refuse("certificate_flags")
	}
	if back := sig.EmbeddedSignature; back != nil && (purpose != ForSigning || !ofSuite(back) || back.SigLifetimeSecs != nil) {
		return key{}, refuse("certificate_binding")
	}
	if root.VerifyKeySignature(k, sig) != nil { // checks the signature back too
		return key{}, refuse("certificate_binding")
	}
	if !usable(k) {
		return key{}, refuse("certificate_weak_key")
	}
	created := k.CreationTime.UTC()
	return key{KeyInfo{Fingerprint(k.Fingerprint), purpose, created,
		created.Add(time.Duration(*sig.KeyLifetimeSecs) * time.Second)}, k, slices.Concat(pub.raw, binding.raw)}, nil
}

// purposeOf demands that flags and algorithm say the same one thing.
func purposeOf(k *packet.PublicKey, sig *packet.Signature) (Purpose, bool) {
	other := !sig.FlagsValid || sig.FlagCertify || sig.FlagAuthenticate || sig.FlagSplitKey || sig.FlagGroupKey
	switch {
	case other:
		return "", false
	case byte(k.PubKeyAlgo) == algoSign && sig.FlagSign && !encrypts(sig):
		return ForSigning, true
	case byte(k.PubKeyAlgo) == algoEncrypt && encrypts(sig) && !sig.FlagSign:
		return ForEncryption, true
	}
	return "", false
}

func encrypts(sig *packet.Signature) bool {
	return sig.FlagEncryptCommunications || sig.FlagEncryptStorage
}

// usable tries an encapsulation: a point of low order gives no secret, and nobody
// could seal to it.
func usable(k *packet.PublicKey) (ok bool) {
	defer func() {
		if recover() != nil { // a fault of the library is a fault of the input
			ok = false
		}
	}()
	pub, is := k.PublicKey.(*mlkem_ecdh.PublicKey)
	if !is {
		return true
	}
	_, _, _, err := mlkem_ecdh.Encrypt(rand.Reader, pub, make([]byte, sessionKey))
	return err == nil
}

// readPublic reads a v6 key of the suite.
func readPublic(f frame) (*packet.PublicKey, error) {
	switch {
	case len(f.body) < 6:
		return nil, refuse("certificate_framing")
	case f.body[0] == 4:
		return nil, refuse("certificate_v4_key")
	case f.body[0] != 6:
		return nil, refuse("certificate_framing")
	case f.body[5] != algoSign && f.body[5] != algoEncrypt:
		return nil, refuse("certificate_wrong_algorithm")
	}
	p, ok := decode(f)
	k, is := p.(*packet.PublicKey)
	if !ok || !is {
		return nil, refuse("certificate_framing")
	}
	return k, nil
}

// readSelfSignature reads a signature of the suite that names root as its issuer.
func readSelfSignature(f frame, kind packet.SignatureType, root *packet.PublicKey) (*packet.Signature, error) {
	if len(f.body) < 4 || f.body[0] != 6 || f.body[1] != byte(kind) {
		return nil, refuse("certificate_framing")
	}
	if f.body[2] != algoSign || f.body[3] != hashSHA512 {
		return nil, refuse("certificate_wrong_algorithm")
	}
	p, ok := decode(f)
	sig, is := p.(*packet.Signature)
	if !ok || !is {
		return nil, refuse("certificate_framing")
	}
	if !ofSuite(sig) || sig.SigLifetimeSecs != nil || !bytes.Equal(sig.IssuerFingerprint, root.Fingerprint) {
		return nil, refuse("certificate_binding")
	}
	return sig, nil
}

// ofSuite reports whether a signature was made with the one suite.
func ofSuite(sig *packet.Signature) bool {
	return sig.Version == 6 && byte(sig.PubKeyAlgo) == algoSign && sig.Hash == crypto.SHA512
}
