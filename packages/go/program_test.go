package mqttbroker

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain leaves out the examples where there is no broker program.
func TestMain(m *testing.M) {
	flag.Parse()
	if _, err := find(""); err != nil && os.Getenv("CI") != "true" {
		_ = flag.Set("test.skip", "^Example")
	}
	code := m.Run()
	Shutdown()
	os.Exit(code)
}

// need skips a test where there is no broker program; with CI=true it fails.
func need(t *testing.T) {
	t.Helper()
	if _, err := find(""); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// script is a program that is no broker.
func script(t *testing.T, name, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("it takes a shell")
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWithoutAProgramTheErrorSaysHowToGetOne(t *testing.T) {
	t.Setenv("CITRONELLA_BIN", "")
	t.Setenv("MQTT_URL", "")
	t.Setenv("PATH", t.TempDir())
	_, err := Start(context.Background())
	for _, words := range []string{"CITRONELLA_BIN is not set", "no `broker` on PATH", "cargo install", "WithBinary"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("no %q in: %v", words, err)
		}
	}
	t.Setenv("PATH", filepath.Dir(script(t, "broker", "echo another 1.0")))
	if _, err := find(""); err == nil || !strings.Contains(err.Error(), "is another program") {
		t.Errorf("%v", err)
	}
	t.Setenv("CITRONELLA_BIN", "/nowhere/broker")
	if _, err := find(""); err == nil || !strings.Contains(err.Error(), "CITRONELLA_BIN names a program that cannot be run") {
		t.Errorf("%v", err)
	}
	if _, err := find("target/debug/broker"); err == nil || !strings.Contains(err.Error(), "name the whole path") {
		t.Errorf("%v", err)
	}
}

func TestAProgramOnPathIsTaken(t *testing.T) {
	t.Setenv("CITRONELLA_BIN", "")
	path := script(t, "broker", "echo citronella 0.1.0")
	other := script(t, "broker", "echo another 1.0")
	t.Setenv("PATH", filepath.Dir(other)+string(filepath.ListSeparator)+filepath.Dir(path))
	if found, err := find(""); err != nil || found != path {
		t.Errorf("%q, %v", found, err)
	}
}

func TestAProgramThatDoesNotStartSaysWhy(t *testing.T) {
	t.Setenv("MQTT_URL", "")
	t.Setenv("CITRONELLA_BIN", script(t, "broken", "echo no such port >&2; exit 3"))
	_, err := Start(context.Background())
	for _, words := range []string{"CITRONELLA_BIN names", "/broken has ended", "exit status 3", "no such port"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("no %q in: %v", words, err)
		}
	}
	_, err = Start(context.Background(), WithBinary(script(t, "other", "echo hello")))
	if err == nil || !strings.Contains(err.Error(), "not that of Citronella") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = Start(ctx, WithBinary(script(t, "silent", "sleep 3")))
	if err == nil || !strings.Contains(err.Error(), "does not say that it listens") {
		t.Errorf("%v", err)
	}
}

func TestAProgramThatDiedIsNamed(t *testing.T) {
	need(t)
	path, err := find("")
	if err != nil {
		t.Fatal(err)
	}
	// A program of its own: others use the usual one.
	copied := filepath.Join(t.TempDir(), "broker")
	if err := os.Symlink(path, copied); err != nil {
		t.Skip(err)
	}
	broker, err := Start(context.Background(), WithBinary(copied))
	if err != nil {
		t.Fatal(err)
	}
	dying := broker.api.program
	// While it waits, and when it is asked once more.
	time.AfterFunc(100*time.Millisecond, func() { _ = dying.cmd.Process.Kill() })
	for _, err := range []error{
		broker.Within(time.Minute).WaitConnected(context.Background(), "nobody"),
		broker.Settle(context.Background()),
	} {
		if err == nil || !strings.Contains(err.Error(), "has ended (signal: killed)") {
			t.Errorf("%v", err)
		}
	}
	again, err := Start(context.Background(), WithBinary(copied))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	again.api.program.stop(stopLimit)
}

func TestASettingOfTheEnvironmentOrTheDirectoryDoesNotLeakIn(t *testing.T) {
	need(t)
	t.Setenv("CITRONELLA_PORT", "nonsense")
	path, err := find("")
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "citronella.toml"), []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "broker")
	if err := os.Symlink(path, copied); err != nil {
		t.Skip(err)
	}
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(directory); err != nil {
		t.Fatal(err)
	}
	started, err := startProgram(context.Background(), copied)
	_ = os.Chdir(back)
	if err != nil {
		t.Fatal(err)
	}
	started.stop(stopLimit)
}

func TestWhatIsGeneratedIsUpToDate(t *testing.T) {
	if said, err := exec.Command("go", "run", "./internal/wrap", "-check").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

// A method that takes a context is there without one, too.
func TestATestNeedsNoContext(t *testing.T) {
	withContext := reflect.TypeOf((*context.Context)(nil)).Elem()
	of := reflect.TypeOf(&TestBroker{})
	for n := range of.NumMethod() {
		method := of.Method(n)
		if method.Type.NumIn() > 1 && method.Type.In(1) == withContext {
			t.Errorf("%s takes a context", method.Name)
		}
	}
}
