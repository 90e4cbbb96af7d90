package mqttbroker

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A program is a process that runs brokers: one for all tests of this process.
type program struct {
	api    *api
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr tail
	ended  chan struct{} // closed at its end
}

// programs are those that were started, by their paths.
var programs = struct {
	sync.Mutex
	running map[string]*program
}{running: map[string]*program{}}

// programAt gives the program that was started from this path, or starts it.
func programAt(ctx context.Context, path string) (*program, error) {
	programs.Lock()
	defer programs.Unlock()
	if running := programs.running[path]; running != nil && running.died() == nil {
		return running, nil
	}
	started, err := startProgram(ctx, path)
	if err != nil {
		return nil, err
	}
	programs.running[path] = started
	return started, nil
}

// Shutdown ends the broker programs of this process, and all brokers in them, and waits for that. Nobody has to call it: they end
// with the process. It is for TestMain of tests that look for leaked goroutines. A later start begins anew.
func Shutdown() {
	programs.Lock()
	defer programs.Unlock()
	for path, running := range programs.running {
		running.stop(stopLimit)
		delete(programs.running, path)
	}
}

const (
	startLimit = 30 * time.Second
	stopLimit  = 5 * time.Second
)

func startProgram(ctx context.Context, path string) (*program, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	p := &program{ended: make(chan struct{})}
	p.cmd = exec.Command(path, "-p", "0", "--bind", "127.0.0.1", "--json", "--quiet",
		"--parent-pid", fmt.Sprint(os.Getpid()),
		"--no-config",
		"--set", "http.max_brokers=10000")
	p.cmd.Env = environment()
	// Not a file of this process: `go test` waits until nobody holds those.
	p.cmd.Stderr = &p.stderr
	// Where the program is a script, others may hold its stderr.
	p.cmd.WaitDelay = time.Second
	var err error
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line := make(chan []byte, 1)
	go func() {
		first, _ := bufio.NewReader(p.stdout).ReadBytes('\n')
		if len(first) > 0 {
			line <- first
		}
		// The broker goes on without a reader.
		_ = p.stdout.Close()
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	select {
	case first := <-line:
		err = p.listening(first)
	case <-p.ended:
		err = p.died()
	case <-ctx.Done():
		err = fmt.Errorf("the program %s does not say that it listens: %w", path, ctx.Err())
	}
	if err != nil {
		p.stop(0)
		return nil, err
	}
	return p, nil
}

// listening reads the first line of the program.
func (p *program) listening(line []byte) error {
	var said struct{ API string }
	if err := json.Unmarshal(line, &said); err != nil || said.API == "" {
		return fmt.Errorf("the first line of %s is not that of Citronella's broker: %.200q", p.cmd.Path, line)
	}
	p.api = newAPI(said.API, "", p)
	return nil
}

// died says that the program has ended, and how; nil where it runs.
func (p *program) died() error {
	select {
	case <-p.ended:
		// What it said to stderr is there by now, too.
		said := strings.TrimSpace(p.stderr.String())
		if said != "" {
			said = "; it said:\n" + said
		}
		return fmt.Errorf("the broker program %s has ended (%s)%s", p.cmd.Path, p.cmd.ProcessState, said)
	default:
		return nil
	}
}

// stop ends it, and waits for that. After the limit it is killed.
func (p *program) stop(limit time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(limit):
		_ = p.cmd.Process.Kill()
		_ = p.stdout.Close()
		<-p.ended
	}
	if p.api != nil {
		p.api.end(errShutdown)
		p.api.client.CloseIdleConnections()
	}
}

// environment is that of this process without the settings of a broker, which would be those of the program.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "CITRONELLA_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// tail passes on what the program says, and keeps the end of it.
type tail struct {
	sync.Mutex
	kept []byte
}

const tailBytes = 16 * 1024

func (t *tail) Write(text []byte) (int, error) {
	t.Lock()
	defer t.Unlock()
	t.kept = append(t.kept, text...)
	if over := len(t.kept) - tailBytes; over > 0 {
		t.kept = append([]byte(nil), t.kept[over:]...)
	}
	return os.Stderr.Write(text)
}

func (t *tail) String() string {
	t.Lock()
	defer t.Unlock()
	return string(t.kept)
}

// namedBy says who names the program that find finds.
func namedBy(option string) string {
	switch {
	case option != "":
		return "WithBinary"
	case os.Getenv("CITRONELLA_BIN") != "":
		return "CITRONELLA_BIN"
	default:
		return "PATH"
	}
}

// find says which program is to run: the one that an option names, CITRONELLA_BIN, or a broker on PATH that is Citronella's.
func find(option string) (string, error) {
	if named := cmp.Or(option, os.Getenv("CITRONELLA_BIN")); named != "" {
		path, err := exec.LookPath(named)
		if err != nil && !errors.Is(err, exec.ErrDot) {
			hint := ""
			if !filepath.IsAbs(named) {
				hint = " (`go test` runs in the folder of the package: name the whole path)"
			}
			return "", fmt.Errorf("mqttbroker: %s names a program that cannot be run: %w%s", namedBy(option), err, hint)
		}
		return filepath.Abs(path)
	}
	why := "there is no `broker` on PATH"
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		// Nothing is run from the folder that this happens to be in.
		path, err := exec.LookPath(filepath.Join(folder, "broker"))
		if err != nil || !filepath.IsAbs(folder) {
			continue
		}
		if isCitronella(path) {
			return path, nil
		}
		why = fmt.Sprintf("%s on PATH is another program", path)
	}
	return "", fmt.Errorf("mqttbroker: no broker program: CITRONELLA_BIN is not set, and %s.\n"+
		"Get it with `cargo install --path broker` in the sources of Citronella, or take the one in the Python wheel, the npm package "+
		"or the archive of a release.\n"+
		"Then put it on PATH, or name it: CITRONELLA_BIN=/path/to/broker, or mqttbroker.WithBinary(path)", why)
}

// known are the programs on PATH that were asked what they are.
var known sync.Map

func isCitronella(path string) bool {
	if is, asked := known.Load(path); asked {
		return is.(bool)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	said, _ := exec.CommandContext(ctx, path, "--version").Output()
	is := strings.Contains(string(said), "citronella")
	known.Store(path, is)
	return is
}
