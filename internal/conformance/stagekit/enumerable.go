package stagekit

// Enumerable is the source of a streamer.
type Enumerable struct {
	From    int  `json:"from"`
	To      *int `json:"to"`
	RaiseAt *int `json:"raise_at"`
	Take    *int `json:"take"`
}

// seq is the source of a streamer.
func (e Enumerable) seq(yield func(int) bool) {
	to := e.To
	if e.Take != nil {
		last := e.From + *e.Take - 1
		to = &last
	}
	for i := e.From; to == nil || i <= *to; i++ {
		if e.RaiseAt != nil && *e.RaiseAt == i {
			panic("enumerable")
		}
		if !yield(i) {
			return
		}
	}
}
