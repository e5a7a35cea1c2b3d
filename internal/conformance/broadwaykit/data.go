package broadwaykit

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// Data is the data of a message: a number, or an object with a user.
type Data struct {
	ID, User int
	object   bool
	unmarked bool // handle_failed has marked its message as ok
}

type object struct {
	ID   int `json:"id"`
	User int `json:"user"`
}

// UnmarshalJSON takes 5 or {"id": 5, "user": 1}.
func (d *Data) UnmarshalJSON(text []byte) error {
	if text[0] != '{' {
		return json.Unmarshal(text, &d.ID)
	}
	var o object
	err := json.Unmarshal(text, &o)
	*d = Data{ID: o.ID, User: o.User, object: true}
	return err
}

// MarshalJSON is its reverse.
func (d Data) MarshalJSON() ([]byte, error) {
	if d.object {
		return json.Marshal(object{d.ID, d.User})
	}
	return json.Marshal(d.ID)
}

// user is whose message it is. A number is its own user.
func (d Data) user() int {
	if d.object {
		return d.User
	}
	return d.ID
}

// holds tells whether a condition holds.
func (c *Cond) holds(d Data) bool {
	switch {
	case c == nil || c.All:
		return true
	case c.Mod != 0:
		return d.ID%c.Mod == c.Eq
	case c.IDs != nil:
		return slices.Contains(c.IDs, d.ID)
	case c.Gt != nil:
		return d.ID > *c.Gt
	case c.User != nil:
		return d.user() == *c.User
	}
	return false
}

// place is the number of a partition.
func (p *Partition) place(d Data) int {
	switch p.By {
	case "user":
		return d.user()
	case "mod":
		return d.ID % p.K
	case "const":
		return p.C
	}
	return d.ID
}

// of is the partition function for messages, nil for none.
func (p *Partition) of() func(*broadway.Message[Data]) int {
	if p == nil {
		return nil
	}
	return func(m *broadway.Message[Data]) int { return p.place(m.Data) }
}

// batchKey is the key that a rule gives to a message.
func (r *Rule) batchKey(d Data) string {
	if r.User {
		return strconv.Itoa(d.user())
	}
	return strconv.Itoa(d.ID % r.Mod)
}

// keyOf is a batch key as recordings have it: a number, or the word default.
func keyOf(key string) any {
	if n, err := strconv.Atoi(key); err == nil {
		return n
	}
	return broadway.DefaultBatcher
}

// partitionOf is a partition as recordings have it.
func partitionOf(p int) any {
	if p < 0 {
		return nil
	}
	return p
}

// ref is the acknowledgement reference of a message.
func (c *Config) ref(d Data) string {
	if c.BoomRefs != nil && c.BoomRefs.holds(d) {
		return boom
	}
	return "r" + strconv.Itoa(d.ID%max(c.Refs, 1))
}

// boom is the reference whose acknowledgement raises.
const boom = "boom"
