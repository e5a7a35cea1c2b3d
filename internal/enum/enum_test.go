package enum_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/internal/enum"
)

type colour uint8

// String makes sure that an invalid value is printed as a number all the same.
func (c colour) String() string { return enum.Name(c, "", "red", "green") }

func TestName(t *testing.T) {
	for value, want := range map[colour]string{0: "invalid(0)", 1: "red", 2: "green", 3: "invalid(3)", 255: "invalid(255)"} {
		assert.Equal(t, want, value.String())
	}
	assert.Equal(t, "invalid(0)", enum.Name(colour(0)), "there are no names")
}

func TestNameAllocatesNothing(t *testing.T) {
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = colour(2).String() }))
}
