// Package mqttbroker runs an MQTT broker for a test and tells what came: Citronella's broker, which speaks MQTT 3.1, 3.1.1 and 5.0.
//
//	func TestReportsTemperature(t *testing.T) {
//		broker := mqttbroker.RunT(t)
//		startSensor(broker.URL()) // the program under test
//		broker.Expect(mqttbroker.Publish("sensors/+/temp").QoS(1).JSON(map[string]any{"celsius": 21}))
//	}
//
// No test sleeps: [Broker.Expect], [Broker.Settle] and the waits return as soon as it is so, or fail with a report that says what came
// nearest. Time is the broker's own: [Broker.FastForward] moves it.
//
// # Two layers
//
// [RunT] gives a [TestBroker]: its methods fail the test. [Start] gives a [Broker], which is the same without a test: its methods take a
// context and return errors. The Broker of a TestBroker is its field of that name.
//
// # One process
//
// The first broker of a process starts the broker program. All others are brokers in that same program, each with a port of its own and
// nothing in common. The program ends with the process, however that ends. Which program it is, says [WithBinary], else the environment
// variable CITRONELLA_BIN, else `broker` on PATH. With MQTT_URL in the environment a broker that runs already is taken in place of it.
//
// # Over TLS and WebSocket
//
// Each broker takes MQTT, MQTT over TLS and over WebSocket on the same port: see [Broker.TLSURL], [Broker.TLSConfig] and
// [Broker.WSURL].
package mqttbroker
