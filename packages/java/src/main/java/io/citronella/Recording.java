package io.citronella;

import java.util.Map;

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
     * @return how many messages were published
     */
    public long play(String lines) {
        return play(lines, "1");
    }

    /**
     * Publishes what a recording has.
     *
     * @param lines the recording
     * @param speed how much faster than it took: {@code 10}, or {@code max} for at once
     * @return how many messages were published
     */
    public long play(String lines, String speed) {
        Object played = broker.api().request("POST", "recordings/play?speed=" + Api.encoded(speed), lines);
        return Json.object(played).get("messages") instanceof Number messages ? messages.longValue() : 0;
    }
}
