// Package enum gives the values of enumerations their names.
package enum

import "fmt"

// Name is the name in the place of a value. One that has none, or an empty one,
// is invalid(N): it is printed where somebody has made a mistake.
func Name[E ~uint8](value E, names ...string) string {
	if int(value) < len(names) && names[value] != "" {
		return names[value]
	}
	return fmt.Sprintf("invalid(%d)", uint8(value))
}
