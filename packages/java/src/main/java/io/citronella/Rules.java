package io.citronella;

import java.util.List;
import java.util.Map;

/**
 * Faults, stubs or devices of a broker. Each is an object with the keys that the tables of a settings file have; a
 * {@link MqttPattern} may stand where a pattern does.
 *
 * <pre>{@code
 * broker.faults().add(Map.of("name", "lost", "when", publish("lamp/#"), "first", 1, "action", "drop"));
 * }</pre>
 */
public class Rules {
    final MqttBroker broker;
    private final String path;

    Rules(MqttBroker broker, String path) {
        this.broker = broker;
        this.path = path;
    }

    /**
     * Adds one.
     *
     * @param rule its keys; what it reads of files goes along, as {@code files}
     * @return what was added
     */
    public Rule add(Map<String, ?> rule) {
        return new Rule(broker.api().post(path, rule));
    }

    /**
     * Adds one.
     *
     * @param json its keys, as JSON
     * @return what was added
     */
    public Rule add(String json) {
        return add(Json.object(Json.parse(json)));
    }

    /**
     * Adds one in the place of that of its name, if there is one.
     *
     * @param rule its keys, {@code name} among them
     * @return what was added
     */
    public Rule put(Map<String, ?> rule) {
        return new Rule(broker.api().put(of(String.valueOf(rule.get("name"))), rule));
    }

    /**
     * One of them, with what it did so far.
     *
     * @param name what it is called
     * @return it
     */
    public Rule get(String name) {
        return new Rule(broker.api().get(of(name)));
    }

    /** {@return all of them} */
    public List<Rule> list() {
        return Json.list(broker.api().get(path).get(path)).stream().map(Json::object).map(Rule::new).toList();
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
