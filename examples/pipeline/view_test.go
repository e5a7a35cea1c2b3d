package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

func TestPaint(t *testing.T) {
	v := newView()
	batcher := telemetry.Component{Kind: telemetry.BatchProcessor, Key: sqs}
	events := func(all ...telemetry.Event) counts {
		for _, e := range all {
			v.Handle(context.Background(), e)
		}
		return v.now()
	}
	before := events(
		telemetry.MessageStart{Attempt: 1},
		telemetry.BatchStop{Component: batcher, Size: 100, Trigger: "size", Successful: 100},
	)
	now := events(
		telemetry.MessageStart{Attempt: 1}, telemetry.MessageStart{Attempt: 2}, telemetry.Retry{}, telemetry.DeadLetter{},
		telemetry.BatchStop{Component: batcher, Size: 100, Trigger: "size", Successful: 100},
		telemetry.BatchStop{Component: batcher, Size: 50, Trigger: "size", Failed: 50},
		telemetry.BatchStop{Component: batcher, Size: 7, Trigger: "flush", Successful: 7},
	)
	require.Equal(t, ""+
		"in        1/s    12 in flight   1 retries, 1 dead letters   draining\n"+
		"sqs     107/s 2 by size of 75, 1 by flush of 7, 50 failed\n"+
		"s3        0/s \n",
		paint(before, now, broadway.Report{Unfinished: 12}, true))
	require.Equal(t, 100, before.batchers[sqs].done, "a copy")
}
