package web

import (
	"context"
	"net/url"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// User is a person who is known by name.
type User struct {
	Name      string         `json:"name"`
	Display   string         `json:"display,omitempty"`
	Authority schema.Address `json:"authority,omitempty"` // whose messages the user sees; all if absent
	Roles     []node.Role    `json:"roles"`
	Disabled  bool           `json:"disabled"`
	Created   time.Time      `json:"created,omitzero"`
	Tokens    []UserToken    `json:"tokens"` // newest first, without their secrets
	Passkeys  int            `json:"passkeys"`
}

// UserToken is what is known of a token.
type UserToken struct {
	Made time.Time `json:"made"`
	Ends time.Time `json:"ends"`
	Used time.Time `json:"used,omitzero"`
}

// NewToken is a token with its secret, which is given once.
type NewToken struct {
	Name  string    `json:"name"`
	Token string    `json:"token"`
	Ends  time.Time `json:"ends"`
}

// NewLink is an enrolment link, which is given once.
type NewLink struct {
	Name string    `json:"name"`
	URL  string    `json:"url"`
	Ends time.Time `json:"ends"`
}

type userRequest struct {
	Name      string         `json:"name"`
	Display   string         `json:"display,omitempty"`
	Authority schema.Address `json:"authority,omitempty"`
	Roles     []string       `json:"roles"`
}

type rolesRequest struct {
	Roles []string `json:"roles"`
}

type tokenRequest struct {
	Days int `json:"days,omitempty"` // 0: 90
}

// As makes the client speak for a user, by a personal token. Call it before anything else.
func (c *Client) As(token string) *Client {
	c.token = token
	return c
}

// Users lists all users, by name.
func (c *Client) Users(ctx context.Context) (*Page[User], error) {
	return get[Page[User]](ctx, c, "/admin/users", nil)
}

// AddUser makes a user. A dry run says what would be, and makes none.
func (c *Client) AddUser(ctx context.Context, u User, dryRun bool) (*User, error) {
	return post[User](ctx, c, "/admin/users", dry(dryRun), userRequest{u.Name, u.Display, u.Authority, roleWords(u.Roles)})
}

func roleWords(roles []node.Role) []string {
	list := []string{}
	for _, r := range roles {
		list = append(list, string(r))
	}
	return list
}

// SetRoles gives a user these roles in place of those before.
func (c *Client) SetRoles(ctx context.Context, name string, roles []node.Role, dryRun bool) (*User, error) {
	return post[User](ctx, c, userPath(name, "roles"), dry(dryRun), rolesRequest{roleWords(roles)})
}

// DisableUser ends a user's sessions and tokens at once.
func (c *Client) DisableUser(ctx context.Context, name string, dryRun bool) (*User, error) {
	return post[User](ctx, c, userPath(name, "disable"), dry(dryRun), nil)
}

// EnableUser lets a disabled user back.
func (c *Client) EnableUser(ctx context.Context, name string, dryRun bool) (*User, error) {
	return post[User](ctx, c, userPath(name, "enable"), dry(dryRun), nil)
}

// MakeToken makes a personal token; days 0 is 90.
func (c *Client) MakeToken(ctx context.Context, name string, days int) (*NewToken, error) {
	return post[NewToken](ctx, c, userPath(name, "token"), nil, tokenRequest{days})
}

// MakeLink makes the link by which a user enrols a passkey.
func (c *Client) MakeLink(ctx context.Context, name string) (*NewLink, error) {
	return post[NewLink](ctx, c, userPath(name, "link"), nil, nil)
}

// RevokeTokens ends a user's tokens and sessions, and if asked their passkeys; the user stays.
func (c *Client) RevokeTokens(ctx context.Context, name string, passkeys bool) (*User, error) {
	q := url.Values{}
	if passkeys {
		q.Set("passkeys", "true")
	}
	return post[User](ctx, c, userPath(name, "revoke"), q, nil)
}

func userPath(name, act string) string { return "/admin/users/" + url.PathEscape(name) + "/" + act }
