package io.citronella;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** An expectation that was met. */
public final class Met extends Answer {
    private final transient MqttBroker broker;

    Met(MqttBroker broker, Map<String, Object> fields) {
        super(fields);
        this.broker = broker;
    }

    /** {@return how often it came} */
    public int count() {
        return (int) number("count");
    }

    /** {@return what came: the first hundred} */
    public List<Packet> packets() {
        return list("packets").stream().map(Json::object).map(Packet::new).toList();
    }

    /** {@return the first that came} */
    public Packet packet() {
        return packets().stream().findFirst().orElseThrow(() -> new NoSuchElementException("nothing was to come, and nothing came"));
    }

    /** {@return the place in the journal behind what came, for {@link Expect#after}} */
    public long next() {
        return number("meta.next");
    }

    /**
     * Expects that something comes behind this.
     *
     * @param pattern comes, once or more often
     * @return it came
     * @throws NotMetError it did not
     */
    public Met then(MqttPattern pattern) {
        return then(pattern, Expectation.AT_LEAST_ONCE);
    }

    /**
     * Expects that something comes behind this.
     *
     * @param pattern comes
     * @param how how often, and how long it may take
     * @return it came
     * @throws NotMetError it did not
     */
    public Met then(MqttPattern pattern, Expectation how) {
        return broker.expect(pattern, how.after(next()));
    }
}
