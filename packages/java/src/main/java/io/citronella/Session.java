package io.citronella;

import java.util.Map;

/** A session, whether its client is connected or not. What has no method of its own is among the {@link #fields()}. */
public final class Session extends Answer {
    Session(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return its client} */
    public String clientId() {
        return text("client_id");
    }

    /** {@return whether the client is connected} */
    public boolean isConnected() {
        return flag("connected");
    }

    /** {@return how many messages wait to be sent} */
    public long queued() {
        return get("queued") instanceof Number ? number("queued") : number("queued_count");
    }

    /** {@return how many messages of QoS 1 and 2 are on their way to the client} */
    public long inflight() {
        return get("inflight") instanceof Number ? number("inflight") : number("inflight_count");
    }
}
