package io.citronella;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Faults, stubs or devices of a broker. Each is an object with the keys that the tables of a settings file have; a
 * {@link MqttPattern} may stand where a pattern does.
 *
 * <pre>{@code
 * broker.faults().add(Map.of("name", "lost", "when", publish("lamp/#"), "first", 1, "action", "drop"));
 * }</pre>
 *
 * @param <T> what it has: {@link Fault}, {@link Stub} or {@link Device}
 */
public class Rules<T extends Answer> {
    final MqttBroker broker;
    private final String path;
    private final Function<Map<String, Object>, T> kind;

    Rules(MqttBroker broker, String path, Function<Map<String, Object>, T> kind) {
        this.broker = broker;
        this.path = path;
        this.kind = kind;
    }

    /**
     * Adds one.
     *
     * @param rule its keys; what it reads of files goes along, as {@code files}
     * @return what was added
     */
    public T add(Map<String, ?> rule) {
        return kind.apply(broker.api().post(path, rule));
    }

    /**
     * Adds one.
     *
     * @param json its keys, as JSON
     * @return what was added
     */
    public T add(String json) {
        return add(Json.object(Json.parse(json)));
    }

    /**
     * Adds one in the place of that of its name, if there is one.
     *
     * @param rule its keys, {@code name} among them
     * @return what was added
     */
    public T put(Map<String, ?> rule) {
        return kind.apply(broker.api().put(of(String.valueOf(rule.get("name"))), rule));
    }

    /**
     * One of them, with what it did so far.
     *
     * @param name what it is called
     * @return it
     */
    public T get(String name) {
        return kind.apply(broker.api().get(of(name)));
    }

    /** {@return all of them} */
    public List<T> list() {
        return Json.list(broker.api().get(path).get(path)).stream().map(Json::object).map(kind).toList();
    }

    /**
     * Takes one away.
     *
     * @param name what it is called
     */
    public void remove(String name) {
        broker.api().delete(of(name));
    }

    /** Takes all away. */
    public void clear() {
        broker.api().delete(path);
    }

    final String of(String name) {
        return path + "/" + Api.encoded(name);
    }
}
