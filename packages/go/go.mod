module citronella.dev/go/mqttbroker

go 1.23
