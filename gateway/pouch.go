package gateway

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// Names of the files that are not messages or attachments.
const (
	manifestName = "manifest"
	receiptName  = "receipt"
	refusalName  = "refusal"
	signatureExt = ".sig"
)

// fault is why something from the other side, or of our own, cannot be used. Its
// code may be shown and journalled; the error inside stays here.
type fault struct {
	code string
	err  error
}

func (f *fault) Error() string { return f.code + ": " + f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func faulty(code string, err error) *fault { return &fault{code, err} }

// faultOf takes over the code of a Problem, and gives one to an error without.
func faultOf(err error, code string) *fault {
	var p *schema.Problem
	if errors.As(err, &p) && p.Kind != schema.Internal {
		code = p.Code
	}
	return &fault{code, err}
}

// contents gives the files of the pouch s in the order of its manifest m.
func contents(m *Manifest, s *Sent) ([]file, error) {
	data := make(map[string][]byte, len(m.Entries))
	for i := range s.Members {
		q := &s.Members[i]
		data[string(q.ID)+".json"] = q.Raw
		for _, f := range q.Files {
			e := Entry{SHA256: f.SHA256}
			data[e.Name()] = f.Data
		}
	}
	files := make([]file, 0, len(m.Entries)+2)
	files = append(files, file{manifestName, s.Text}, file{manifestName + signatureExt, s.Signature})
	for i := range m.Entries {
		name := m.Entries[i].Name()
		content, found := data[name]
		if !found {
			return nil, faulty(damaged, fmt.Errorf("file %d of pouch %d: %w", i, s.Seq, errAbsent))
		}
		files = append(files, file{name, content})
	}
	return files, nil
}

// checkDigests holds files against the entries of a manifest.
func checkDigests(entries []Entry, files []file) error {
	good := make([]bool, len(files))
	each(len(files), func(i int) { good[i] = sha256.Sum256(files[i].data) == entries[i].SHA256 })
	for i := range good {
		if !good[i] {
			return faulty(damaged, fmt.Errorf("file %d: digest does not match the manifest", i))
		}
	}
	return nil
}

// pouch is one that was opened and whose signature holds. Its files are still to be read.
type pouch struct {
	*Manifest
	text, signature []byte
	hash            [32]byte // of text: the identity of the pouch
	archive         archiveReader
}

// openPouch reads an archive up to and including the signed manifest. author is the
// certificate of exactly the peer the pouch is said to come from.
func openPouch(archive []byte, author *pki.Certificate, now time.Time) (*pouch, error) {
	if len(archive) > MaxPouch {
		return nil, faulty(TooLarge, errTooLarge)
	}
	p := &pouch{archive: archiveReader{rest: archive}}
	var err error
	if p.text, p.signature, err = p.archive.signed(manifestName); err != nil {
		return nil, faulty("bad_archive", err)
	}
	p.hash = sha256.Sum256(p.text)
	if _, err := author.Verify(p.text, p.signature, now); err != nil {
		return nil, faultOf(err, "bad_signature")
	}
	if p.Manifest, err = ParseManifest(p.text); err != nil {
		return nil, faulty("bad_manifest", err)
	}
	return p, nil
}

// files reads the rest of the archive: exactly what the manifest lists, in order,
// each with its digest.
func (p *pouch) files() ([]file, error) {
	files := make([]file, len(p.Entries))
	for i := range p.Entries {
		name := p.Entries[i].Name()
		data, err := p.archive.next(name, MaxPouch)
		if err != nil {
			return nil, faulty("bad_archive", err)
		}
		files[i] = file{name, data}
	}
	if err := p.archive.end(); err != nil {
		return nil, faulty("bad_archive", err)
	}
	return files, checkDigests(p.Entries, files)
}

// signed reads a text and its signature.
func (a *archiveReader) signed(name string) (text, signature []byte, err error) {
	if text, err = a.next(name, MaxManifest); err != nil {
		return nil, nil, err
	}
	signature, err = a.next(name+signatureExt, MaxSignature)
	return text, signature, err
}

// signedArchive is the archive of one signed text: an answer, or evidence of misconduct.
func signedArchive(name string, text, signature []byte) []byte {
	files := []file{{name, text}, {name + signatureExt, signature}}
	return writeArchive(make([]byte, 0, archiveSize(files)), files)
}

// openAnswer reads the archive of a receipt or a refusal and verifies its
// signature. name says which of the two it is.
func openAnswer(archive []byte, author *pki.Certificate, now time.Time) (name string, text, signature []byte, err error) {
	if len(archive) > MaxPouch {
		return "", nil, nil, faulty(TooLarge, errTooLarge)
	}
	for _, name = range []string{receiptName, refusalName} {
		a := archiveReader{rest: archive}
		if text, signature, err = a.signed(name); err != nil {
			continue
		}
		if err = a.end(); err != nil {
			continue
		}
		if _, err := author.Verify(text, signature, now); err != nil {
			return "", nil, nil, faultOf(err, "bad_signature")
		}
		return name, text, signature, nil
	}
	return "", nil, nil, faulty("bad_archive", err)
}
