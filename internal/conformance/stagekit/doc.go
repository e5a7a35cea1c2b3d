// Package stagekit replays recorded behaviour of GenStage against package stage,
// with stage.Exact.
//
// One stage under test is surrounded by probes: scripted processes that speak the
// protocol of package stage. A scenario is a list of steps; each has a record of
// what it caused. A scenario runs in a synctest bubble, so that the end of a step
// is exact: nothing moves any more. The README of the recordings defines all
// fields and operations.
package stagekit
