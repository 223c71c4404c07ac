package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// report is what probe prints. Times are the starts of the failed attempts.
type report struct {
	Target       string         `json:"target"`
	Total        int            `json:"total"`
	Failed       int            `json:"failed"`
	FirstFailure *time.Time     `json:"firstFailure,omitempty"`
	LastFailure  *time.Time     `json:"lastFailure,omitempty"`
	FailSpanMs   int64          `json:"failSpanMs"`
	Kinds        map[string]int `json:"kinds"`
}

// probe opens a new TCP connection at once and at every tick, whatever became of the earlier ones, until its stdin is closed:
// a test that dies closes it too, so no probe outlives its test. However soon that is, one attempt has been made.
// Connections are reset, not closed, to leave no TIME_WAIT behind.
func probe(args []string) error {
	flags := flag.NewFlagSet("probe", flag.ExitOnError)
	target := flags.String("target", "", "host:port")
	interval := flags.Duration("interval", 10*time.Millisecond, "between the starts of two connections")
	timeout := flags.Duration("timeout", 3*time.Second, "of one connection")
	flags.Parse(args)

	end := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(end)
	}()
	result := report{Target: *target, Kinds: map[string]int{}}
	var lock sync.Mutex
	var pending sync.WaitGroup
	attempt := func(start time.Time) {
		pending.Go(func() {
			kind := connect(*target, *timeout)
			lock.Lock()
			defer lock.Unlock()
			result.add(start, kind)
		})
	}
	attempt(time.Now())
	ticker := time.NewTicker(*interval)
	for running := true; running; {
		select {
		case <-end:
			running = false
		case start := <-ticker.C:
			attempt(start)
		}
	}
	pending.Wait()
	return json.NewEncoder(os.Stdout).Encode(result)
}

func (r *report) add(start time.Time, kind string) {
	r.Total++
	if kind == "" {
		return
	}
	r.Failed++
	r.Kinds[kind]++
	start = start.UTC().Truncate(time.Millisecond)
	// attempts end out of order: a refused one is done long before an earlier one times out
	if r.FirstFailure == nil || start.Before(*r.FirstFailure) {
		r.FirstFailure = &start
	}
	if r.LastFailure == nil || start.After(*r.LastFailure) {
		r.LastFailure = &start
	}
	r.FailSpanMs = r.LastFailure.Sub(*r.FirstFailure).Milliseconds()
}

// connect returns the kind of failure, or nothing.
func connect(target string, timeout time.Duration) string {
	connection, err := net.DialTimeout("tcp4", target, timeout)
	if err == nil {
		connection.(*net.TCPConn).SetLinger(0)
		connection.Close()
		return ""
	}
	var network net.Error
	switch {
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.Is(err, syscall.ECONNRESET):
		return "reset"
	}
	return err.Error()
}
