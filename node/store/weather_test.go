package store

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// boot starts a machine in a new folder with what the disk holds after the power failed.
func (d *disk) boot(t testing.TB, dir string, w weather) *disk {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	next := newDisk(t, dir)
	folder := map[string]*image{}
	for name, file := range d.synced {
		folder[name] = file
	}
	for _, e := range d.folder {
		if w.keeps() {
			e.apply(folder)
		}
	}
	for _, name := range sortedNames(folder) {
		data := folder[name].after(w)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		next.files[name] = &image{data: data}
		next.files[name].note(filepath.Join(dir, name))
		next.synced[name] = next.files[name]
	}
	return next
}

// copy is the same disk with the same cache in another folder, for another future.
func (d *disk) copy(t testing.TB, dir string) *disk {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	next := newDisk(t, dir)
	images := map[*image]*image{nil: nil}
	for name, file := range d.files {
		images[file] = file.clone()
		next.files[name] = images[file]
		if err := copyFile(filepath.Join(d.dir, name), filepath.Join(dir, name), nil); err != nil {
			t.Fatal(err)
		}
		next.files[name].note(filepath.Join(dir, name))
	}
	for name, file := range d.synced {
		if images[file] == nil {
			images[file] = file.clone()
		}
		next.synced[name] = images[file]
	}
	for _, e := range d.folder {
		if e.file != nil && images[e.file] == nil {
			images[e.file] = e.file.clone()
		}
		next.folder = append(next.folder, entry{e.name, images[e.file]})
	}
	return next
}

// weather is how a power failure treats what was not synced.
type weather struct {
	*rand.Rand
	mood   int
	sector int64 // octets that are written wholly or not at all
}

const (
	allLost = iota
	allKept
	someKept // each sector as it was after any of its writes
	torn     // likewise, and a sector that was being written may hold anything where it was written
	moods
)

func newWeather(seed, step uint64) weather {
	return weather{rand.New(rand.NewPCG(seed, step)), int((seed + step) % moods), []int64{512, 4096}[(seed+step)/moods%2]}
}

func (w weather) keeps() bool {
	return w.mood == allKept || w.mood != allLost && w.IntN(2) == 0
}

// after gives the file as the weather leaves it: its size after any of the changes, and
// each sector after any of them, on its own. But where a file that was cut short has its
// old size again it has its old sectors there too: file systems free them with the size.
func (i *image) after(w weather) []byte {
	last := len(i.changes)
	now := slices.Clone(i.data)
	sizes := []int{len(now)}
	for _, c := range i.changes {
		sizes = append(sizes, max(c.end(), sizes[len(sizes)-1]))
		if c.data == nil {
			sizes[len(sizes)-1] = c.end()
		}
	}
	sized := w.version(last)
	data := make([]byte, sizes[sized])
	sectors := make([][]int64, last+1) // by the version that they get
	for at := int64(0); at < int64(len(data)); at += w.sector {
		n := w.version(last)
		sectors[n] = append(sectors[n], at)
	}
	freed := now // what the file held wherever it was longer than it is now
	for n := 0; ; n++ {
		for _, at := range sectors[n] {
			sector := data[at:min(at+w.sector, int64(len(data)))]
			switch {
			case at < int64(len(now)):
				copy(sector, now[at:])
			case n > sized && at < int64(len(freed)):
				copy(sector, freed[at:])
			}
			if w.mood == torn && n < last && w.IntN(4) == 0 {
				i.changes[n].spoil(w, sector, at)
			}
		}
		if n == last {
			return data
		}
		now = i.changes[n].apply(now)
		freed = append(slices.Clone(now), freed[min(len(now), len(freed)):]...)
	}
}

func (c change) end() int { return int(c.at) + len(c.data) }

// version chooses one of 0 to last.
func (w weather) version(last int) int {
	switch w.mood {
	case allLost:
		return 0
	case allKept:
		return last
	}
	return w.IntN(last + 1)
}

// spoil fills what the change writes of a sector with anything. What lies beside it in
// the sector stays (SQLite: powersafe overwrite).
func (c change) spoil(w weather, sector []byte, at int64) {
	for i := range sector {
		if o := at + int64(i) - c.at; o >= 0 && o < int64(len(c.data)) {
			sector[i] = byte(w.Uint32())
		}
	}
}
