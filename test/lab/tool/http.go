package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// serve answers every request with the pod's name and the client's address as the server sees it.
func serve(args []string) error {
	address := ":8080"
	if len(args) > 0 {
		address = args[0]
	}
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s\n", name, r.RemoteAddr) })
	return http.ListenAndServe(address, nil)
}

// get prints the body of a URL. (Debian's static busybox wget crashes when it is given a timeout.)
func get(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: get URL")
	}
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get(args[0])
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %s", response.Status)
	}
	return nil
}
