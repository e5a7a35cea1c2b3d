package trace

// Kept is the number of processes, and of messages on their way, that a
// recorder remembers.
func Kept(r *Recorder) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lanes) + len(r.flying)
}
