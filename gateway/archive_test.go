package gateway

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func sampleFiles() []file {
	return []file{{"manifest", []byte("list\n")}, {"manifest.sig", bytes.Repeat([]byte{7}, 512)}, {string(id1) + ".json", nil},
		{"att/" + strings.Repeat("c0", 32), bytes.Repeat([]byte("x"), 5000)}}
}

// readFiles reads an archive of known names.
func readFiles(archive []byte, names ...string) ([]file, error) {
	a := archiveReader{rest: archive}
	var files []file
	for _, name := range names {
		data, err := a.next(name, 1<<20)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, data})
	}
	return files, a.end()
}

func names(files []file) (n []string) {
	for _, f := range files {
		n = append(n, f.name)
	}
	return n
}

// The standard library writes the same ustar headers and reads what we wrote.
func TestArchiveIsUstar(t *testing.T) {
	files := sampleFiles()
	got := writeArchive(nil, files)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o444, Size: int64(len(f.data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR, Typeflag: tar.TypeReg}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, b.Bytes()) {
		t.Error("differs from archive/tar's ustar")
	}
	r := tar.NewReader(bytes.NewReader(got))
	for _, f := range files {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); err != nil || h.Name != f.name || !bytes.Equal(data, f.data) {
			t.Errorf("%s: read %s, %d octets, %v", f.name, h.Name, len(data), err)
		}
	}
}

func TestArchiveRoundTrip(t *testing.T) {
	files := sampleFiles()
	archive := writeArchive([]byte("before"), files)[len("before"):]
	if len(archive) != archiveSize(files) {
		t.Errorf("%d octets, foretold %d", len(archive), archiveSize(files))
	}
	got, err := readFiles(archive, names(files)...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if !bytes.Equal(got[i].data, files[i].data) {
			t.Errorf("%s differs", files[i].name)
		}
	}
}

// No octet of an archive can be changed, and none taken away, unless it is content.
func TestArchiveHasOneForm(t *testing.T) {
	files := sampleFiles()[:3]
	archive := writeArchive(nil, files)
	content := func(i int) bool { return i >= 512 && i < 517 || i >= 1536 && i < 2048 }
	for i := range archive {
		if content(i) {
			continue
		}
		for _, mask := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(archive)
			bad[i] ^= mask
			if _, err := readFiles(bad, names(files)...); err == nil {
				t.Fatalf("octet %d changed by %#x: accepted", i, mask)
			}
		}
	}
	for n := range archive {
		if _, err := readFiles(archive[:n], names(files)...); err == nil {
			t.Fatalf("cut to %d octets: accepted", n)
		}
	}
	if _, err := readFiles(append(bytes.Clone(archive), make([]byte, 512)...), names(files)...); err == nil {
		t.Error("a block more: accepted")
	}
}

func TestArchiveRefused(t *testing.T) {
	header := func(change func(*tar.Header)) []byte {
		var b bytes.Buffer
		h := &tar.Header{Name: "manifest", Mode: 0o444, Size: 5, ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
		change(h)
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte("list\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return append(b.Bytes(), make([]byte, bucket(b.Len())-b.Len())...)
	}
	if _, err := readFiles(header(func(h *tar.Header) { h.Format = tar.FormatUSTAR }), "manifest"); err != nil {
		t.Fatalf("the honest one: %v", err)
	}
	for name, change := range map[string]func(*tar.Header){
		"pax record":  func(h *tar.Header) { h.PAXRecords = map[string]string{"X.note": "x"} },
		"gnu format":  func(h *tar.Header) { h.Format = tar.FormatGNU },
		"other mode":  func(h *tar.Header) { h.Mode = 0o755 },
		"an owner":    func(h *tar.Header) { h.Uid = 1 },
		"owner name":  func(h *tar.Header) { h.Uname = "root" },
		"a time":      func(h *tar.Header) { h.ModTime = time.Unix(1, 0) },
		"symlink":     func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0 },
		"hard link":   func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = tar.TypeLink, "manifest.sig", 0 },
		"directory":   func(h *tar.Header) { h.Typeflag, h.Name, h.Size = tar.TypeDir, "manifest/", 0 },
		"device":      func(h *tar.Header) { h.Typeflag, h.Size = tar.TypeChar, 0 },
		"other name":  func(h *tar.Header) { h.Name = "manifesto" },
		"path climbs": func(h *tar.Header) { h.Name = "../manifest" },
		"larger size": func(h *tar.Header) { h.Size = 5; h.Name = "manifest " },
	} {
		if _, err := readFiles(header(change), "manifest"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestBucket(t *testing.T) {
	for _, c := range []struct{ n, want int }{
		{1, 4096}, {4096, 4096}, {4608, 4608}, {16384, 16384}, {16896, 16896}, {32768, 32768}, {33280, 33280}, {65536, 65536},
		{66048, 66048}, {131584, 132096}, {524288, 524288}, {524800, 528384}, {MaxPouch, MaxPouch}, {MaxPouch - 512, MaxPouch}, {MaxPouch + 512, 756 << 10},
	} {
		if got := bucket(c.n); got != c.want {
			t.Errorf("bucket(%d) = %d, want %d", c.n, got, c.want)
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(writeArchive(nil, sampleFiles()))
	f.Add(writeArchive(nil, sampleFiles()[:1]))
	f.Fuzz(func(t *testing.T, archive []byte) {
		for n := 1; n <= len(sampleFiles()); n++ {
			files, err := readFiles(archive, names(sampleFiles()[:n])...)
			if err == nil && !bytes.Equal(writeArchive(nil, files), archive) {
				t.Errorf("an archive of %d files does not re-encode to itself", n)
			}
		}
	})
}
