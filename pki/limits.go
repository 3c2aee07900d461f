package pki

import "time"

// Limits of everything that is read. TRUST 6.
const (
	// MaxSealed is the largest sealed message, octets. PROTOCOL: NATS carries 1 MiB.
	MaxSealed = 768 << 10
	// MaxCard is the largest card file, octets.
	MaxCard = 256 << 10

	maxSubkeys   = 16
	maxSigners   = 8       // signing subkeys a renewed certificate keeps, for proofs of the past
	maxVault     = 1 << 20 // vault file, octets
	maxName      = 200     // a card's name, octets
	maxEndpoints = 8
	maxAccepts   = 64
	maxLanguages = 32
)

// Times that tolerate imperfect clocks and slow peers.
const (
	// ClockTolerance is how far ahead of ours a peer's clock may be.
	ClockTolerance = 2 * time.Minute
	// SigningOverlap is how long after a signing subkey expired its signatures still
	// arrive as news: a pouch may wait that long for a peer that was down.
	SigningOverlap = 14 * 24 * time.Hour
	// EncryptionOverlap is how long after an encryption subkey expired its private part
	// is kept: a pouch is sealed anew at every try, so it covers only what is under way.
	EncryptionOverlap = 24 * time.Hour
)
