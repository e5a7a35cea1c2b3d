package bare

type T struct{}

func F() {}

func (T) M() {}

func (T) String() string { return "" }

const C = 1

// D has a comment.
const D = 2
