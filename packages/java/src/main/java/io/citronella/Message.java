package io.citronella;

import java.util.Map;

/** A message that a client published, or one that is retained. */
public final class Message extends PayloadAnswer {
    Message(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return topic name} */
    public String topic() {
        return text("topic");
    }

    /** {@return the client that published it} */
    public String clientId() {
        return text(get("client_id") == null ? "publisher" : "client_id");
    }

    /** {@return its number in the journal; 0 for a retained message} */
    public long seq() {
        return number("seq");
    }

    /** {@return the properties of MQTT 5.0, by their names in snake case} */
    public Map<String, Object> properties() {
        return get("properties") == null ? Map.of() : Json.object(get("properties"));
    }
}
