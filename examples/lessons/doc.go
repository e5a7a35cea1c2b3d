// Package lessons has no code of its own: the lessons are the programs below it.
// Their texts are in docs/lessons.
package lessons
