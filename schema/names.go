package schema

import (
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// Jurisdiction is the code of a state or international body that runs a node:
// ISO 3166-1 alpha-2, or 3 to 16 of A-Z0-9 starting with a letter for bodies.
type Jurisdiction string

// Address names an authority inside a jurisdiction, "DE/bfj", or the
// jurisdiction as a whole, "DE".
type Address string

// ID is a UUIDv7 in its canonical lower-case form (RFC 9562).
type ID string

var (
	jurisdictionForm = regexp.MustCompile(`^([A-Z]{2}|[A-Z][A-Z0-9]{2,15})$`)
	authorityForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
)

// ParseJurisdiction accepts exactly the forms above.
func ParseJurisdiction(s string) (Jurisdiction, error) {
	if !jurisdictionForm.MatchString(s) {
		return "", &Problem{Kind: Invalid, Code: "bad_jurisdiction", Detail: "This is not a jurisdiction code.",
			Fix: "Use an ISO 3166-1 alpha-2 code such as DE, or 3 to 16 of A-Z and 0-9 for an international body."}
	}
	return Jurisdiction(s), nil
}

// ParseAddress accepts "DE" and "DE/bfj".
func ParseAddress(s string) (Address, error) {
	code, authority, has := strings.Cut(s, "/")
	if _, err := ParseJurisdiction(code); err != nil || (has && !authorityForm.MatchString(authority)) {
		return "", &Problem{Kind: Invalid, Code: "bad_address", Detail: "This is not an address.",
			Fix: "Write JURISDICTION/authority, for example DE/bfj."}
	}
	return Address(s), nil
}

// Jurisdiction is the part before the slash.
func (a Address) Jurisdiction() Jurisdiction {
	code, _, _ := strings.Cut(string(a), "/")
	return Jurisdiction(code)
}

// NewID makes a time-ordered identifier.
func NewID() ID { return ID(uuid.Must(uuid.NewV7()).String()) }

// ParseID accepts only a canonical UUIDv7.
func ParseID(s string) (ID, error) {
	u, err := uuid.Parse(s)
	if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 || u.String() != s {
		return "", &Problem{Kind: Invalid, Code: "bad_id", Detail: "This is not a message id.",
			Fix: "Use a UUIDv7 in lower case, or leave the id out and the node makes one."}
	}
	return ID(s), nil
}

// Marking is the protective marking of a message. Comity carries nothing above Restricted.
type Marking int

const (
	Unclassified Marking = iota
	Restricted
)

// ParseMarking reads "unclassified" or "restricted".
func ParseMarking(s string) (Marking, error) {
	switch s {
	case "unclassified":
		return Unclassified, nil
	case "restricted":
		return Restricted, nil
	}
	return 0, &Problem{Kind: Invalid, Code: "bad_marking", Detail: "This marking is not carried.",
		Fix: "Use unclassified or restricted; anything higher must travel by another channel."}
}

func (m Marking) String() string {
	if m == Restricted {
		return "restricted"
	}
	return "unclassified"
}
