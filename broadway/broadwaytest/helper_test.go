package broadwaytest_test

import (
	"context"
	"errors"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
)

var (
	background = context.Background()
	errOdd     = errors.New("odd")
)

// inBubble runs a test on synctest's clock and looks for goroutines.
var inBubble = testworld.Bubble

// numbers refuses odd numbers, and makes texts of the even ones that go to a
// batcher.
func numbers(size int) broadway.Config[int, string] {
	return broadway.Config[int, string]{
		Handler: broadway.MessageFunc[int, string](func(_ context.Context, m *broadway.Message[int]) (string, error) {
			if m.Data%2 != 0 {
				return "", errOdd
			}
			m.Set("seen", "yes")
			return "number " + string(rune('0'+m.Data)), nil
		}),
		Batchers: []broadway.Batcher[string]{{Size: size, Handler: broadway.BatchFunc[string](returnAll[string])}},
	}
}

func returnAll[T any](_ context.Context, b *broadway.Batch[T]) ([]*broadway.Message[T], error) {
	return b.Messages, nil
}
