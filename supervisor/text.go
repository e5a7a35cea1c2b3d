package supervisor

import "fmt"

// text is the name of a value, also of one that is out of range.
func text(value int, names ...string) string {
	if value >= 0 && value < len(names) && names[value] != "" {
		return names[value]
	}
	return fmt.Sprintf("invalid(%d)", value)
}
