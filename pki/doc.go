// Package pki says who a jurisdiction is and does every act that needs a key:
// it makes roots and operational keys, reads and signs cards, keeps the ring of
// pinned peers, seals and opens pouches, signs and verifies. TRUST.md is the
// specification; this comment shows the bytes.
//
// A certificate is a run of OpenPGP packets (RFC 9580, RFC 9980), each with a
// definite shortest-form length:
//
//	public key v6, ML-DSA-65+Ed25519          the root, certify only
//	signature 0x1F                            by the root over itself
//	{ public subkey v6                        ML-DSA-65+Ed25519 or ML-KEM-768+X25519
//	  signature 0x18 }                        by the root, with an expiry; 1 to 16 times
//
// A sealed message is
//
//	PKESK v6   ML-KEM-768+X25519, naming one encryption subkey by fingerprint
//	SEIPD v2   AES-256-GCM, chunk octet 0 to 10 (Seal writes 6, 4 KiB, or 10 when
//	                                      the literal is larger than 64 KiB)
//	└ literal  'b', no name, date 0
//
// and nothing before, between or after. A detached signature is one signature
// packet v6 of type 0x00 with SHA-512 and exactly two hashed subpackets:
// creation time and issuer fingerprint.
//
// Only this package imports go-crypto, and it hands go-crypto nothing whose
// framing, sizes and algorithms it has not checked itself.
package pki
