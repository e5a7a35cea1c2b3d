package ctxerr_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

func TestOfFindsTheErrorAndTheCause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, context.Canceled, ctxerr.Of(ctx))

	cause := errors.New("enough")
	because, end := context.WithCancelCause(t.Context())
	end(cause)
	err := ctxerr.Of(because)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, cause)
	assert.EqualError(t, err, "context canceled: enough")
}
