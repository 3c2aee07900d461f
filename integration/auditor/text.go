package auditor

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// text is a signed text of the border, read line by line. PROTOCOL 3.
type text struct {
	from, to    string // jurisdiction and root, as they stand
	epoch, seq  int64
	link        string // prev of a manifest, pouch of a receipt
	date        string
	journal     [32]byte
	messages    []line
	attachments []string // digests
}

// line is a message of a manifest, or a verdict of a receipt.
type line struct {
	digest string // 64 digits
	id     string // of a manifest
	code   string // of a receipt: "" accepted
}

// readText takes the headers in their one order, then the lines.
func readText(raw []byte, title, link string) (*text, error) {
	if len(raw) == 0 || raw[len(raw)-1] != '\n' {
		return nil, fmt.Errorf("does not end with a line")
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	names := []string{"from", "to", "epoch", "seq", link, "date", "journal"}
	if len(lines) < 1+len(names) || lines[0] != "# comity "+title+" 1" {
		return nil, fmt.Errorf("is no %s", title)
	}
	value := map[string]string{}
	for i, name := range names {
		v, found := strings.CutPrefix(lines[1+i], "# "+name+": ")
		if !found {
			return nil, fmt.Errorf("line %d is not %s", 2+i, name)
		}
		value[name] = v
	}
	t := &text{from: value["from"], to: value["to"], link: value[link], date: value["date"]}
	var err error
	if t.epoch, err = strconv.ParseInt(value["epoch"], 10, 64); err != nil {
		return nil, err
	}
	if t.seq, err = strconv.ParseInt(value["seq"], 10, 64); err != nil {
		return nil, err
	}
	sum, err := hex.DecodeString(value["journal"])
	if err != nil || len(sum) != 32 {
		return nil, fmt.Errorf("journal is no digest")
	}
	t.journal = [32]byte(sum)
	for _, l := range lines[1+len(names):] {
		if err := t.add(title, l); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// add reads one line behind the headers.
func (t *text) add(title, l string) error {
	words := strings.Fields(l)
	switch {
	case title == "pouch" && len(words) == 2 && words[1] == "att/"+words[0]:
		t.attachments = append(t.attachments, words[0])
	case title == "pouch" && len(words) == 2 && len(t.attachments) == 0 && strings.HasSuffix(words[1], ".json"):
		t.messages = append(t.messages, line{digest: words[0], id: strings.TrimSuffix(words[1], ".json")})
	case title == "receipt" && len(words) == 2 && words[0] == "accepted":
		t.messages = append(t.messages, line{digest: words[1]})
	case title == "receipt" && len(words) == 3 && words[0] == "refused":
		t.messages = append(t.messages, line{digest: words[1], code: words[2]})
	default:
		return fmt.Errorf("holds the line %q", l)
	}
	return nil
}
