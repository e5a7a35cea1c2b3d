// Package docscheck checks the documentation of the repository, in its tests:
// that links lead somewhere, that diagrams can be drawn, that what is exported is
// described. Each check returns what it has found.
package docscheck
