package io.citronella;

import java.util.LinkedHashMap;
import java.util.Map;

/** The states that rules and stubs are in. */
public final class Scenarios {
    private final MqttBroker broker;

    Scenarios(MqttBroker broker) {
        this.broker = broker;
    }

    /**
     * The state of one.
     *
     * @param name what it is called
     * @return {@code Started} until something moves it
     */
    public String get(String name) {
        return String.valueOf(broker.api().get(of(name)).get("state"));
    }

    /**
     * Moves one to a state.
     *
     * @param name what it is called
     * @param state the state
     */
    public void set(String name, String state) {
        broker.api().put(of(name) + "/state", Map.of("state", state));
    }

    /** {@return those that are not in their first state, each with its state} */
    public Map<String, String> list() {
        Map<String, String> states = new LinkedHashMap<>();
        for (Object one : Json.list(broker.api().get("scenarios").get("scenarios"))) {
            Map<String, Object> scenario = Json.object(one);
            states.put(String.valueOf(scenario.get("name")), String.valueOf(scenario.get("state")));
        }
        return states;
    }

    /** Every one begins anew. */
    public void reset() {
        broker.api().post("scenarios/reset", null);
    }

    private static String of(String name) {
        return "scenarios/" + Api.encoded(name);
    }
}
