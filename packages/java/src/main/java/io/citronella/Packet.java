package io.citronella;

import java.util.Map;

/** An entry of the broker's journal: a packet, or an event such as {@code disconnected}. */
public final class Packet extends PayloadAnswer {
    Packet(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return its number in the journal} */
    public long seq() {
        return number("seq");
    }

    /** {@return whether it is a packet, and no event} */
    public boolean isPacket() {
        return get("packet") != null;
    }

    /** {@return the type of the packet, such as {@code PUBLISH}, or the name of the event, such as {@code disconnected}} */
    public String type() {
        return text(isPacket() ? "packet" : "event");
    }

    /** {@return whether a client sent it; else the broker did} */
    public boolean fromClient() {
        return "in".equals(get("direction"));
    }

    /** {@return the client} */
    public String clientId() {
        return text("client_id");
    }

    /** {@return the topic name of a PUBLISH; else null} */
    public String topic() {
        return text("topic_name");
    }
}
