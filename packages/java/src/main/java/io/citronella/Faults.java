package io.citronella;

import java.util.Map;

/** Rules that disturb: packets are lost, late, changed, refused; bytes are slow; connections end. */
public final class Faults extends Rules<Fault> {
    Faults(MqttBroker broker) {
        super(broker, "faults", Fault::new);
    }

    /**
     * Switches a rule off, or on again. One that is off keeps its place and its counts, and does nothing.
     *
     * @param name what the rule is called
     * @param isEnabled whether it is to act
     * @return the rule
     */
    public Fault setEnabled(String name, boolean isEnabled) {
        return new Fault(broker.api().put(of(name) + "/enabled", Map.of("enabled", isEnabled)));
    }

    /**
     * Lets the counts and the window of time of a rule begin anew.
     *
     * @param name what the rule is called
     * @return the rule
     */
    public Fault reset(String name) {
        return new Fault(broker.api().post(of(name) + "/reset", null));
    }

    /**
     * Lets go what a rule holds, in the order in which it came. The rule stays in force.
     *
     * @param name what the rule is called
     */
    public void release(String name) {
        broker.api().post(of(name) + "/release", null);
    }
}
