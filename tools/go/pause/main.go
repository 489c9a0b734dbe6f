// Pause is the process that holds a pod's namespaces open: it sleeps until it is told to stop, and as process 1 of a
// pod with a shared process namespace it takes the exit status of orphans.
// What it must do: https://github.com/kubernetes/kubernetes/tree/master/build/pause
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if pid <= 0 || err != nil {
			return
		}
	}
}
