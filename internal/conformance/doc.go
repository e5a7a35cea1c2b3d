// Package conformance replays recorded behaviour of the originals against this
// module. What it shares is here: reading the recordings, comparing, and the
// verdict on a file. Each kind of recording has a package of its own below.
package conformance
