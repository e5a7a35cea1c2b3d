package testworld

// UpTo are the numbers from first to last.
func UpTo(first, last int) (numbers []int) {
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}
