package io.citronella;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which packets and events are meant. Each call gives a new pattern that asks for one more thing; what nothing is said of may be
 * anything. The broker checks it, and names the nearest right name for a misspelt one.
 *
 * <pre>{@code
 * publish("sensors/+/temp").qos(1).json("{\"celsius\": 21}")
 * connect().fromClient("lamp").field("keep_alive", Is.atMost(60))
 * event("disconnected").field("cause", "keep_alive_timeout")
 * }</pre>
 */
public final class MqttPattern {
    private final Map<String, Object> members;

    private MqttPattern(Map<String, Object> members) {
        this.members = members;
    }

    /**
     * {@return a message as a client published it; {@link #toClient} makes it one that the broker passed on}
     *
     * @param topicFilter the topic fits this filter
     */
    public static MqttPattern publish(String topicFilter) {
        return packet("PUBLISH").field("direction", "in").field("topic", topicFilter);
    }

    /** {@return a CONNECT} */
    public static MqttPattern connect() {
        return packet("CONNECT");
    }

    /** {@return a SUBSCRIBE; {@link #topicFilter} says to what} */
    public static MqttPattern subscribe() {
        return packet("SUBSCRIBE");
    }

    /** {@return a DISCONNECT from a client} */
    public static MqttPattern disconnect() {
        return packet("DISCONNECT").field("direction", "in");
    }

    /**
     * {@return packets of these types, either way}
     *
     * @param types such as {@code PUBACK}; without any, all packets
     */
    public static MqttPattern packet(String... types) {
        return types.length == 0 ? kind("record", "packet") : kind("packet", types.length == 1 ? types[0] : List.of(types));
    }

    /**
     * {@return these events}
     *
     * @param names such as {@code connected}; without any, all events
     */
    public static MqttPattern event(String... names) {
        return names.length == 0 ? kind("record", "event") : kind("event", names.length == 1 ? names[0] : List.of(names));
    }

    /** {@return all packets and events} */
    public static MqttPattern anything() {
        return new MqttPattern(Map.of());
    }

    /**
     * {@return a pattern in the form that the control API has}
     *
     * @param members the names of fields, each with a value, an {@link Is}, or a comparison as a map
     */
    public static MqttPattern of(Map<String, ?> members) {
        MqttPattern pattern = anything();
        for (Map.Entry<String, ?> member : members.entrySet()) {
            pattern = pattern.field(member.getKey(), member.getValue());
        }
        return pattern;
    }

    private static MqttPattern kind(String name, Object value) {
        return anything().field(name, value);
    }

    /**
     * {@return the same, sent by this client}
     *
     * @param clientId the client identifier
     */
    public MqttPattern fromClient(String clientId) {
        return way("in").ofClient(clientId);
    }

    /**
     * {@return the same, sent by the broker to this client}
     *
     * @param clientId the client identifier
     */
    public MqttPattern toClient(String clientId) {
        return way("out").ofClient(clientId);
    }

    /** {@return the same, sent by the broker, to any client} */
    public MqttPattern outbound() {
        return way("out");
    }

    /**
     * {@return the same, of this client, either way}
     *
     * @param clientId the client identifier
     */
    public MqttPattern ofClient(String clientId) {
        return field("client_id", clientId);
    }

    private MqttPattern way(String direction) {
        Map<String, Object> changed = new LinkedHashMap<>(members);
        changed.put("direction", direction);
        return new MqttPattern(changed);
    }

    /**
     * {@return the same, and the topic fits}
     *
     * @param topicFilter a topic filter
     */
    public MqttPattern topic(String topicFilter) {
        return field("topic", topicFilter);
    }

    /**
     * {@return the same, of QoS}
     *
     * @param qos 0, 1 or 2
     */
    public MqttPattern qos(int qos) {
        return field("qos", qos);
    }

    /**
     * {@return the same, with RETAIN}
     *
     * @param retain whether it is set
     */
    public MqttPattern retain(boolean retain) {
        return field("retain", retain);
    }

    /**
     * {@return the same, with DUP}
     *
     * @param dup whether it is set
     */
    public MqttPattern dup(boolean dup) {
        return field("dup", dup);
    }

    /**
     * {@return the same, with this payload}
     *
     * @param text the payload
     */
    public MqttPattern payload(String text) {
        byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        return bytes.length > Is.SAID_BYTES ? payload(bytes) : field("payload", text);
    }

    /**
     * {@return the same, with this payload}
     *
     * @param bytes the payload
     */
    public MqttPattern payload(byte[] bytes) {
        return field("payload", Is.bytes(bytes));
    }

