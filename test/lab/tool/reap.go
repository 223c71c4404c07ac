package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// reap is what a pid 1 has to do: take the exit status of orphans, and leave on SIGTERM. It holds a node's namespaces and
// is, without arguments, the pause container. The ticker covers children whose signals were merged into one.
func reap([]string) error {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT)
	ticker := time.NewTicker(5 * time.Second)
	for {
		select {
		case s := <-signals:
			if s != syscall.SIGCHLD {
				return nil
			}
		case <-ticker.C:
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != nil || pid <= 0 {
				break
			}
		}
	}
}
