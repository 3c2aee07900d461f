package node

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/comity-exchange/comity/schema"
)

// Role is something that a user may do. Routes name the roles they serve.
type Role string

const (
	Officer   Role = "officer"   // reads, drafts and answers messages
	Approver  Role = "approver"  // releases what waits for a second officer
	Operator  Role = "operator"  // peers, policy, users
	Keyholder Role = "keyholder" // this node's keys and card
	Auditor   Role = "auditor"   // looks at journal, users and settings, and changes nothing
)

// Roles in the order in which they are listed.
var Roles = []Role{Officer, Approver, Operator, Keyholder, Auditor}

// User is a person of this jurisdiction who is known by name.
type User struct {
	Name      string         // login: 2 to 32 of a-z, 0-9, dot and hyphen; begins with a letter
	Display   string         // as shown to others, one line; "" for the login
	Authority schema.Address // whose messages the user sees, "" for all of the node
	Roles     []Role         // at least one, in the order of Roles
	Disabled  bool           // can neither sign in nor use a token
	Created   time.Time
	Handle    []byte // 32 random octets that name the user to a passkey (WebAuthn user handle)
}

// Limits of what a user is called.
const (
	minLogin   = 2
	maxLogin   = 32
	maxDisplay = 80 // characters
)

// Has tells whether the user has a role.
func (u *User) Has(r Role) bool { return slices.Contains(u.Roles, r) }

// Actor is the user in the journal.
func (u *User) Actor() string { return userPrefix + u.Name }

const userPrefix = "user:"

// ParseLogin accepts exactly the form of User.Name.
func ParseLogin(s string) (string, error) {
	rest := strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-")
	if len(s) < minLogin || len(s) > maxLogin || rest != "" || s[0] < 'a' || s[0] > 'z' {
		return "", &schema.Problem{Kind: schema.Invalid, Code: "bad_login", Pointer: "/name", Detail: "This is not a login name.",
			Fix: "Use 2 to 32 of a-z, 0-9, dot and hyphen, beginning with a letter: a.weber."}
	}
	return s, nil
}

// ParseRoles reads role names, each at most once, and gives them in the order of Roles.
func ParseRoles(names []string) ([]Role, error) {
	var roles []Role
	for _, r := range Roles {
		if slices.Contains(names, string(r)) {
			roles = append(roles, r)
		}
	}
	if len(roles) == 0 || len(roles) != len(names) {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "bad_roles", Pointer: "/roles", Detail: "A user has one role or more, each once.",
			Fix: "Choose from " + roleList(Roles) + "."}
	}
	return roles, nil
}

// roleList is how roles are written in one line: "officer, approver".
func roleList(roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// CheckUser says what AddUser would refuse by form, and puts the roles in order.
func (n *Node) CheckUser(u *User) error {
	if _, err := ParseLogin(u.Name); err != nil {
		return err
	}
	names := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		names[i] = string(r)
	}
	roles, err := ParseRoles(names)
	if err != nil {
		return err
	}
	u.Roles = roles
	if !utf8.ValidString(u.Display) || utf8.RuneCountInString(u.Display) > maxDisplay || strings.ContainsFunc(u.Display, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_display_name", Pointer: "/display", Detail: "This cannot be shown as a name.", Fix: "Use one line of at most 80 printable characters."}
	}
	return n.checkAuthority(u.Authority)
}

// checkAuthority takes an authority of this jurisdiction, or none.
func (n *Node) checkAuthority(a schema.Address) error {
	if a == "" {
		return nil
	}
	if _, err := schema.ParseAddress(string(a)); err != nil {
		return err
	}
	if a.Jurisdiction() != n.Code() || string(a) == string(n.Code()) {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_authority", Pointer: "/authority", Detail: "This is not an authority of " + string(n.Code()) + ".",
			Fix: "Write it as in the addresses of its messages, " + string(n.Code()) + "/name, or leave it out: then the user sees all messages."}
	}
	return nil
}

func unknownUser() *schema.Problem {
	return &schema.Problem{Kind: schema.NotFound, Code: "unknown_user", Detail: "There is no user by that name here.", Fix: "List them: comity user list."}
}
