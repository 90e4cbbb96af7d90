package io.citronella;

import java.time.Duration;
import java.util.Map;

/** The clock that the broker goes by: keep alive, expiry, delays, the times of rules and devices. Clients have their own. */
public final class BrokerClock {
    private final MqttBroker broker;

    BrokerClock(MqttBroker broker) {
        this.broker = broker;
    }

    /** Stops the time. */
    public void freeze() {
        broker.api().post("clock/freeze", null);
    }

    /** Lets the time go on from where it stands. */
    public void resume() {
        broker.api().post("clock/resume", null);
    }

    /**
     * Moves the time forward, frozen or not. What is due on the way is done before this returns, each at its own instant.
     *
     * @param time how far
     */
    public void advance(Duration time) {
        broker.api().post("clock/advance", Map.of("secs", MqttBroker.secs(time)));
    }

    /** {@return what time it is, counted from the start of the broker} */
    public Duration now() {
        double secs = ((Number) broker.api().get("clock").get("now_secs")).doubleValue();
        return Duration.ofNanos(Math.round(secs * 1e9));
    }

    /** {@return whether it stands still} */
    public boolean isFrozen() {
        return Boolean.TRUE.equals(broker.api().get("clock").get("frozen"));
    }
}
