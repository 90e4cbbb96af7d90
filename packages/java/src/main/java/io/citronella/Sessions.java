package io.citronella;

import java.util.List;

/** The sessions of a broker, and their subscriptions. */
public final class Sessions {
    private final MqttBroker broker;

    Sessions(MqttBroker broker) {
        this.broker = broker;
    }

    /** {@return every session, in numbers} */
    public List<Session> list() {
        return Pages.named(broker.api(), "sessions").stream().map(Session::new).toList();
    }

    /**
     * The session of one client.
     *
     * @param clientId its client identifier
     * @return the session with all that is in it
     */
    public Session get(String clientId) {
        return new Session(broker.api().get(of(clientId)));
    }

    /**
     * Ends the session of a client; one that is connected is told {@code Administrative action}.
     *
     * @param clientId its client identifier
     */
    public void end(String clientId) {
        broker.api().delete(of(clientId));
    }

    /** {@return every subscription} */
    public List<Subscription> subscriptions() {
        return Pages.named(broker.api(), "subscriptions").stream().map(Subscription::new).toList();
    }

    private static String of(String clientId) {
        return "sessions/" + Api.encoded(clientId);
    }
}
