package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/stagecraft-go/stagecraft/stage"
)

// pusher is a consumer that sends what it gets to the gateway, in one request.
// Its demand is its share of what the gateway takes at a time: it asks for more
// when the gateway has answered.
type pusher struct {
	client *http.Client
	url    string
	counts *counts
	body   bytes.Buffer
}

// startPushers starts pushers that have so many pushes in flight, all together.
func startPushers(ctx context.Context, c *collector, url string, client *http.Client, count, inFlight int) ([]*stage.Consumer[push], error) {
	var pushers []*stage.Consumer[push]
	for range count {
		p, err := stage.StartConsumer(ctx, &pusher{client: client, url: url, counts: c.counts},
			stage.From(c.producer, stage.MaxDemand(inFlight/count), stage.MinDemand(0)))
		if err != nil {
			return nil, err
		}
		pushers = append(pushers, p)
	}
	return pushers, nil
}

func (p *pusher) HandleEvents(ctx *stage.Context[stage.None], pushes []push, _ stage.Subscription) error {
	accepted, err := p.send(ctx.Context(), pushes)
	if err != nil {
		accepted = 0 // as far as anybody knows
	}
	p.counts.accepted.Add(int64(accepted))
	p.counts.failed.Add(int64(len(pushes) - accepted))
	return nil
}

// send returns how many pushes the gateway has accepted.
func (p *pusher) send(ctx context.Context, pushes []push) (accepted int, err error) {
	p.body.Reset()
	for _, push := range pushes {
		p.body.Write(strconv.AppendUint(p.body.AvailableBuffer(), push.device, 10))
		p.body.WriteByte(' ')
		p.body.WriteString(push.text)
		p.body.WriteByte('\n')
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body.Bytes()))
	if err != nil {
		return 0, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return 0, err
	case response.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("the gateway says %s", response.Status)
	}
	return strconv.Atoi(string(answer))
}