    /**
     * {@return the same, with a payload that fits}
     *
     * @param comparison such as {@link Is#containing}
     */
    public MqttPattern payload(Is comparison) {
        return field("payload", comparison);
    }

    /**
     * {@return the same, with a payload that is this JSON, however it is written}
     *
     * @param text the JSON
     */
    public MqttPattern json(String text) {
        return json(Json.parse(text));
    }

    /**
     * {@return the same, with a payload that is this JSON}
     *
     * @param value a map, a list, a number or a truth value
     */
    public MqttPattern json(Object value) {
        return field("payload", member("json", value));
    }

    /**
     * {@return the same, with a payload that is JSON with at least these members}
     *
     * @param text the JSON
     */
    public MqttPattern jsonSubset(String text) {
        return jsonSubset(Json.parse(text));
    }

    /**
     * {@return the same, with a payload that is JSON with at least these members}
     *
     * @param value a map or a list
     */
    public MqttPattern jsonSubset(Object value) {
        return field("payload", member("json_subset", value));
    }

    /**
     * {@return the same, with a payload that is JSON and fits at one place}
     *
     * @param pointer the place, such as {@code /list/0/name} (RFC 6901)
     * @param value the value there, or an {@link Is}
     */
    public MqttPattern jsonAt(String pointer, Object value) {
        boolean nested = value == null || value instanceof Map || value instanceof List;
        return field("payload", Map.of("json_at", member(pointer, nested ? member("json", value) : Is.jsonOf(value))));
    }

    /**
     * {@return the same, with this reason}
     *
     * @param name a name of the standard, such as {@code Quota exceeded}
     */
    public MqttPattern reason(String name) {
        return field("reason", name);
    }

    /**
     * {@return the same, with this reason code; of SUBACK and UNSUBACK one of them}
     *
     * @param code the number
     */
    public MqttPattern reasonCode(int code) {
        boolean several = List.of("SUBACK", "UNSUBACK").contains(String.valueOf(members.get("packet")));
        return field(several ? "reason_codes" : "reason_code", code);
    }

    /**
     * {@return the same of a SUBSCRIBE or UNSUBSCRIBE with this topic filter among its own, or an event about it}
     *
     * @param filter exactly this topic filter
     */
    public MqttPattern topicFilter(String filter) {
        if (members.containsKey("event")) {
            return field("filter", filter);
        }
        boolean objects = "SUBSCRIBE".equals(members.get("packet"));
        return field("topic_filters", objects ? Map.of("topic_filter", filter) : filter);
    }

    /**
     * {@return the same, with a property of MQTT 5.0}
     *
     * @param name its name in snake case, such as {@code content_type}
     * @param value the value, or an {@link Is}
     */
    public MqttPattern property(String name, Object value) {
        return field("properties." + name, value);
    }

    /**
     * {@return the same, with a User Property}
     *
     * @param name its name
     * @param value its value
     */
    public MqttPattern userProperty(String name, String value) {
        return property("user_property", Map.of("name", name, "value", value));
    }

    /**
     * {@return the same, and a field is as described}
     *
     * @param path its name, or a path to a part of it: {@code will.topic}
     * @param value a value, an {@link Is}, or null for a field that is absent
     */
    public MqttPattern field(String path, Object value) {
        return new MqttPattern(with(members, path, value == null ? Map.of("present", false) : Is.jsonOf(value)));
    }

    private static Map<String, Object> with(Map<String, Object> members, String path, Object json) {
        Map<String, Object> changed = new LinkedHashMap<>(members);
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        Object before = changed.get(name);
        if (dot >= 0) {
            boolean more = before instanceof Map;
            changed.put(name, with(more ? Json.object(before) : Map.of(), path.substring(dot + 1), json));
        } else {
            // What was said of it before has to fit, too.
            changed.put(name, before == null ? json : Map.of("all", List.of(before, json)));
        }
        return changed;
    }

    private static Map<String, Object> member(String name, Object value) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(name, value);
        return members;
    }

    /** {@return the pattern in the form that the control API has} */
    public Map<String, Object> toMap() {
        return Map.copyOf(members);
    }

    /** The pattern as the parameters of an address. */
    String query() {
        StringBuilder query = new StringBuilder();
        for (Map.Entry<String, Object> member : members.entrySet()) {
            Object value = member.getValue();
            for (Object one : value instanceof List<?> list ? list : List.of(value)) {
                String text = one instanceof Map ? Json.write(one) : Objects.toString(one);
                query.append(query.isEmpty() ? "" : "&").append(Api.encoded(member.getKey())).append('=').append(Api.encoded(text));
            }
        }
        return query.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MqttPattern pattern && pattern.members.equals(members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    @Override
    public String toString() {
        return Json.write(members);
    }
}
