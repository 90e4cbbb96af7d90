package io.citronella;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A broker of one's own, for a test: it is there in a moment, on a free port, and shares nothing with others.
 *
 * <pre>{@code
 * try (MqttBroker broker = MqttBroker.start()) {
 *     program.connectTo(broker.getUrl());
 *     broker.expect(publish("sensors/+/temp").qos(1).json("{\"celsius\": 21}"), times(1));
 * }
 * }</pre>
 *
 * <p>All brokers of a Java process are served by one program, which is started with the first of them and ends with the process,
 * also when that is killed. Calls may come from any thread.
 */
public class MqttBroker extends RunningBroker {
    /** A broker that {@link #begin} begins. */
    protected MqttBroker() {}

    /** {@return a broker that takes clients by now} */
    public static MqttBroker start() {
        return start(MqttBrokerOptions.options());
    }

    /**
     * A broker with settings.
     *
     * @param options what it is to be
     * @return a broker that takes clients by now
     * @throws ProblemException a setting is wrong: the message says which, and what would be right
     * @throws MqttBrokerException the program was not found, or did not start
     */
    public static MqttBroker start(MqttBrokerOptions options) {
        MqttBroker broker = new MqttBroker();
        broker.begin(options);
        return broker;
    }

    /**
     * Expects that something comes, once or more often; what came already counts.
     *
     * @param pattern comes
     * @return it came
     * @throws NotMetError it did not come within 5 seconds, or cannot come any more; the message is a report
     */
    public Met expect(MqttPattern pattern) {
        return expect(pattern, Expectation.AT_LEAST_ONCE);
    }

    /**
     * Expects that something comes; what came already counts.
     *
     * @param pattern comes
     * @param how how often, from where on, how long it may take: {@link Expect#times}, {@link Expect#within}
     * @return it came
     * @throws NotMetError it did not; the message is a report
     */
    public Met expect(MqttPattern pattern, Expectation how) {
        return asked(Map.of("pattern", pattern), how);
    }

    /**
     * Expects that several come, one behind the other, each once or more often.
     *
     * @param patterns come in this order
     * @return they came
     * @throws NotMetError they did not; the message is a report
     */
    public Met expectInOrder(MqttPattern... patterns) {
        List<Map<String, MqttPattern>> steps = Stream.of(patterns).map(one -> Map.of("pattern", one)).toList();
        return asked(Map.of("steps", steps), Expectation.AT_LEAST_ONCE);
    }

    /**
     * Expects that something does not come: it waits until nothing is on its way any more.
     *
     * @param pattern does not come
     * @throws NotMetError it came; the message is a report
     */
    public void never(MqttPattern pattern) {
        never(pattern, Expectation.AT_LEAST_ONCE);
    }

    /**
     * Expects that something does not come.
     *
     * @param pattern does not come
     * @param how from where on, and how long it may take
     * @throws NotMetError it came; the message is a report
     */
    public void never(MqttPattern pattern, Expectation how) {
        if (how.saysHowOften()) {
            throw new IllegalArgumentException("never says how often: leave times out, and keep within and after");
        }
        asked(Map.of("never", pattern), how);
    }

    private Met asked(Map<String, ?> what, Expectation how) {
        Map<String, Object> body = new LinkedHashMap<>(what);
        body.putAll(how.body(patience()));
        return new Met(this, api().post("expectations", body, how.patience(patience())));
    }

    /**
     * What comes nearest to a pattern without fitting it, among the latest packets and events.
     *
     * @param pattern the pattern
     * @return the nearest first
     */
    public List<Failure.NearMiss> nearMisses(MqttPattern pattern) {
        List<Object> all = Json.list(api().post("near-misses", Map.of("pattern", pattern)).get("near_misses"));
        return all.stream().map(Json::object).map(Failure.NearMiss::new).toList();
    }

    /** {@return this place in the journal: what is expected from now on has to come behind it, unless it says otherwise} */
    public long mark() {
        return ((Number) api().post("mark", null).get("after")).longValue();
    }

    /** Waits until nothing is on its way any more: what should have arrived has arrived. */
    public void settle() {
        waitFor().settled();
    }

    /** {@return waits that take 5 seconds at most, or what {@link MqttBrokerOptions#timeout} says} */
    public Waits waitFor() {
        return waitFor(patience());
    }

    /**
     * {@return waits that take so long at most}
     *
     * @param time how long, on the clock of the wall
     */
    public Waits waitFor(Duration time) {
        return new Waits(api(), time);
    }

    /** {@return every message that a client published} */
    public List<Message> messages() {
        return messages(MqttPattern.anything());
    }

    /**
     * {@return the messages that clients published and that fit}
     *
     * @param pattern which
     */
    public List<Message> messages(MqttPattern pattern) {
        return Pages.found(api(), "messages", pattern).stream().map(Message::new).toList();
    }

    /**
     * {@return packets of both directions that fit, or events}
     *
     * @param pattern which
     */
    public List<Packet> packets(MqttPattern pattern) {
        return Pages.found(api(), "packets", pattern).stream().map(Packet::new).toList();
    }

    /**
     * Packets and events as they happen, from now on.
     *
     * @param pattern which
     * @return a stream that is to be closed
     */
    public Events events(MqttPattern pattern) {
        return new Events(api().open("events?" + pattern.query()));
    }

