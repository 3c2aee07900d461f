package pki

import "github.com/comity-exchange/comity/schema"

// refusal is one line of the table: what everyone may know about a refusal.
type refusal struct {
	kind   schema.Kind
	detail string
	fix    string
}

// refuse makes the problem of a code of the table.
func refuse(code string) *schema.Problem {
	r, known := refusals[code]
	if !known {
		panic("pki: no such refusal: " + code)
	}
	return &schema.Problem{Kind: r.kind, Code: code, Detail: r.detail, Fix: r.fix}
}

// What to do next, where several refusals share it.
const (
	askSender   = "Refuse it and ask the sender to seal with Comity; nothing was opened."
	askAgain    = "Discard it and let the sender seal and send it again."
	askSigner   = "Refuse it and ask the signer for a signature made by Comity."
	askCard     = "Ask the jurisdiction for a new card."
	writeCard   = "Write the card with comity card; do not edit it by hand."
	compareRoot = "Compare the root fingerprint with the jurisdiction by telephone or in person before you go on."
	readVault   = "Restore the vault file from its backup."
)

// refusals is the table of TRUST 7.
var refusals = map[string]refusal{
	// A sealed message, from the outside in.
	"seal_too_large":         {schema.TooLarge, "The sealed message is larger than 768 KiB.", "Send less at once; large files travel as evidence."},
	"seal_truncated":         {schema.Invalid, "The sealed message ends too early.", askAgain},
	"seal_framing":           {schema.Invalid, "The packets of the sealed message are not framed as they must be.", askSender},
	"seal_partial":           {schema.Invalid, "The sealed message has a packet of partial lengths.", askSender},
	"seal_cleartext":         {schema.Unverified, "The message is not encrypted.", askSender},
	"seal_password":          {schema.Unverified, "The message is encrypted to a password.", askSender},
	"seal_hidden_recipient":  {schema.Unverified, "The message does not name its recipient.", askSender},
	"seal_pkesk_v3":          {schema.Invalid, "The message wraps its key in the old form, version 3.", askSender},
	"seal_v4_key":            {schema.Unverified, "The message is encrypted to a version 4 key.", askSender},
	"seal_wrong_algorithm":   {schema.Unverified, "The message is encrypted with another algorithm than ML-KEM-768+X25519.", askSender},
	"seal_two_recipients":    {schema.Unverified, "The message is encrypted to more than one recipient.", askSender},
	"seal_seipd_v1":          {schema.Unverified, "The message is encrypted in an old form without authenticated encryption.", askSender},
	"seal_wrong_cipher":      {schema.Unverified, "The message is encrypted with another cipher than AES-256.", askSender},
	"seal_wrong_mode":        {schema.Unverified, "The message is encrypted in another mode than GCM.", askSender},
	"seal_chunk_size":        {schema.Invalid, "The chunks of the message are larger than 64 KiB.", askSender},
	"seal_unexpected_packet": {schema.Invalid, "A packet stands where none may stand.", askSender},
	"seal_trailing":          {schema.Invalid, "Something follows the encrypted packet.", askSender},
	"seal_wrong_recipient":   {schema.Unverified, "The message is encrypted to a key that this node does not hold.", "Let the sender take the newest card of this node and seal again."},
	"seal_damaged":           {schema.Unverified, "The sealed message was altered or damaged.", askAgain},
	"seal_inner_framing":     {schema.Invalid, "The packets inside the sealed message are not framed as they must be.", askSender},
	"seal_compressed":        {schema.Invalid, "The message is compressed inside.", askSender},
	"seal_inline_signature":  {schema.Invalid, "The message carries a signature inside the encryption.", askSender},
	"seal_literal":           {schema.Invalid, "The content inside is not plain binary without name and date.", askSender},
	"seal_inner_packet":      {schema.Invalid, "A packet stands inside where none may stand.", askSender},
	"no_encryption_key":      {schema.Unavailable, "The certificate has no encryption subkey that is valid now.", askCard},

	// A detached signature.
	"signature_missing":          {schema.Unverified, "There is no signature.", askSigner},
	"signature_framing":          {schema.Invalid, "The signature is not framed as it must be.", askSigner},
	"signature_two":              {schema.Invalid, "There is more than one signature.", askSigner},
	"signature_trailing":         {schema.Invalid, "Something follows the signature.", askSigner},
	"signature_version":          {schema.Unverified, "The signature is not of version 6.", askSigner},
	"signature_type":             {schema.Invalid, "The signature is not one over binary data.", askSigner},
	"signature_wrong_algorithm":  {schema.Unverified, "The signature uses another algorithm than ML-DSA-65+Ed25519.", askSigner},
	"signature_wrong_hash":       {schema.Unverified, "The signature uses another hash than SHA-512.", askSigner},
	"signature_subpackets":       {schema.Invalid, "The signature must state its creation time and its issuer's fingerprint and nothing else.", askSigner},
	"signature_unknown_key":      {schema.Unverified, "The signature is by a key that the certificate does not list.", "Take the signer's newest card, then try again."},
	"signature_wrong_purpose":    {schema.Unverified, "The signature is by a key that may not sign content.", askSigner},
	"signature_outside_validity": {schema.Unverified, "The signature is dated outside the life of its key.", "Ask the signer to check the clock and the keys of their node."},
	"signature_future":           {schema.Unverified, "The signature is dated more than 2 minutes ahead.", "Compare both clocks, then let the signer sign again."},
	"signature_key_expired":      {schema.Unverified, "The signature arrives too long after its key expired.", "Take the signer's newest card and let them sign again."},
	"signature_bad":              {schema.Unverified, "The signature does not fit the text.", askSigner},
	"no_signing_key":             {schema.Unavailable, "The vault has no signing subkey that is valid now.", "Rotate the keys of this node with its root."},

	// A certificate inside a card.
	"certificate_framing":         {schema.Invalid, "The packets of the certificate are not those of a Comity certificate.", askCard},
	"certificate_v4_key":          {schema.Unverified, "The certificate has a version 4 key.", askCard},
	"certificate_wrong_algorithm": {schema.Unverified, "The certificate has a key or signature outside the one suite.", askCard},
	"certificate_flags":           {schema.Invalid, "A key of the certificate has the wrong purpose or no expiry.", askCard},
	"certificate_binding":         {schema.Unverified, "A key of the certificate is not bound to the root.", askCard},
	"certificate_weak_key":        {schema.Unverified, "Nothing can be encrypted to a key of the certificate.", askCard},
	"certificate_incomplete":      {schema.Invalid, "The certificate lacks a signing or an encryption subkey.", askCard},

	// A card.
	"card_too_large":     {schema.TooLarge, "The card is larger than 256 KiB.", askCard},
	"card_form":          {schema.Invalid, "The line is not as the card format has it.", writeCard},
	"card_characters":    {schema.Invalid, "The line has characters that a card must not have.", writeCard},
	"card_unsigned":      {schema.Unverified, "The card is not signed.", askCard},
	"card_wrong_root":    {schema.Unverified, "The card is not signed by its own root.", askCard},
	"card_signature":     {schema.Unverified, "The signature of the card does not fit its text.", askCard},
	"card_not_yet_valid": {schema.Invalid, "The card is dated more than 2 minutes ahead.", "Compare both clocks, then read the card again."},
	"card_expired":       {schema.Invalid, "The card has expired.", askCard},

	// The keyring.
	"wrong_fingerprint": {schema.Unverified, "The card's root is not the one with this fingerprint.", compareRoot},
	"unknown_peer":      {schema.NotFound, "There is no peer by that code.", "Add the peer with its card and fingerprint first."},
	"peer_suspended":    {schema.NotAllowed, "The peer is suspended.", "Resume the peer if the reason has gone."},
	"peer_pinned":       {schema.Conflict, "The peer is pinned under another root.", "If its root really changed, take it with comity peer restart CODE --card FILE. " + compareRoot},
	"other_root":        {schema.Unverified, "The card is under another root than the pinned one.", compareRoot},
	"root_in_use":       {schema.Conflict, "Another peer is pinned under the same root.", askCard},
	"tls_key_in_use":    {schema.Conflict, "Another peer has the same TLS key.", askCard},
	"serial_older":      {schema.Conflict, "A card with a higher serial is known.", askCard},
	"serial_reused":     {schema.Conflict, "Another card with the same serial is known.", askCard},

	// The node's own keys.
	"bad_fingerprint":    {schema.Invalid, "This is not a fingerprint.", "Give all 64 hexadecimal digits; spaces and case do not matter."},
	"bad_lifetime":       {schema.Invalid, "The life of a subkey must be 1 second to 136 years.", "Choose a life within that range."},
	"root_form":          {schema.Invalid, "This is not a root file.", "Give the root file that comity init wrote, unchanged."},
	"root_mismatch":      {schema.Conflict, "These keys belong to another root.", "Use the root that the vault was made with."},
	"vault_form":         {schema.Invalid, "This is not a vault file, or it is damaged.", readVault},
	"vault_unlock_kind":  {schema.Invalid, "The vault file asks for the other kind of unlocking.", "Read the second line of the vault file and give a key file or passphrase as it says."},
	"vault_wrong_unlock": {schema.Unverified, "The vault does not open with this key file or passphrase, or the file was altered.", "Give the right one; if it is right, restore the vault file from its backup."},
	"vault_weak_unlock":  {schema.Invalid, "The passphrase is shorter than 12 octets.", "Choose a longer passphrase, or make a key file."},
	"vault_key_file":     {schema.Invalid, "The key file is damaged.", "Restore the key file from its backup."},
	"content_damaged":    {schema.Unverified, "The stored content was altered, damaged or erased.", "Restore the store from its backup."},
}
