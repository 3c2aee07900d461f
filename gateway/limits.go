package gateway

import "time"

// The limits of the border. PROTOCOL.md section 8 is the same table, held
// against this one by a test. Sizes are octets.
const (
	MaxSealed      = 768 << 10 // a sealed pouch or answer on the wire
	MaxPouch       = 752 << 10 // the archive inside it: a size bucket, 16 KiB below MaxSealed for the sealing
	MaxMessages    = 256       // messages of one pouch
	MaxAttachments = 512       // attachments of one pouch
	MaxMessage     = 256 << 10 // one message
	MaxManifest    = 128 << 10 // a manifest or a receipt
	MaxSignature   = 8 << 10   // a detached signature, ML-DSA-65+Ed25519 takes 3.5 KiB

	PouchesPerSecond = 1000      // of one peer on one connection; the sender holds half of it
	PouchBurst       = 500       // pouches at once
	BytesPerSecond   = 160 << 20 // of one peer on one connection: 200 full pouches and more
	ByteBurst        = 32 << 20
	PendingMessages  = 256      // that wait unread for one peer on one connection
	PendingBytes     = 16 << 20 // the same in octets
	PingsPerSecond   = 10       // of one peer on one connection, burst 20

	RequestTimeout = 10 * time.Second // for a receipt
	CommitTimeout  = 30 * time.Second // for the mailbox to make a change durable
	PingTimeout    = 2 * time.Second  // for the answer to a ping
	PingEvery      = 3 * time.Second  // between pings while messages wait for an absent peer
	Quarantine     = 10 * time.Second // a connection is deaf to a peer that broke a rate
	ReportEvery    = time.Minute      // one report per peer and code
	ClockTolerance = 2 * time.Minute  // a date may be this far in the future
)
