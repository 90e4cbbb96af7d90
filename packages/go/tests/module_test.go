package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// module makes a module of a user, with the requirements of this one, and these files.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	directory := t.TempDir()
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requirements, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	files["go.mod"] = strings.NewReplacer("module citronella.dev/go/mqttbroker/tests", "module user.test/lamp", "=> ../", "=> "+here).Replace(string(requirements))
	files["go.sum"] = string(sums)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func goTest(directory string, arguments ...string) (string, error) {
	command := exec.Command("go", append([]string{"test", "-mod=mod", "-count=1"}, arguments...)...)
	command.Dir = directory
	said, err := command.CombinedOutput()
	return string(said), err
}

// Each block of Go in the README is a file if it begins with `package`, and else the declarations of one.
func TestTheReadmeHolds(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 5 {
		t.Fatalf("%d blocks", len(blocks))
	}
	files, rest := map[string]string{}, prelude
	for _, block := range blocks {
		if strings.HasPrefix(block[1], "package ") {
			files["first_test.go"] = block[1]
		} else {
			rest += "\n" + block[1]
		}
	}
	files["rest_test.go"] = rest
	said, err := goTest(module(t, files), "-race", "-v", ".")
	ran := strings.Count(said, "--- PASS: ")
	if err != nil || ran < len(blocks) {
		t.Errorf("%d of %d passed: %v\n%s", ran, len(blocks), err, said)
	}
}

const prelude = `package lamp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"citronella.dev/go/mqttbroker"
	mqtt "github.com/eclipse/paho.mqtt.golang"
)

var _, _, _, _ = errors.As, fmt.Sprint, os.Exit, time.Hour
var _ context.Context
var _ *testing.T

// connect stands for what the reader has in its place.
func connect(t *testing.T, url, clientID string) mqtt.Client {
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(url).SetClientID(clientID).SetAutoReconnect(false))
	if token := client.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { client.Disconnect(250) })
	return client
}
`

func TestATestThatFailsNamesItsLine(t *testing.T) {
	t.Parallel()
	const failing = `package lamp_test

import (
	"testing"
	"time"

	"citronella.dev/go/mqttbroker"
)

func TestLamp(t *testing.T) {
	broker := mqttbroker.RunT(t)
	broker.AddDevice(map[string]any{"name": "lamp", "telemetry": map[string]any{"every_secs": 1, "topic": "lamp/state", "payload": "off"}})
	broker.Expect(mqttbroker.Publish("lamp/state").Payload("on").Within(time.Millisecond))
	t.Log("not reached")
}
`
	said, err := goTest(module(t, map[string]string{"lamp_test.go": failing}), ".")
	if err == nil {
		t.Error("it passed")
	}
	for _, words := range []string{"lamp_test.go:13: ", "lamp/state", "CONNECT 5.0"} {
		if !strings.Contains(said, words) {
			t.Errorf("no %q in: %s", words, said)
		}
	}
	if strings.Contains(said, "not reached") || strings.Contains(said, "Test I/O incomplete") {
		t.Errorf("%s", said)
	}
}
