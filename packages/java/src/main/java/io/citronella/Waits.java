package io.citronella;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Waits: each returns once it is so, or throws {@link NotMetError} when time is up, which says how things stand. */
public final class Waits {
    private final Api api;
    private final Duration patience;
    private final Long after;

    Waits(Api api, Duration patience) {
        this(api, patience, null);
    }

    private Waits(Api api, Duration patience, Long after) {
        this.api = api;
        this.patience = patience;
        this.after = after;
    }

    /**
     * {@return the same waits, where only messages behind a place in the journal count}
     *
     * @param mark from {@link MqttBroker#mark()}, or {@link Message#seq()} of a message; where nothing is said, the last mark
     */
    public Waits after(long mark) {
        return new Waits(api, patience, mark);
    }

    /**
     * Waits for a message of a client, and looks at those that came already.
     *
     * @param pattern which message
     * @return the message
     */
    public Message message(MqttPattern pattern) {
        return new Message(Json.object(wait("messages/wait", messages(pattern)).get("message")));
    }

    /**
     * Waits until so many messages of clients came. More may come; {@link MqttBroker#expect} rules that out.
     *
     * @param pattern which messages
     * @param count how many at least
     * @return the messages
     */
    public List<Message> messages(MqttPattern pattern, int count) {
        Map<String, Object> what = messages(pattern);
        what.put("count", count);
        Map<String, Object> came = wait("messages/wait-for-count", what);
        return Json.list(came.get("messages")).stream().map(Json::object).map(Message::new).toList();
    }

    /**
     * Waits until a client is connected.
     *
     * @param clientId its client identifier
     */
    public void connected(String clientId) {
        client(clientId, Map.of("for", "connected"));
    }

    /**
     * Waits until a client is not connected.
     *
     * @param clientId its client identifier
     */
    public void disconnected(String clientId) {
        client(clientId, Map.of("for", "disconnected"));
    }

    /**
     * Waits until a client is subscribed.
     *
     * @param clientId its client identifier
     * @param topicFilter the topic filter as the client writes it
     */
    public void subscribed(String clientId, String topicFilter) {
        client(clientId, Map.of("for", "subscribed", "topic_filter", topicFilter));
    }

    /**
     * Waits until a client has acknowledged everything that it was sent.
     *
     * @param clientId its client identifier
     */
    public void acked(String clientId) {
        client(clientId, Map.of("for", "acked"));
    }

    /**
     * Waits until a client has no session any more.
     *
     * @param clientId its client identifier
     */
    public void sessionEnded(String clientId) {
        client(clientId, Map.of("for", "session_ended"));
    }

    /**
     * Waits until a topic has a retained message.
     *
     * @param topic topic name
     */
    public void retained(String topic) {
        wait("retained/wait", Map.of("topic", topic));
    }

    /** Waits until nothing is on its way any more: what should have arrived has arrived. */
    public void settled() {
        wait("settle", Map.of());
    }

    private Map<String, Object> messages(MqttPattern pattern) {
        Map<String, Object> what = new LinkedHashMap<>(Map.of("pattern", pattern));
        if (after != null) {
            what.put("after", after);
        }
        return what;
    }

    private void client(String clientId, Map<String, Object> what) {
        wait("clients/" + Api.encoded(clientId) + "/wait", what);
    }

    private Map<String, Object> wait(String path, Map<String, Object> what) {
        Map<String, Object> body = new LinkedHashMap<>(what);
        body.put("timeout_secs", MqttBroker.secs(patience));
        return api.post(path, body, patience);
    }
}
