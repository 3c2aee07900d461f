package web

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Bundle is a proof bundle: a zip file that shows, with stock tools alone, that a
// message crossed. Its files, in this order:
//
//	<message id>.json     the message, exact bytes; att/<SHA-256> for each attached file
//	manifest              the sender's signed list, in the form of sha256sum
//	manifest.sig          detached OpenPGP signature over manifest
//	receipt               the recipient's signed verdicts
//	receipt.sig           detached OpenPGP signature over receipt
//	sender.card           with the sender's certificate
//	recipient.card        with the recipient's certificate
//	README.txt            how to check it
//
// Once the content is erased, the first line is instead:
//
//	erased                when and why, in the words of the node that made the bundle
type Bundle struct {
	ID          schema.ID
	Message     []byte            // nil once it is erased
	Erased      []byte            // says when and why; nil while the message is here
	Attachments map[string][]byte // by SHA-256
	Manifest    []byte
	ManifestSig []byte
	Receipt     []byte
	ReceiptSig  []byte
	Sender      []byte // card file
	Recipient   []byte // card file
}

// Limits of a bundle that is read.
const (
	maxBundle      = 4 << 20 // octets, packed
	maxBundleFiles = 64
	maxBundleBytes = 4 << 20 // octets of all files unpacked
)

//go:embed bundle.txt
var bundleReadme []byte

//go:embed bundle_erased.txt
var erasedReadme []byte

func newBundle(p *node.Proof) *Bundle {
	b := &Bundle{ID: p.Record.ID, Message: p.Message, Attachments: make(map[string][]byte), Manifest: p.Manifest, ManifestSig: p.Signature,
		Receipt: p.Receipt, ReceiptSig: p.ReceiptSig, Sender: p.Sender, Recipient: p.Recipient}
	if m := p.Record; !m.Erased.IsZero() {
		b.Erased = fmt.Appendf(nil, erasedForm, m.ID, m.SHA256, m.Erased.UTC().Format(time.RFC3339), m.Reason)
	}
	for _, f := range p.Files {
		b.Attachments[hex.EncodeToString(f.SHA256[:])] = f.Data
	}
	return b
}

// erasedForm of the file erased: id, SHA-256 of the message, when, why.
const erasedForm = "# comity erased 1\n# message: %s\n# sha256: %x\n# date: %s\n# reason: %s\n"

// bundleFile is one of the files with a fixed name.
type bundleFile struct {
	name string
	data *[]byte
}

func (b *Bundle) fixed() []bundleFile {
	return []bundleFile{{"manifest", &b.Manifest}, {"manifest.sig", &b.ManifestSig}, {"receipt", &b.Receipt}, {"receipt.sig", &b.ReceiptSig},
		{"sender.card", &b.Sender}, {"recipient.card", &b.Recipient}}
}

// Zip packs the bundle; the same bundle gives the same bytes.
func (b *Bundle) Zip() ([]byte, error) {
	readme, files := bundleReadme, []bundleFile{{string(b.ID) + ".json", &b.Message}}
	if b.Erased != nil {
		readme, files = slices.Concat(erasedReadme, bundleReadme), []bundleFile{{"erased", &b.Erased}}
	}
	readme = bytes.ReplaceAll(readme, []byte("{id}"), []byte(b.ID))
	for _, sum := range sortedKeys(b.Attachments) {
		data := b.Attachments[sum]
		files = append(files, bundleFile{"att/" + sum, &data})
	}
	files = append(append(files, b.fixed()...), bundleFile{"README.txt", &readme})
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: bundleTime})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(*f.data); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// bundleTime stamps all files: their true times stand in the manifest and the receipt.
var bundleTime = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func sortedKeys(m map[string][]byte) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var attachmentForm = regexp.MustCompile(`^att/[0-9a-f]{64}$`)

// ReadBundle unpacks a bundle strictly: known names only, each once, none missing,
// within the limits. It checks no digest and no signature. The error is the
// *schema.Problem bad_bundle or bundle_too_large.
func ReadBundle(packed []byte) (*Bundle, error) {
	if len(packed) > maxBundle {
		return nil, bundleTooLarge()
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, badBundle("This is not a zip file.")
	}
	if len(z.File) > maxBundleFiles {
		return nil, bundleTooLarge()
	}
	b := &Bundle{Attachments: make(map[string][]byte)}
	left := int64(maxBundleBytes)
	for _, f := range z.File {
		data, err := unpack(f, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(data))
		if !b.put(f.Name, data) {
			return nil, badBundle("It holds a file that does not belong there, or one twice.")
		}
	}
	return b, b.complete()
}

func unpack(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, badBundle("One of its files cannot be unpacked.")
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(data)) > limit {
		return nil, bundleTooLarge()
	}
	if err != nil {
		return nil, badBundle("One of its files is damaged.")
	}
	return data, nil
}

// put files data under its name, once.
func (b *Bundle) put(name string, data []byte) bool {
	if name == "README.txt" {
		return true
	}
	for _, f := range b.fixed() {
		if f.name == name {
			first := *f.data == nil
			*f.data = data
			return first
		}
	}
	if name == "erased" {
		return b.putErased(data)
	}
	if attachmentForm.MatchString(name) {
		sum := strings.TrimPrefix(name, "att/")
		_, twice := b.Attachments[sum]
		b.Attachments[sum] = data
		return !twice
	}
	id, json := strings.CutSuffix(name, ".json")
	if _, err := schema.ParseID(id); !json || err != nil || b.ID != "" {
		return false
	}
	b.ID, b.Message = schema.ID(id), data
	return true
}

var erasedLines = regexp.MustCompile(`^# comity erased 1\n# message: (\S+)\n# sha256: [0-9a-f]{64}\n# date: \S+\n# reason: [a-z-]+\n$`)

// putErased takes the id from what stands in for the message.
func (b *Bundle) putErased(data []byte) bool {
	parts := erasedLines.FindSubmatch(data)
	if parts == nil || b.ID != "" {
		return false
	}
	id, err := schema.ParseID(string(parts[1]))
	b.ID, b.Erased = id, data
	return err == nil
}

func (b *Bundle) complete() error {
	if b.ID == "" {
		return badBundle("It holds no message.")
	}
	if b.Erased != nil && len(b.Attachments) > 0 {
		return badBundle("It holds files of a message that it says is erased.")
	}
	for _, f := range b.fixed() {
		if len(*f.data) == 0 {
			return badBundle("It holds no " + f.name + ".")
		}
	}
	return nil
}

func badBundle(detail string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: "bad_bundle", Detail: "This is not a proof bundle. " + detail, Fix: "Export it again: comity message export ID."}
}

func bundleTooLarge() error {
	return &schema.Problem{Kind: schema.TooLarge, Code: "bundle_too_large", Detail: "The proof bundle is larger than one can be.", Fix: "Export it again: comity message export ID."}
}
