// Package ctxerr makes one error of the end of a context, whoever waits for it.
package ctxerr

import (
	"context"
	"errors"
	"fmt"
)

// Of is the error of a context that has ended: errors.Is finds both what
// ctx.Err returns and its cause.
func Of(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