    /**
     * Has the broker publish a message, as if from nobody.
     *
     * @param topic topic name
     * @param payload the payload
     * @return how many sessions it concerned
     */
    public int publish(String topic, String payload) {
        return publish(Publication.message(topic).payload(payload));
    }

    /**
     * Has the broker publish a message, as if from nobody.
     *
     * @param message the message
     * @return how many sessions it concerned
     */
    public int publish(Publication message) {
        return ((Number) api().post("publish", message.toMap()).get("sessions")).intValue();
    }

    /** {@return its clients: how they stand, and how to get in their way} */
    public Clients clients() {
        return new Clients(this);
    }

    /** {@return who may come in, and who may do what} */
    public Users users() {
        return new Users(this);
    }

    /** {@return its sessions and subscriptions} */
    public Sessions sessions() {
        return new Sessions(this);
    }

    /** {@return the retained messages} */
    public RetainedMessages retained() {
        return new RetainedMessages(this);
    }

    /** {@return the clock that the broker goes by} */
    public BrokerClock clock() {
        return new BrokerClock(this);
    }

    /** {@return rules that disturb} */
    public Faults faults() {
        return new Faults(this);
    }

    /** {@return what answers clients} */
    public Rules<Stub> stubs() {
        return new Rules<>(this, "stubs", Stub::new);
    }

    /** {@return clients that the broker plays itself} */
    public Rules<Device> devices() {
        return new Rules<>(this, "devices", Device::new);
    }

    /** {@return the states that rules and stubs are in} */
    public Scenarios scenarios() {
        return new Scenarios(this);
    }

    /** {@return what clients do, to be recorded and played again} */
    public Recording recording() {
        return new Recording(this);
    }

    /** {@return everything that the broker saw, in forms to look at} */
    public Journal journal() {
        return new Journal(this);
    }

    /** Stops and starts it, on the same port; sessions and retained messages outlast that. */
    public void restart() {
        api().post("restart", null);
    }

    /** Stops and starts it, on the same port; sessions and retained messages are lost. */
    public void restartLosingState() {
        api().post("restart", Map.of("lose_state", true));
    }

    /** As if it was killed and started again: connections are reset, and what was not sent yet is lost. */
    public void crash() {
        api().post("crash", null);
    }

    /**
     * Lets it be away: who comes finds nobody listening. This returns at once.
     *
     * @param time how long, on the broker's clock
     */
    public void outage(Duration time) {
        api().post("outage", Map.of("duration_secs", secs(time)));
    }

    /** {@return an outage without an end of its own: closing it ends it} */
    public Outage outage() {
        api().post("outage", null);
        return new Outage(api());
    }

    /**
     * Takes a listener down: it refuses connections, and its clients are cut. {@link #listenerUp} lets them in again.
     *
     * @param name {@code main}, or as the settings say
     */
    public void listenerDown(String name) {
        api().post("listeners/" + Api.encoded(name) + "/down", null);
    }

    /**
     * Lets clients in again.
     *
     * @param name {@code main}, or as the settings say
     */
    public void listenerUp(String name) {
        api().post("listeners/" + Api.encoded(name) + "/up", null);
    }

    /** Makes it as new, on the same port: no clients, no sessions, nothing retained, no packets, a clock that goes on. */
    public void reset() {
        api().post("reset", null);
    }

    /** {@return all that outlives connections} */
    public Snapshot snapshot() {
        return new Snapshot(api().text("GET", "snapshot"));
    }

    /**
     * Puts a snapshot in the place of everything that is in it.
     *
     * @param snapshot the snapshot
     */
    public void restore(Snapshot snapshot) {
        api().request("PUT", "snapshot", snapshot.json());
    }

    /**
     * Holds clients against what another broker would not take.
     *
     * @param profile its name, such as {@code aws-iot}
     * @param mode {@code warn} tells of it, {@code enforce} does what that broker does
     */
    public void holdAgainst(String profile, String mode) {
        api().request("PUT", "profile", Map.of("name", profile, "mode", mode));
    }

    /**
     * Holds clients to AsyncAPI documents and JSON Schemas, in the place of those before.
     *
     * @param contracts as the API has it: {@code asyncapi}, {@code schemas}, {@code application}, {@code enforce}, and in {@code files}
     *     the text of each file by its name
     */
    public void setContracts(Map<String, ?> contracts) {
        api().request("PUT", "contracts", contracts);
    }

    /** {@return what clients are held to, and what was used and broken of it} */
    public Map<String, Object> contracts() {
        return api().get("contracts");
    }

    /** Holds clients to no contract any more. */
    public void removeContracts() {
        api().request("DELETE", "contracts", null);
    }

    /** {@return what clients did that the profile, or a contract, would not take: a row for each client, rule and sentence} */
    @SuppressWarnings("unchecked")
    public List<Map<String, Object>> violations() {
        return (List<Map<String, Object>>) api().get("violations").get("violations");
    }

    /** {@return what was counted since the start, or the last reset} */
    public Map<String, Object> stats() {
        return api().get("stats");
    }

    static double secs(Duration time) {
        return time.toNanos() / 1e9;
    }
}
