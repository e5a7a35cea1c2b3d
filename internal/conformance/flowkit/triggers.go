package flowkit

import "encoding/json"

// Triggers are the inner triggers of a window: one, or none, or a mistaken
// list.
type Triggers []Trigger

// UnmarshalJSON takes one trigger or a list.
func (t *Triggers) UnmarshalJSON(input []byte) error {
	if input[0] == '[' {
		return json.Unmarshal(input, (*[]Trigger)(t))
	}
	*t = make(Triggers, 1)
	return json.Unmarshal(input, &(*t)[0])
}

// name is what on_trigger gets to see.
func (t *Trigger) name() Value {
	switch {
	case t.Every != nil:
		return pair(text("every"), number(*t.Every))
	case t.Custom == "budget":
		return pair(text("budget"), number(t.Limit))
	case t.Custom == "moving":
		return pair(text("moving"), number(t.N))
	}
	return text(t.Name)
}
