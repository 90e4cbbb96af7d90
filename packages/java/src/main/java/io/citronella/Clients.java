package io.citronella;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The clients of a broker: how they stand, and how to get in their way. */
public final class Clients {
    private final MqttBroker broker;

    Clients(MqttBroker broker) {
        this.broker = broker;
    }

    /**
     * One client.
     *
     * @param clientId its client identifier
     * @return how it stands now
     */
    public Client get(String clientId) {
        return new Client(broker.api().get(of(clientId)));
    }

    /** {@return every client that is connected, or of which the journal still knows} */
    public List<Client> list() {
        return Pages.named(broker.api(), "clients").stream().map(Client::new).toList();
    }

    /**
     * Disconnects a client, which is told {@code Administrative action}.
     *
     * @param clientId its client identifier
     */
    public void disconnect(String clientId) {
        broker.api().delete(of(clientId));
    }

    /**
     * Disconnects a client.
     *
     * @param clientId its client identifier
     * @param reason what a 5.0 client is told, such as {@code Quota exceeded}
     */
    public void disconnect(String clientId, String reason) {
        broker.api().post(of(clientId) + "/disconnect", Map.of("reason_code", reason));
    }

    /**
     * Cuts a client off for a while: its connection now, and each new one right after its CONNECT.
     *
     * @param clientId its client identifier
     * @param time how long, on the broker's clock
     */
    public void interrupt(String clientId, Duration time) {
        broker.api().post("interruptions", Map.of("client", clientId, "duration_secs", MqttBroker.secs(time)));
    }

    /**
     * Cuts clients off as a network does: nothing passes either way, no connection ends, and nothing is lost.
     *
     * @param clientIds their client identifiers
     * @return what heals it when it is closed
     */
    public Partition partition(String... clientIds) {
        return new Partition(broker.api(), broker.api().post("partitions", Map.of("clients", List.of(clientIds))));
    }

    /** {@return the partitions that are not healed yet} */
    public List<Partition> partitions() {
        List<Object> found = Json.list(broker.api().get("partitions").get("partitions"));
        return found.stream().map(one -> new Partition(broker.api(), Json.object(one))).toList();
    }

    private static String of(String clientId) {
        return "clients/" + Api.encoded(clientId);
    }
}
