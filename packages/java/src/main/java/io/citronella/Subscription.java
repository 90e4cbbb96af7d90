package io.citronella;

import java.util.Map;

/** A subscription, with its client. What has no method of its own is among the {@link #fields()}. */
public final class Subscription extends Answer {
    Subscription(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return the client} */
    public String clientId() {
        return text("client_id");
    }

    /** {@return the topic filter as the client wrote it, {@code $share/…} included} */
    public String topicFilter() {
        return text("topic_filter");
    }

    /** {@return the QoS that was granted} */
    public int qos() {
        return (int) number("qos");
    }
}
