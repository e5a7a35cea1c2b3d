package process_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
)

func TestSendAfter(t *testing.T) {
	testworld.Bubble(t, func(t *testing.T) {
		sys, _ := newBubbleSystem(t)
		p := newProbe(t, sys)
		began := time.Now()
		var timer *process.Timer
		p.do(func(self *process.Self) { timer = self.SendAfter(time.Minute, "now") })
		require.Equal(t, "now", <-p.got)
		require.Equal(t, time.Minute, time.Since(began))
		require.False(t, timer.Stop())
	})
}

func TestAStoppedTimerIsNeverHandled(t *testing.T) {
	testworld.Bubble(t, func(t *testing.T) {
		sys, _ := newBubbleSystem(t)
		p := newProbe(t, sys)
		p.do(func(self *process.Self) {
			timer := self.SendAfter(time.Minute, "never")
			time.Sleep(2 * time.Minute)
			synctest.Wait() // it is queued
			require.Equal(t, 1, p.QueueLen())
			require.True(t, timer.Stop())
			require.False(t, timer.Stop())
			require.True(t, self.SendAfter(time.Minute, "never").Stop())
		})
		time.Sleep(2 * time.Minute)
		p.silent(t)
	})
}

func TestATimerOfTheDead(t *testing.T) {
	testworld.Bubble(t, func(t *testing.T) {
		sys, _ := newBubbleSystem(t)
		p := newProbe(t, sys)
		p.do(func(self *process.Self) { self.SendAfter(time.Minute, "never") })
		p.Kill()
		time.Sleep(2 * time.Minute)
		require.Empty(t, p.got)
	})
}
