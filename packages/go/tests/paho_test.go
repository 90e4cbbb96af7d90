// Package tests tries the package with clients that are in use, each with its default sockets.
package tests

import (
	"crypto/tls"
	"os"
	"testing"
	"time"

	"citronella.dev/go/mqttbroker"
	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// patience is how long a client waits for anything.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if act := os.Getenv("TEST_ACTS_AS"); act != "" {
		actAs(act)
		return
	}
	code := m.Run()
	mqttbroker.Shutdown()
	os.Exit(code)
}

// connected is a client of paho.mqtt.golang.
func connected(t *testing.T, url, clientID string, more ...func(*mqtt.ClientOptions)) mqtt.Client {
	t.Helper()
	options := mqtt.NewClientOptions().AddBroker(url).SetClientID(clientID).SetAutoReconnect(false)
	for _, set := range more {
		set(options)
	}
	client := mqtt.NewClient(options)
	done(t, client.Connect())
	t.Cleanup(func() { client.Disconnect(250) })
	return client
}

func done(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) {
		t.Fatal("no answer came")
	}
	if err := token.Error(); err != nil {
		t.Fatal(err)
	}
}

// subscribed gives what the client gets.
func subscribed(t *testing.T, client mqtt.Client, filter string, qos byte) <-chan mqtt.Message {
	t.Helper()
	came := make(chan mqtt.Message, 1000)
	done(t, client.Subscribe(filter, qos, func(_ mqtt.Client, message mqtt.Message) { came <- message }))
	return came
}

func next(t *testing.T, came <-chan mqtt.Message) string {
	t.Helper()
	select {
	case message := <-came:
		return string(message.Payload())
	case <-time.After(patience):
		t.Fatal("no message came")
		return ""
	}
}

func TestPahoForMQTT311OnEveryWay(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	secure := func(options *mqtt.ClientOptions) { options.SetTLSConfig(broker.TLSConfig()) }
	for way, url := range map[string]string{"tcp": broker.URL(), "tls": broker.TLSURL(), "ws": broker.WSURL(), "wss": broker.WSSURL()} {
		t.Run(way, func(t *testing.T) {
			client := connected(t, url, "client-"+way, secure)
			came := subscribed(t, client, "test/"+way, 2)
			for qos := range byte(3) {
				done(t, client.Publish("test/"+way, qos, false, "bar"))
				if got := next(t, came); got != "bar" {
					t.Errorf("got %q", got)
				}
			}
			if got := broker.Session("client-" + way).Way; got != way {
				t.Errorf("it came over %s", got)
			}
			broker.Expect(mqttbroker.Publish("test/" + way).From("client-" + way).Times(3))
		})
	}
}

func TestAClientWithoutTheCAIsNotFooled(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	options := mqtt.NewClientOptions().AddBroker(broker.TLSURL()).SetClientID("wary").SetTLSConfig(&tls.Config{})
	token := mqtt.NewClient(options).Connect()
	if !token.WaitTimeout(patience) || token.Error() == nil {
		t.Errorf("it trusts everybody: %v", token.Error())
	}
	broker.Expect(mqttbroker.Event("handshake_failed"))
}

func TestPahoComesBackAfterARestart(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t).Within(patience)
	client := connected(t, broker.URL(), "lamp", func(options *mqtt.ClientOptions) {
		options.SetAutoReconnect(true).SetMaxReconnectInterval(50 * time.Millisecond).SetCleanSession(false)
	})
	came := subscribed(t, client, "lamp/set", 1)
	broker.Restart()
	broker.Publish(mqttbroker.Message{Topic: "lamp/set", Payload: "on", QoS: 1})
	if got := next(t, came); got != "on" {
		t.Errorf("got %q", got)
	}
	broker.Crash()
	broker.Expect(mqttbroker.Event("connected").Of("lamp").Times(3))
}

func TestKeepAliveEndsAnHourLaterAtOnce(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	lost := make(chan error, 1)
	connected(t, broker.URL(), "lamp", func(options *mqtt.ClientOptions) {
		options.SetKeepAlive(10 * time.Minute)
		options.SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	})
	broker.FreezeClock()
	broker.FastForward(time.Hour)
	broker.WaitDisconnected("lamp")
	<-lost
	lamp := broker.Client("lamp")
	if lamp.Connected || lamp.LastDisconnect.Cause != "keep_alive_timeout" || lamp.LastDisconnect.Advice == "" {
		t.Errorf("%+v", lamp)
	}
}
