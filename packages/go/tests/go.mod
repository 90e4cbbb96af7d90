module citronella.dev/go/mqttbroker/tests

go 1.24.0

require (
	citronella.dev/go/mqttbroker v0.0.0
	github.com/at-wat/mqtt-go v0.19.4
	github.com/eclipse/paho.golang v0.23.0
	github.com/eclipse/paho.mqtt.golang v1.5.1
	go.uber.org/goleak v1.3.0
)

require (
	github.com/gorilla/websocket v1.5.3 // indirect
	golang.org/x/net v0.44.0 // indirect
	golang.org/x/sync v0.17.0 // indirect
)

replace citronella.dev/go/mqttbroker => ../
