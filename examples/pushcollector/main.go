// Pushcollector takes bursts of push notifications, more than a million a minute,
// and sends them to a gateway that works on 100 at a time. What is too much is
// dropped and counted, and the memory stays as it is.
//
//	go run ./examples/pushcollector [-bursts bursts] [-size pushes] [-every duration] [-lasts duration] [-buffer pushes] [-pushers pushers]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/process"
)

func main() { program.Main("pushcollector", run) }

// entrance is how many pushes may wait in the mailbox of the collector.
const entrance = 10_000

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pushcollector", flag.ContinueOnError)
	t := traffic{senders: 8}
	flags.IntVar(&t.bursts, "bursts", 3, "how many `bursts`")
	flags.IntVar(&t.size, "size", 200_000, "`pushes` in a burst")
	flags.DurationVar(&t.lasts, "lasts", 500*time.Millisecond, "how long a burst takes")
	flags.DurationVar(&t.every, "every", 2200*time.Millisecond, "from one burst to the next")
	buffer := flags.Int("buffer", 150_000, "`pushes` that the collector keeps")
	pushers := flags.Int("pushers", 4, "how many `pushers` share what may be in flight")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if *pushers < 1 || *pushers > slots {
		return fmt.Errorf("pushers is %d, allowed is 1 to %d", *pushers, slots)
	}
	g, err := startGateway(time.Millisecond)
	if err != nil {
		return err
	}
	defer g.close()
	r := newReport(out)
	defer r.close()
	if err := collect(ctx, t, g, *buffer, *pushers, r); err != nil {
		return err
	}
	return r.print(g)
}

// collect sends bursts through a collector to a gateway. The end of ctx ends the
// bursts; what has been collected is sent.
func collect(ctx context.Context, t traffic, g *gateway, buffer, pushers int, r *report) error {
	system, shutdown := program.NewSystem()
	defer shutdown()
	life := context.WithoutCancel(ctx)
	c, err := startCollector(life, system, &r.counts, entrance, buffer)
	if err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: pushers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	all, err := startPushers(life, c, g.url, client, pushers, slots)
	if err != nil {
		return err
	}
	t.run(ctx, c.push, r.burst)
	c.close()
	for _, p := range all {
		<-p.Done() // it ends with the collector, behind its last push
		if err := p.Err(); !process.Orderly(err) {
			return err
		}
	}
	return r.counts.now().check()
}
