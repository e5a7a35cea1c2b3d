package supervisor

import "github.com/stagecraft-go/stagecraft/internal/enum"

// StrategyKind says which children are restarted together.
type StrategyKind uint8

// The strategies.
const (
	// OneForOne restarts the child that ended. The default.
	OneForOne StrategyKind = iota + 1
	// RestForOne restarts it and all children after it in the order of start.
	RestForOne
	// OneForAll restarts all children.
	OneForAll
)

func (k StrategyKind) String() string {
	return enum.Name(k, "", "one_for_one", "rest_for_one", "one_for_all")
}

// group is a copy of the slots that are stopped and started with sl.
func (s *static) group(sl *slot) []*slot {
	switch s.config.strategy {
	case RestForOne:
		return append([]*slot(nil), s.slots[s.index(sl):]...)
	case OneForAll:
		return append([]*slot(nil), s.slots...)
	default:
		return []*slot{sl}
	}
}
