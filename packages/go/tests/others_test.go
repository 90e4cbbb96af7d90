package tests

import (
	"context"
	"net"
	"testing"

	"citronella.dev/go/mqttbroker"
	atwat "github.com/at-wat/mqtt-go"
	"github.com/eclipse/paho.golang/paho"
)

func TestPahoForMQTT5(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := net.Dial("tcp", broker.Addr())
	if err != nil {
		t.Fatal(err)
	}
	came, goodbye := make(chan *paho.Publish, 10), make(chan *paho.Disconnect, 1)
	client := paho.NewClient(paho.ClientConfig{
		Conn: connection,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(received paho.PublishReceived) (bool, error) {
			came <- received.Packet
			return true, nil
		}},
		OnServerDisconnect: func(said *paho.Disconnect) { goodbye <- said },
	})
	if _, err := client.Connect(ctx, &paho.Connect{ClientID: "five", KeepAlive: 30, CleanStart: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "answer", QoS: 1}}}); err != nil {
		t.Fatal(err)
	}
	broker.AddStub(mqttbroker.Stub{
		Name: "echo", When: mqttbroker.Publish("ask"), Publish: mqttbroker.Answer{Reply: true, Payload: "{{ message.payload }}!"},
	})
	_, err = client.Publish(ctx, &paho.Publish{Topic: "ask", QoS: 1, Payload: []byte("hello"), Properties: &paho.PublishProperties{
		ResponseTopic: "answer", CorrelationData: []byte("7"), User: paho.UserProperties{{Key: "unit", Value: "C"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if answer := <-came; string(answer.Payload) != "hello!" || string(answer.Properties.CorrelationData) != "7" {
		t.Errorf("%+v", answer)
	}
	broker.Expect(mqttbroker.Publish("ask").UserProperty("unit", "C").Field("properties.response_topic", "answer").Times(1))
	broker.Publish(mqttbroker.Message{
		Topic: "answer", Payload: map[string]any{"on": true}, ContentType: "application/json",
		UserProperties: [][2]string{{"a", "b"}},
	})
	if sent := <-came; string(sent.Payload) != `{"on":true}` || sent.Properties.ContentType != "application/json" {
		t.Errorf("%+v", sent)
	}
	broker.DisconnectClient("five", "Quota exceeded")
	if said := <-goodbye; said.ReasonCode != 0x97 {
		t.Errorf("%+v", said)
	}
}

func TestMQTTGo(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client, err := atwat.DialContext(ctx, broker.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Connect(ctx, "third"); err != nil {
		t.Fatal(err)
	}
	came := make(chan *atwat.Message, 1)
	client.Handle(atwat.HandlerFunc(func(message *atwat.Message) { came <- message }))
	if _, err := client.Subscribe(ctx, atwat.Subscription{Topic: "test/topic", QoS: atwat.QoS1}); err != nil {
		t.Fatal(err)
	}
	if err := client.Publish(ctx, &atwat.Message{Topic: "test/topic", QoS: atwat.QoS2, Payload: []byte("bar")}); err != nil {
		t.Fatal(err)
	}
	if message := <-came; string(message.Payload) != "bar" {
		t.Errorf("%+v", message)
	}
	broker.Expect(mqttbroker.Publish("test/topic").From("third").QoS(2).Times(1))
	if err := client.Disconnect(ctx); err != nil {
		t.Fatal(err)
	}
	broker.Expect(mqttbroker.Event("disconnected").Of("third").Field("cause", "client_disconnect"))
}
