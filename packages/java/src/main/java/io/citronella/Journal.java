package io.citronella;

/** Everything that the broker saw, in forms to look at. */
public final class Journal {
    private final MqttBroker broker;

    Journal(MqttBroker broker) {
        this.broker = broker;
    }

    /** {@return the latest packets and events as a drawing in text: the clients side by side, time going down} */
    public String ladder() {
        return broker.api().text("GET", "export?format=ladder");
    }

    /** {@return the latest packets and events as a sequence diagram for Mermaid} */
    public String mermaid() {
        return broker.api().text("GET", "export?format=mermaid");
    }

    /** {@return all of it as JSON, an entry a line} */
    public String jsonl() {
        return broker.api().text("GET", "export?format=jsonl");
    }

    /** {@return a capture for Wireshark, with the packets as they were, passwords included} */
    public byte[] pcapng() {
        return broker.api().bytes("GET", "export?format=pcapng");
    }

    /** {@return what became of messages with a {@code traceparent}, as the JSON that OpenTelemetry's tools read} */
    public String otlp() {
        return broker.api().text("GET", "export?format=otlp");
    }

    /** Forgets all packets and events so far. */
    public void clear() {
        broker.api().delete("packets");
    }
}
