package io.citronella;

import java.time.Duration;
import java.util.Map;
import org.opentest4j.AssertionFailedError;

/** What clients did, as a file of JSON lines: made here, and played here again. */
public final class Recording {
    private final MqttBroker broker;

    Recording(MqttBroker broker) {
        this.broker = broker;
    }

    /** Records from now on what clients do. Passwords are left out. */
    public void start() {
        broker.api().post("recordings/start", null);
    }

    /**
     * Records from now on what fits.
     *
     * @param pattern what is to be recorded
     */
    public void start(MqttPattern pattern) {
        broker.api().post("recordings/start", Map.of("pattern", pattern));
    }

    /** {@return the recording, which ends: JSON lines} */
    public String stop() {
        return broker.api().text("POST", "recordings/stop");
    }

    /** {@return whether something is recorded} */
    public boolean isOn() {
        return "Recording".equals(broker.api().get("recordings/status").get("status"));
    }

    /**
     * Publishes what a recording has, in the time that it took.
     *
     * @param lines the recording
     * @return what was published
     * @throws AssertionError it is not over within the time that waits take
     */
    public Played play(String lines) {
        return play(lines, "1");
    }

    /**
     * Publishes what a recording has.
     *
     * @param lines the recording
     * @param speed how much faster than it took: {@code 10}, or {@code max} for at once
     * @return what was published
     * @throws AssertionError it is not over within the time that waits take
     */
    public Played play(String lines, String speed) {
        Played played = play(lines, speed, broker.patience());
        if (!played.isOver()) {
            throw new AssertionFailedError("the recording is not over within " + MqttBroker.secs(broker.patience())
                    + " s, and goes on: play it faster, such as max, give it more time, or let the broker's clock go on");
        }
        return played;
    }

    /**
     * Publishes what a recording has, and looks how far that is after a time.
     *
     * @param lines the recording
     * @param speed how much faster than it took: {@code 10}, or {@code max} for at once
     * @param time how long to wait for its end, on the clock of the wall; without an end it goes on
     * @return what was published
     */
    public Played play(String lines, String speed, Duration time) {
        String path = "recordings/play?speed=" + Api.encoded(speed) + "&timeout_secs=" + MqttBroker.secs(time);
        return new Played(Json.object(broker.api().request("POST", path, lines)));
    }
}
