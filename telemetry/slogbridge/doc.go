// Package slogbridge logs the events of package telemetry with log/slog.
//
//	handler, err := slogbridge.New(slog.Default(),
//		slogbridge.WithLevel[telemetry.Retry](slog.LevelInfo))
//	…
//	detach, err := telemetry.Default().Attach("log", handler)
//
// The message of a record is the event's name, its attributes are the event's. Failures
// are warnings or errors, the life of a pipeline is info, everything else is debug:
// see [DefaultLevel].
package slogbridge
