package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
)

// forward listens on the machine's loopback and dials inside another network namespace. A socket belongs for ever to the
// namespace it was made in, so neither a route nor a veth joins the two.
func forward(args []string) error {
	flags := flag.NewFlagSet("forward", flag.ExitOnError)
	to := flags.String("to", "", "host:port inside the namespace")
	netns := flags.String("netns", "", "the namespace, as /proc/PID/ns/net")
	addressFile := flags.String("address-file", "", "receives the address listened on")
	flags.Parse(args)

	namespace, err := os.Open(*netns)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	// written aside and renamed, so that a reader never sees half an address
	if err := os.WriteFile(*addressFile+".new", []byte(listener.Addr().String()), 0o600); err != nil {
		return err
	}
	if err := os.Rename(*addressFile+".new", *addressFile); err != nil {
		return err
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer client.Close()
			server, err := dialIn(namespace, *to)
			if err != nil {
				return // the client sees the closed connection: the same as an API server that is down
			}
			defer server.Close()
			go copyAndClose(server, client)
			copyAndClose(client, server)
		}()
	}
}

// dialIn enters the namespace with a thread of its own. The thread is never unlocked, so it ends with the goroutine and
// no other goroutine runs in the wrong namespace.
func dialIn(namespace *os.File, to string) (net.Conn, error) {
	type dialed struct {
		connection net.Conn
		err        error
	}
	result := make(chan dialed)
	go func() {
		runtime.LockOSThread()
		const setns = 308 // amd64; package syscall has no name for it
		if _, _, errno := syscall.RawSyscall(setns, namespace.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			result <- dialed{nil, fmt.Errorf("setns: %w", errno)}
			return
		}
		connection, err := net.Dial("tcp4", to)
		result <- dialed{connection, err}
	}()
	d := <-result
	return d.connection, d.err
}

// copyAndClose passes the end of one direction on, and leaves the other open.
func copyAndClose(to, from net.Conn) {
	io.Copy(to, from)
	to.(*net.TCPConn).CloseWrite()
}
