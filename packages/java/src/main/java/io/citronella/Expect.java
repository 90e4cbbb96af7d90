package io.citronella;

import java.time.Duration;
import java.util.Map;

/**
 * How often, from where on, how long: the second argument of {@link MqttBroker#expect(MqttPattern, Expectation)}.
 *
 * <pre>{@code
 * broker.expect(publish("sensors/+/temp"), times(2).within(Duration.ofSeconds(1)));
 * }</pre>
 */
public final class Expect {
    private Expect() {}

    /** {@return it comes once, and not more often} */
    public static Expectation once() {
        return times(1);
    }

    /**
     * {@return it comes so often, and not more often}
     *
     * @param count how often
     */
    public static Expectation times(int count) {
        return Expectation.AT_LEAST_ONCE.times(count);
    }

    /**
     * {@return it comes so often or more often}
     *
     * @param count how often at least
     */
    public static Expectation atLeast(int count) {
        return Expectation.AT_LEAST_ONCE.counted(Map.of("min", count));
    }

    /**
     * {@return it comes so often or less often, or not at all}
     *
     * @param count how often at most
     */
    public static Expectation atMost(int count) {
        return between(0, count);
    }

    /**
     * {@return it comes from so often to so often}
     *
     * @param least how often at least
     * @param most how often at most
     */
    public static Expectation between(int least, int most) {
        return Expectation.AT_LEAST_ONCE.counted(Map.of("min", least, "max", most));
    }

    /**
     * {@return it comes within this time, once or more often}
     *
     * @param time at most so long, on the clock of the wall
     */
    public static Expectation within(Duration time) {
        return Expectation.AT_LEAST_ONCE.within(time);
    }

    /**
     * {@return it comes behind this place in the journal, once or more often}
     *
     * @param mark from {@link MqttBroker#mark()}
     */
    public static Expectation after(long mark) {
        return Expectation.AT_LEAST_ONCE.after(mark);
    }
}
