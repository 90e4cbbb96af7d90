package io.citronella;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** How often something is to come, from where on, and how long it may take. {@link Expect} begins one. */
public final class Expectation {
    static final Expectation AT_LEAST_ONCE = new Expectation(null, null, null, false);

    private final Object times;
    private final Duration within;
    private final Long after;
    private final boolean unprovenIsEnough;

    private Expectation(Object times, Duration within, Long after, boolean unprovenIsEnough) {
        this.times = times;
        this.within = within;
        this.after = after;
        this.unprovenIsEnough = unprovenIsEnough;
    }

    Expectation counted(Object count) {
        return new Expectation(count, within, after, unprovenIsEnough);
    }

    /**
     * {@return the same, and it comes so often}
     *
     * @param count exactly so often
     */
    public Expectation times(int count) {
        return counted(count);
    }

    /**
     * {@return the same, and it comes within this time, on the clock of the wall; 5 seconds where nothing is said,
     *     neither here nor in the options of the broker}
     *
     * @param time at most so long
     */
    public Expectation within(Duration time) {
        return new Expectation(times, time, after, unprovenIsEnough);
    }

    /**
     * {@return the same, and only what came behind a place in the journal counts}
     *
     * @param mark from {@link MqttBroker#mark()}, or {@link Met#next()}
     */
    public Expectation after(long mark) {
        return new Expectation(times, within, mark, unprovenIsEnough);
    }

    /** {@return the same, and where time is up and more may be on its way, what came by then counts} */
    public Expectation unprovenIsEnough() {
        return new Expectation(times, within, after, true);
    }

    boolean saysHowOften() {
        return times != null;
    }

    Duration patience(Duration usual) {
        return within == null ? usual : within;
    }

    Map<String, Object> body(Duration usual) {
        Map<String, Object> body = new LinkedHashMap<>();
        if (times != null) {
            body.put("times", times);
        }
        body.put("timeout_secs", MqttBroker.secs(patience(usual)));
        if (after != null) {
            body.put("after", after);
        }
        if (unprovenIsEnough) {
            body.put("unproven_is_enough", true);
        }
        return body;
    }
}
