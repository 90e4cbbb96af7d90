package io.citronella;

/** Rules that disturb: packets are lost, late, changed, refused; bytes are slow; connections end. */
public final class Faults extends Rules<Fault> {
    Faults(MqttBroker broker) {
        super(broker, "faults", Fault::new);
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
