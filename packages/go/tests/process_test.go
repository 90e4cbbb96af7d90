package tests

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"citronella.dev/go/mqttbroker"
	mqtt "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"
)

// actAs is what this program does as a process that a test starts.
func actAs(act string) {
	broker, err := mqttbroker.Start(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	switch act {
	case "one that is killed":
		fmt.Println(broker.Addr())
		select {}
	case "one that leaks nothing":
		other, err := mqttbroker.Start(context.Background())
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		// Nobody closes these: Stop ends those of the one, and Shutdown those of the other.
		for _, one := range []*mqttbroker.Broker{broker, other} {
			if _, err := one.Events(context.Background(), mqttbroker.Event()); err != nil {
				fmt.Println(err)
			}
		}
		if err := broker.Settle(context.Background()); err != nil {
			fmt.Println(err)
		}
		if err := broker.Stop(context.Background()); err != nil {
			fmt.Println(err)
		}
		mqttbroker.Shutdown()
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
		}
	}
}

func acting(act string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "TEST_ACTS_AS="+act)
	return command
}

func TestNothingIsLeftOfATestThatIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it looks into /proc")
	}
	t.Parallel()
	command := acting("one that is killed")
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	addr := strings.TrimSpace(line)
	if _, _, wrong := net.SplitHostPort(addr); err != nil || wrong != nil {
		t.Fatalf("%q %v", line, err)
	}
	programs := childrenOf(command.Process.Pid)
	if len(programs) != 1 {
		t.Errorf("%v", programs)
	}
	_ = command.Process.Kill() // SIGKILL
	_ = command.Wait()
	until(t, "the port is free", func() bool {
		connection, err := net.Dial("tcp", addr)
		if err == nil {
			connection.Close()
		}
		return err != nil
	})
	for _, pid := range programs {
		until(t, "the program is gone", func() bool { return !runs(pid) })
	}
}

func TestAfterShutdownNoGoroutineIsLeft(t *testing.T) {
	t.Parallel()
	if said, err := acting("one that leaks nothing").CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("%v: %s", err, said)
	}
}

func TestTwoHundredInParallel(t *testing.T) {
	const count = 200
	// As many as there are, and not as there are processors.
	before := flag.Lookup("test.parallel").Value.String()
	_ = flag.Set("test.parallel", strconv.Itoa(count))
	defer func() { _ = flag.Set("test.parallel", before) }()
	start := time.Now()
	ports := make(chan string, count)
	programs := 1
	t.Run("all", func(t *testing.T) {
		for n := range count {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				broker := mqttbroker.RunT(t)
				client := connected(t, broker.URL(), "same", func(options *mqtt.ClientOptions) { options.SetConnectTimeout(patience) })
				done(t, client.Publish("same", 1, false, strconv.Itoa(n)))
				broker.Within(patience).Expect(mqttbroker.Publish("#").Times(1))
				if got := string(broker.Messages(mqttbroker.Publish("#"))[0].Payload); got != strconv.Itoa(n) {
					t.Errorf("got %q", got)
				}
				ports <- broker.Port()
			})
		}
	})
	if runtime.GOOS == "linux" {
		programs = len(childrenOf(os.Getpid()))
	}
	t.Logf("%d tests took %v, %v each, with %d program(s)", count, time.Since(start), time.Since(start)/count, programs)
	if len(ports) != count || programs != 1 {
		t.Errorf("%d ports, %d programs", len(ports), programs)
	}
}

// childrenOf are the processes that this one has started and that run.
func childrenOf(parent int) (children []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		if pid, of, state := stat(path); of == parent && state != "Z" {
			children = append(children, pid)
		}
	}
	slices.Sort(children)
	return children
}

func runs(pid int) bool {
	_, _, state := stat(fmt.Sprintf("/proc/%d/stat", pid))
	return state != "" && state != "Z"
}

// stat reads the number of a process, that of its parent, and its state.
func stat(path string) (pid, parent int, state string) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || len(text) == 0 {
		return 0, 0, ""
	}
	head, tail, _ := strings.Cut(string(text), " (")
	fields := strings.Fields(tail[strings.LastIndex(tail, ")")+1:])
	pid, _ = strconv.Atoi(head)
	parent, _ = strconv.Atoi(fields[1])
	return pid, parent, fields[0]
}

// until waits for something of another process, of which nothing tells.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so after %v: %s", patience, what)
		}
	}
}
