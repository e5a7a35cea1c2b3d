// Package supervisorkit replays recorded behaviour of OTP's supervisors against
// package supervisor.
//
// A scenario is a tree of supervisors with scripted children, and a list of
// steps; each has a record of what it caused. A journal gets to know of every
// start and every end before the supervisor does, so the order of events is
// exact. A scenario runs in a synctest bubble: a step is over when all has come
// to rest, and waiting costs no time. The README of the recordings defines all
// fields and operations.
package supervisorkit
