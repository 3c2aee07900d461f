package schema

// Limits of one message. They hold before and while it is parsed, so that a
// hostile message costs no more than an honest one of the same size.
const (
	MaxMessage     = 256 << 10 // octets of one message
	MaxDepth       = 32        // nested objects and arrays
	MaxValues      = 10_000    // member names and values together
	MaxName        = 64        // octets of a member name
	MaxString      = 64 << 10  // octets of a string
	MaxNumber      = 32        // octets of a number as written
	MaxFaults      = 50        // faults reported for one message
	MaxAttachment  = 512 << 10 // octets of one attached file
	MaxAttachments = 32        // files of one message
	MaxParcel      = 704 << 10 // a message with its files, each rounded up to a tar record; fits a pouch of 768 KiB
	MaxDraft       = 1 << 20   // octets of a draft, its files in base64 included
)

// Limits of one entry form, before its texts become a message.
const (
	MaxTexts   = 5_000 // texts of a form, blank ones included
	MaxPointer = 512   // octets of the pointer of a field
	MaxRow     = 999   // number of a row, from 0
)

// tarRecord is the unit in which a file occupies a pouch: one header and the content.
const tarRecord = 512

// parcelShare is what a file of the given size takes of MaxParcel, in octets.
func parcelShare(size int64) int64 {
	return tarRecord + (size+tarRecord-1)/tarRecord*tarRecord
}
