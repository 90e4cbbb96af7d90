package main

import (
	"crypto/tls"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// patience is how long a client waits for anything.
const patience = 10 * time.Second

// client is one of Eclipse Paho, which keeps what it receives.
type client struct {
	t        *test
	paho     mqtt.Client
	lock     sync.Mutex
	received []string
	came     chan string
}

func connect(t *test, url, clientID string) *client {
	t.Helper()
	return connectTLS(t, url, clientID, nil)
}

func connectTLS(t *test, url, clientID string, config *tls.Config) *client {
	t.Helper()
	options := mqtt.NewClientOptions().AddBroker(url).SetClientID(clientID).SetAutoReconnect(false).SetTLSConfig(config)
	c := &client{t: t, paho: mqtt.NewClient(options), came: make(chan string, 100)}
	c.done(c.paho.Connect())
	t.Cleanup(func() { c.paho.Disconnect(250) })
	return c
}

func (c *client) subscribe(filter string, qos byte) {
	c.t.Helper()
	c.done(c.paho.Subscribe(filter, qos, func(_ mqtt.Client, message mqtt.Message) {
		c.lock.Lock()
		defer c.lock.Unlock()
		c.received = append(c.received, string(message.Payload()))
		c.came <- string(message.Payload())
	}))
}

func (c *client) publish(topic, payload string, qos byte) {
	c.t.Helper()
	c.done(c.paho.Publish(topic, qos, false, payload))
}

func (c *client) publishRetained(topic, payload string, qos byte) {
	c.t.Helper()
	c.done(c.paho.Publish(topic, qos, true, payload))
}

// next waits for the next message.
func (c *client) next() string {
	c.t.Helper()
	select {
	case payload := <-c.came:
		return payload
	case <-time.After(patience):
		c.t.Fatal("no message came")
		return ""
	}
}

func (c *client) payloads() []string {
	c.lock.Lock()
	defer c.lock.Unlock()
	return append([]string{}, c.received...)
}

func (c *client) done(token mqtt.Token) {
	c.t.Helper()
	if !token.WaitTimeout(patience) {
		c.t.Fatal("no answer came")
	}
	if err := token.Error(); err != nil {
		c.t.Fatal(err)
	}
}
