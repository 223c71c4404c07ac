// Labtool is the lab's own small program: the first process of a node, the pause and the echo server in its containers,
// the probe that counts failed connections, and the forward that lets the machine reach the API server.
package main

import (
	"fmt"
	"os"
)

func main() {
	command, args := "init", []string{}
	if len(os.Args) > 1 {
		command, args = os.Args[1], os.Args[2:]
	}
	commands := map[string]func([]string) error{
		"init": reap, "serve": serve, "probe": probe, "get": get, "forward": forward,
	}
	run, known := commands[command]
	if !known {
		run = func([]string) error { return fmt.Errorf("unknown command") }
	}
	if err := run(args); err != nil {
		fmt.Fprintf(os.Stderr, "labtool %s: %v\n", command, err)
		os.Exit(1)
	}
}
