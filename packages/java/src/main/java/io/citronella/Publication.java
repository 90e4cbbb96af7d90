package io.citronella;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A message for {@link MqttBroker#publish(Publication)}: each call gives a new one with one more thing.
 *
 * <pre>{@code
 * broker.publish(message("news").payload("rain").qos(1).retain().expiresAfter(Duration.ofMinutes(1)));
 * }</pre>
 */
public final class Publication {
    private final Map<String, Object> members;

    private Publication(Map<String, Object> members) {
        this.members = members;
    }

    /**
     * {@return a message without a payload}
     *
     * @param topic topic name
     */
    public static Publication message(String topic) {
        return new Publication(Map.of("topic", topic));
    }

    /**
     * {@return the same with a payload}
     *
     * @param text the payload
     */
    public Publication payload(String text) {
        return with("payload", text);
    }

    /**
     * {@return the same with a payload}
     *
     * @param bytes the payload
     */
    public Publication payload(byte[] bytes) {
        return with("payload_base64", Base64.getEncoder().encodeToString(bytes));
    }

    /**
     * {@return the same with JSON as its payload}
     *
     * @param value a map, a list, a text, a number or a truth value
     */
    public Publication json(Object value) {
        return with("json", value);
    }

    /**
     * {@return the same with a QoS}
     *
     * @param qos the highest at which subscribers get it
     */
    public Publication qos(int qos) {
        return with("qos", qos);
    }

    /** {@return the same, retained} */
    public Publication retain() {
        return with("retain", true);
    }

    /**
     * {@return the same with Message Expiry Interval}
     *
     * @param time how long it lives, on the broker's clock, to the second
     */
    public Publication expiresAfter(Duration time) {
        return property("message_expiry_interval_secs", time.toSeconds());
    }

    /**
     * {@return the same with Content Type}
     *
     * @param type such as {@code application/json}
     */
    public Publication contentType(String type) {
        return property("content_type", type);
    }

    /**
     * {@return the same with Response Topic}
     *
     * @param topic topic name
     */
    public Publication responseTopic(String topic) {
        return property("response_topic", topic);
    }

    /**
     * {@return the same with Correlation Data}
     *
     * @param data the data
     */
    public Publication correlationData(byte[] data) {
        return property("correlation_data_base64", Base64.getEncoder().encodeToString(data));
    }

    /**
     * {@return the same with one more User Property}
     *
     * @param name its name
     * @param value its value
     */
    public Publication userProperty(String name, String value) {
        List<Object> all = new ArrayList<>(Json.list(properties().get("user_properties")));
        all.add(List.of(name, value));
        return property("user_properties", all);
    }

    private Map<String, Object> properties() {
        return Json.object(members.getOrDefault("properties", Map.of()));
    }

    private Publication property(String name, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(properties());
        changed.put(name, value);
        return with("properties", changed);
    }

    private Publication with(String name, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(members);
        if (List.of("payload", "payload_base64", "json").contains(name)) {
            changed.keySet().removeAll(List.of("payload", "payload_base64", "json"));
        }
        changed.put(name, value);
        return new Publication(changed);
    }

    Map<String, Object> toMap() {
        return members;
    }

    @Override
    public String toString() {
        return Json.write(members);
    }
}
