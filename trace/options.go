package trace

// Option configures a [Recorder].
type Option func(*config)

type config struct {
	limit      int
	hideValues bool
	untimed    bool
}

const defaultLimit = 10_000

// Limit is the number of entries that are kept, 1 or more (less counts as 1): of
// more than that the oldest are dropped and counted. Default 10 000.
func Limit(entries int) Option { return func(c *config) { c.limit = max(entries, 1) } }

// HideValues keeps the events themselves out of the record: where they are
// secret, are costly to print, or may be changed by others while they are
// printed.
func HideValues() Option { return func(c *config) { c.hideValues = true } }

// Untimed leaves the times out. Entries are in the order of cause and effect,
// and as far as that leaves it open in the order of their stages. So programs
// whose stages do the same in each run have the same timeline in each run.
func Untimed() Option { return func(c *config) { c.untimed = true } }
