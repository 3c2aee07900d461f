package broker

import (
	"fmt"
	"regexp"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
)

// codeForm is that of a jurisdiction: a code becomes a token of subjects, so
// nothing that means something there (". * > space") may be in it.
var codeForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,15}$`)

// member is a jurisdiction that has, or had, a place on the host.
type member struct {
	code    string
	account *server.Account
	sends   map[string]bool // codes of those its account imports a service of

	admitted bool
	pin      [32]byte
	until    time.Time           // its card's expiry
	barred   time.Time           // it was cut, and stays out until then
	conns    map[uint64]struct{} // server's numbers of its connections, some perhaps gone
}

// Admit lets a jurisdiction in by its TLS key until its card expires, gives it an
// account and pairs it: with the owner on a node's host, with everybody on a hub.
// Admitting again with another pin replaces the key and cuts what the old one opened.
func (h *Host) Admit(code string, pin [32]byte, until time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owner != nil && code == h.owner.code {
		return fmt.Errorf("admit %s: it owns this host", code)
	}
	if !until.After(time.Now()) {
		return fmt.Errorf("admit %s: its card has expired", code)
	}
	if other := h.keys[pin]; other != nil && other.code != code {
		return fmt.Errorf("admit %s: %s has the same key", code, other.code)
	}
	m, err := h.join(code)
	if err != nil {
		return err
	}
	if m.admitted && m.pin != pin {
		delete(h.keys, m.pin)
		h.cut(m)
	}
	if !m.admitted {
		if err := h.pairAll(m); err != nil {
			return fmt.Errorf("admit %s: %w", code, err)
		}
	}
	m.admitted, m.pin, m.until = true, pin, until
	h.keys[pin] = m
	return nil
}

// Expel removes a jurisdiction: its key dies in the handshake from now on, its
// connections are cut at once, and its account is parted from all others.
func (h *Host) Expel(code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.members[code]
	if m == nil || !m.admitted {
		return
	}
	delete(h.keys, m.pin)
	m.admitted = false
	h.cut(m)
	h.part(m)
}

// Cut closes a jurisdiction's connections; it may dial again after a while.
func (h *Host) Cut(code string, while time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m := h.members[code]; m != nil {
		m.barred = time.Now().Add(while)
		h.cut(m)
	}
}

// Connected says how many connections a jurisdiction has now.
func (h *Host) Connected(code string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.members[code]
	if m == nil {
		return 0
	}
	h.forgetClosed(m)
	return len(m.conns)
}

// join finds the member, or makes it with an account that nobody is paired with.
func (h *Host) join(code string) (*member, error) {
	if m := h.members[code]; m != nil {
		return m, nil
	}
	if !codeForm.MatchString(code) {
		return nil, fmt.Errorf("%q is not a jurisdiction code", code)
	}
	account, err := h.srv.RegisterAccount("J-" + code)
	if err != nil {
		return nil, fmt.Errorf("account of %s: %w", code, err)
	}
	m := &member{code: code, account: account, sends: map[string]bool{}, conns: map[uint64]struct{}{}}
	h.members[code] = m
	return m, nil
}

// partners are those that m may exchange with.
func (h *Host) partners(m *member) []*member {
	if h.owner != nil {
		return []*member{h.owner}
	}
	var all []*member
	for _, other := range h.members {
		if other != m && other.admitted {
			all = append(all, other)
		}
	}
	return all
}

// pairAll pairs m with its partners, both ways.
func (h *Host) pairAll(m *member) error {
	partners := h.partners(m)
	h.restore(m, partners)
	for _, other := range partners {
		if err := pair(m, other); err != nil {
			return err
		}
		if err := pair(other, m); err != nil {
			return err
		}
	}
	return nil
}

// pair makes what from publishes on to.<to>.<kind> arrive at to on in.<from>.<kind>.
// One wildcard stands for all kinds, which makes a hub three times cheaper; the
// permissions of a connection say which kinds there are.
func pair(from, to *member) error {
	in, out := "in."+from.code+".*", "to."+to.code+".*"
	if err := to.account.AddServiceExport(in, []*server.Account{from.account}); err != nil {
		return fmt.Errorf("export %s: %w", in, err)
	}
	if from.sends[to.code] {
		return nil
	}
	if err := from.account.AddServiceImport(to.account, out, in); err != nil {
		return fmt.Errorf("import %s: %w", out, err)
	}
	from.sends[to.code] = true
	return nil
}

// part drops every import and export of m's account. The server has no way to drop
// one import, and replacing a partner's whole account would disturb its traffic
// with others; so the partners' imports of m stay, void for lack of an export.
func (h *Host) part(m *member) {
	clear(m.sends)
	h.srv.UpdateAccountClaims(m.account, jwt.NewAccountClaims(m.account.Name))
}

// restore makes imports of m that are left from before it was parted valid again:
// the server looks at them anew when an account's exports are replaced as a whole.
// pair then says again whom each export is for.
func (h *Host) restore(m *member, partners []*member) {
	claims := jwt.NewAccountClaims(m.account.Name)
	for _, other := range partners {
		if other.sends[m.code] {
			claims.Exports.Add(&jwt.Export{Subject: jwt.Subject("in." + other.code + ".*"), Type: jwt.Service})
		}
	}
	if len(claims.Exports) > 0 {
		h.srv.UpdateAccountClaims(m.account, claims)
	}
}

// cut closes m's connections.
func (h *Host) cut(m *member) {
	for id := range m.conns {
		h.srv.DisconnectClientByID(id) // an error means that it is gone already
	}
	clear(m.conns)
}

// forgetClosed drops the numbers of connections that ended by themselves.
func (h *Host) forgetClosed(m *member) {
	for id := range m.conns {
		if h.srv.GetClient(id) == nil {
			delete(m.conns, id)
		}
	}
}
