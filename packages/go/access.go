package mqttbroker

import (
	"context"
	"net/http"
)

// SetUser adds a user, or gives one another password.
func (b *Broker) SetUser(ctx context.Context, name, password string) error {
	return b.Do(ctx, http.MethodPut, at("users/%s", name), map[string]any{"password": password}, nil)
}

// RemoveUser removes a user, whose clients are disconnected.
func (b *Broker) RemoveUser(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodDelete, at("users/%s", name), nil, nil)
}

// Users are the names of all users.
func (b *Broker) Users(ctx context.Context) ([]string, error) {
	found, err := ask[struct{ Users []string }](ctx, b, http.MethodGet, "users", nil)
	return found.Users, err
}

// AllowAnonymous says whether clients may come in without a user name.
func (b *Broker) AllowAnonymous(ctx context.Context, allow bool) error {
	return b.Do(ctx, http.MethodPut, "allow-anonymous", map[string]any{"allow": allow}, nil)
}

// An ACLLine says who may do what, as docs/ACCESS.md describes [[acl]] tables:
//
//	mqttbroker.ACLLine{"user": "ann", "topic": "#", "access": "readwrite"}
type ACLLine map[string]any

// SetACL is the list of who may publish and read what; without a line everything is allowed.
func (b *Broker) SetACL(ctx context.Context, lines ...ACLLine) error {
	if lines == nil {
		lines = []ACLLine{}
	}
	return b.Do(ctx, http.MethodPut, "acl", map[string]any{"acl": lines}, nil)
}
