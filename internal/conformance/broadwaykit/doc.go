// Package broadwaykit replays recordings of Broadway against package broadway:
// whole pipelines with scripted callbacks, and what was observed of them.
//
// A scenario runs in a bubble of testing/synctest, so that times cost nothing and
// "quiet for so long" is exact. Where we differ from Broadway on purpose, a rule
// in deviations.go says what we do instead; for messages that Broadway loses or
// acknowledges twice a model of it does (model.go).
package broadwaykit
