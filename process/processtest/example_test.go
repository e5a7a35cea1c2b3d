package processtest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
)

// clock tells who has started it that a minute has passed.
type clock struct{ rang chan time.Time }

func (c *clock) Init(self *process.Self) error {
	self.SendAfter(time.Minute, "ring")
	return nil
}

func (c *clock) Handle(*process.Self, any) error {
	c.rang <- time.Now()
	return nil
}

func (c *clock) Terminate(*process.Self, error) {}

// In a bubble the minute takes no time. The clock runs on: the system ends it
// with the test.
func Example() {
	_ = func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			system := processtest.NewSystem(t)
			c := &clock{make(chan time.Time)}
			if _, err := system.Start(context.Background(), c); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if rang := <-c.rang; rang.Sub(began) != time.Minute {
				t.Errorf("it rang after %v", rang.Sub(began))
			}
		})
	}
}
