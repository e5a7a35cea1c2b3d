// Package flowkit replays recorded behaviour of Elixir Flow against package
// flow.
//
// A scenario describes a flow in steps, and the events that it gave. It is
// built of flow's public functions, and runs in a synctest bubble, so that the
// clock of a scenario is not that of the machine.
//
// Where we differ from Flow on purpose, a model computes what the scenario gives
// under our rules. The model is a second implementation of the README of the
// recordings, without processes and with the rules as switches; under Flow's
// rules it must give what was recorded.
package flowkit
