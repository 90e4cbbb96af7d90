package io.citronella;

import static io.citronella.Expect.after;
import static io.citronella.Expect.atLeast;
import static io.citronella.Expect.atMost;
import static io.citronella.Expect.between;
import static io.citronella.Expect.once;
import static io.citronella.Expect.times;
import static io.citronella.Expect.within;
import static io.citronella.MqttPattern.connect;
import static io.citronella.MqttPattern.event;
import static io.citronella.MqttPattern.packet;
import static io.citronella.MqttPattern.publish;
import static io.citronella.Publication.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.citronella.junit5.MqttBrokerTest;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.Test;

/** Every call, with Eclipse Paho's client as the program under test. */
@MqttBrokerTest
class MqttBrokerCallsTest {
    private static final Duration SHORT = Duration.ofMillis(100);

    private static String said(Throwable error) {
        return String.valueOf(error.getMessage());
    }

    @Test
    void whatCameIsExpected(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("lamp/state", "{\"on\": true, \"level\": 7}", 1);
            lamp.publish("lamp/state", "{\"on\": false}", 1);
        }
        MqttPattern state = publish("lamp/+");
        assertEquals(2, broker.expect(state, times(2)).count());
        assertEquals(1, broker.expect(state.jsonSubset(Map.of("on", true)), once()).count());
        broker.expect(state.jsonAt("/level", Is.between(5, 9)));
        broker.expect(state, atLeast(2).within(Duration.ofSeconds(1)));
        broker.expect(state, atMost(2));
        broker.expect(state, between(1, 3));
        Met first = broker.expect(state.json("{\"level\": 7, \"on\": true}"));
        assertEquals("lamp", first.packet().clientId());
        assertTrue(first.packet().fromClient());
        assertEquals(7, ((Number) first.packet().jsonAt("/level")).intValue());
        first.then(state.json(Map.of("on", false)), times(1)).then(packet("DISCONNECT"));
        broker.expectInOrder(connect().fromClient("lamp"), state, state, event("disconnected"));
        broker.never(publish("alarm/#"));
    }

    @Test
    void whatDidNotComeIsAnErrorWithAReport(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("lamp/state", "off", 1);
        }
        MqttPattern wanted = publish("lamp/state").payload("on");
        NotMetError error = assertThrows(NotMetError.class, () -> broker.expect(wanted, within(SHORT)));
        assertTrue(said(error).contains("payload \"off\", not \"on\""), said(error));
        Failure failure = error.failure().orElseThrow();
        assertEquals(0, failure.found());
        assertEquals("lamp/state", failure.nearest().get(0).packet().topic());
        assertEquals("payload", failure.nearest().get(0).differences().get(0).field());
        assertEquals("payload", broker.nearMisses(wanted).get(0).differences().get(0).field());
        NotMetError came = assertThrows(NotMetError.class, () -> broker.never(publish("lamp/#")));
        assertEquals("off", came.failure().orElseThrow().came().get(0).text());
        assertThrows(IllegalArgumentException.class, () -> broker.never(wanted, times(1)));
    }

    @Test
    void aMarkDrawsALine(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("a", "1", 1);
            long line = broker.mark();
            broker.never(publish("a"));
            broker.expect(publish("a"), after(0));
            lamp.publish("a", "2", 1);
            assertEquals("2", broker.expect(publish("a"), times(1).after(line)).packet().text());
        }
    }

    @Test
    void aWaitEndsWhenItComes(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            broker.waitFor().connected("lamp");
            lamp.subscribe("lamp/set", 1);
            broker.waitFor().subscribed("lamp", "lamp/set");
            lamp.publish("a", "here", 1);
            Message first = broker.waitFor().message(publish("a"));
            assertEquals("here", first.text());
            assertThrows(NotMetError.class, () -> broker.waitFor(SHORT).after(first.seq()).message(publish("a")));
            lamp.publishRetained("b", "kept");
            broker.waitFor().retained("b");
            assertEquals(2, broker.waitFor().messages(publish("#"), 2).size());
            broker.publish(message("lamp/set").payload("on").qos(1));
            broker.waitFor().acked("lamp");
        }
        broker.waitFor().disconnected("lamp");
        broker.waitFor().sessionEnded("lamp");
        NotMetError error = assertThrows(NotMetError.class, () -> broker.waitFor(SHORT).connected("lmap"));
        assertTrue(said(error).contains("lamp"), said(error));
        assertEquals(Optional.empty(), error.failure());
    }

    @Test
    void messagesAreFoundBeyondOnePage(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            for (int n = 0; n < 1_001; n++) {
                lamp.publish("many", "", 0);
            }
            // A page is bounded in bytes, too.
            for (int n = 0; n < 100; n++) {
                lamp.publish("large", "x".repeat(60_000), 0);
            }
            lamp.publish("end", "", 1);
        }
        assertEquals(1_102, broker.messages().size());
        assertEquals(100, broker.messages(publish("large")).size());
        assertEquals(1, broker.messages(publish("end")).size());
        assertEquals(1, broker.packets(packet("CONNECT")).size());
        assertEquals("connected", broker.packets(event("connected")).get(0).type());
    }

    @Test
    void aMessageHasAllOfIt(MqttBroker broker) throws Exception {
        byte[] bytes = {0, (byte) 0xff, 7};
        broker.publish(message("a").payload(bytes).qos(2).retain().contentType("x/y").responseTopic("r").correlationData(bytes).userProperty("n", "v"));
        Message kept = broker.retained().get("a").orElseThrow();
        assertArrayEquals(bytes, kept.payload());
        assertEquals(2, kept.qos());
        assertEquals("x/y", kept.properties().get("content_type"));
        broker.publish(message("b/c d").json(Map.of("on", true)).retain());
        assertEquals(true, broker.retained().get("b/c d").orElseThrow().jsonAt("/on"));
        broker.retained().remove("a");
        assertEquals(Optional.empty(), broker.retained().get("a"));
        broker.retained().clear();
        assertEquals(List.of(), broker.retained().list());
    }

    @Test
    void aClientSaysWhyItWent(MqttBroker broker) throws Exception {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setKeepAliveInterval(60);
        broker.clock().freeze();
        assertTrue(broker.clock().isFrozen());
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp", options)) {
            Duration before = broker.clock().now();
            broker.clock().advance(Duration.ofHours(1));
            assertEquals(Duration.ofHours(1), broker.clock().now().minus(before));
            broker.waitFor().disconnected("lamp");
        }
        Client.Ended ended = broker.clients().get("lamp").lastDisconnect().orElseThrow();
        assertEquals("keep_alive_timeout", ended.cause());
        assertFalse(ended.why().isEmpty());
        assertFalse(ended.advice().isEmpty());
        assertEquals(1, broker.clients().list().size());
    }

    @Test
    void aClientIsSteered(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.subscribe("a/#", 1);
            assertEquals("a/#", broker.sessions().subscriptions().get(0).topicFilter());
            assertEquals("lamp", broker.sessions().list().get(0).clientId());
            assertTrue(broker.sessions().get("lamp").isConnected());
            try (Partition partition = broker.clients().partition("lamp")) {
                Partition listed = broker.clients().partitions().get(0);
                assertEquals(partition.name(), listed.name());
                assertEquals(List.of("lamp"), listed.clientIds());
                broker.publish("a/b", "late");
            }
            assertEquals("late", lamp.next());
            assertTrue(broker.clients().partitions().isEmpty());
            broker.clients().disconnect("lamp", "Quota exceeded");
            broker.waitFor().disconnected("lamp");
        }
        broker.clients().interrupt("lamp", Duration.ofSeconds(30));
        assertThrows(MqttException.class, () -> TestClient.connect(broker.getUrl(), "lamp").subscribe("a", 0));
        broker.clock().advance(Duration.ofSeconds(31));
        TestClient.connect(broker.getUrl(), "lamp").close();
    }

    @Test
    void usersAndRights(MqttBroker broker) throws Exception {
        broker.users().set("ann", "pencil");
        broker.users().allowAnonymous(false);
        assertEquals(List.of("ann"), broker.users().list());
        assertThrows(MqttException.class, () -> TestClient.connect(broker.getUrl(), "nobody"));
        assertFalse(broker.clients().get("nobody").lastRefusal().orElseThrow().advice().isEmpty());
        MqttConnectOptions ann = new MqttConnectOptions();
        ann.setUserName("ann");
        ann.setPassword("pencil".toCharArray());
        broker.users().setAcl(List.of(Map.of("user", "ann", "topic", "a/#", "access", "readwrite")));
        TestClient.connect(broker.getUrl(), "a", ann).close();
        broker.users().remove("ann");
        assertEquals(List.of(), broker.users().list());
    }

    @Test
    void rulesStubsDevicesAndScenarios(MqttBroker broker) throws Exception {
        broker.faults().add("{\"name\": \"held\", \"when\": {\"packet\": \"PUBLISH\", \"direction\": \"in\"}, \"action\": \"hold\"}");
        broker.stubs().add(Map.of("name", "echo", "when", publish("ask"), "publish", Map.of("topic", "answer", "payload", "yes")));
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.subscribe("answer", 0);
            lamp.publish("ask", "?", 0);
            broker.expect(event("fault").field("rule", "held"));
            broker.faults().release("held");
            assertEquals("yes", lamp.next());
        }
        assertEquals(1, broker.stubs().get("echo").answered());
        assertEquals("held", broker.faults().list().get(0).name());
        broker.faults().put(Map.of("name", "held", "client", "lamp", "type", "latency", "attributes", Map.of("latency", 1)));
        broker.faults().remove("held");
        broker.stubs().clear();
        broker.devices().add(Map.of("name", "meter", "telemetry", Map.of("every_secs", 1, "topic", "meter", "payload", "{{ n }}")));
        broker.clock().advance(Duration.ofSeconds(2));
        broker.expect(publish("meter"));
        assertTrue(broker.devices().get("meter").published() > 0);
        broker.scenarios().set("door", "open");
        assertEquals("open", broker.scenarios().get("door"));
        assertEquals(Map.of("door", "open"), broker.scenarios().list());
        broker.scenarios().reset();
        assertEquals("Started", broker.scenarios().get("door"));
    }

    @Test
    void itGoesAwayAndComesBack(MqttBroker broker) throws Exception {
        broker.publish(message("kept").payload("on").retain());
        Snapshot before = broker.snapshot();
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            broker.crash();
            broker.waitFor().disconnected("lamp");
        }
        try (Outage outage = broker.outage()) {
            assertThrows(MqttException.class, () -> TestClient.connect(broker.getUrl(), "lamp"));
        }
        TestClient.connect(broker.getUrl(), "lamp").close();
        broker.clock().freeze();
        broker.outage(Duration.ofSeconds(30));
        broker.clock().advance(Duration.ofSeconds(31));
        broker.waitFor().retained("kept");
        broker.listenerDown("main");
        assertThrows(MqttException.class, () -> TestClient.connect(broker.getUrl(), "lamp"));
        broker.listenerUp("main");
        TestClient.connect(broker.getUrl(), "lamp").close();
        broker.restartLosingState();
        assertEquals(List.of(), broker.retained().list());
        broker.restore(before);
        assertEquals("on", broker.retained().get("kept").orElseThrow().text());
    }

    @Test
    void callsFollowARestartAtOnce(MqttBroker broker) {
        for (int n = 0; n < 100; n++) {
            broker.crash();
            broker.publish("a", "b");
            broker.restart();
            broker.settle();
        }
    }

    @Test
    void eventsComeAsTheyHappen(MqttBroker broker) throws Exception {
        Events events = broker.events(event("connected", "disconnected"));
        TestClient.connect(broker.getUrl(), "a").close();
        assertEquals("connected", events.next(Duration.ofSeconds(20)).type());
        assertEquals("disconnected", events.next(Duration.ofSeconds(20)).type());
        assertThrows(AssertionError.class, () -> events.next(SHORT));
        TestClient.connect(broker.getUrl(), "b").close();
        assertEquals("b", events.stream().findFirst().orElseThrow().clientId());
        events.close();
        assertThrows(AssertionError.class, () -> events.next(Duration.ofSeconds(20)));
        assertThrows(ProblemException.class, () -> broker.events(event("conected")));
    }

    @Test
    void aRecordingIsPlayedAgain(MqttBroker broker) throws Exception {
        broker.clock().freeze();
        broker.recording().start();
        assertTrue(broker.recording().isOn());
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("a", "on", 1);
            broker.clock().advance(Duration.ofSeconds(40));
            lamp.publish("a", "off", 1);
        }
        String lines = broker.recording().stop();
        broker.reset();
        Played played = broker.recording().play(lines, "max");
        assertEquals(2, played.messages());
        assertTrue(played.isOver());
        assertEquals(List.of(), played.notes());
        assertFalse(broker.recording().isOn());
        assertFalse(broker.recording().play(lines, "1", SHORT).isOver(), "the clock stands still");
    }

    @Test
    void theJournalIsDrawn(MqttBroker broker) throws Exception {
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("a", "on", 1);
        }
        assertTrue(broker.journal().ladder().contains("a \"on\""), broker.journal().ladder());
        assertTrue(broker.journal().mermaid().startsWith("sequenceDiagram"));
        assertTrue(broker.journal().jsonl().startsWith("{"));
        assertTrue(broker.journal().otlp().startsWith("{\"resourceSpans\":"));
        assertEquals(0x0a, broker.journal().pcapng()[0]);
        broker.journal().clear();
        assertEquals(List.of(), broker.messages());
    }

    @Test
    void whatIsWrongIsSaid(MqttBroker broker) {
        ProblemException problem = assertThrows(ProblemException.class, () -> broker.expect(publish("a").field("retian", true)));
        assertTrue(said(problem).contains("did you mean \"retain\"?"), said(problem));
        assertEquals(422, problem.status());
        assertEquals("urn:citronella:problem:invalid", problem.type());
        problem = assertThrows(ProblemException.class, () -> MqttBroker.start(MqttBrokerOptions.options().set("session.max_inflihgt", 1)));
        assertTrue(said(problem).contains("max_inflight"), said(problem));
        problem = assertThrows(ProblemException.class, () -> broker.api().get("statz"));
        assertEquals(404, problem.status());
        assertTrue(broker.stats().containsKey("publish_received"));
    }

    @Test
    void whatAnotherBrokerWouldNotTakeIsTold(MqttBroker broker) throws Exception {
        broker.holdAgainst("aws-iot", "warn");
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("a/b/c/d/e/f/g/h/i", "x", 1);
        }
        Map<String, Object> violation = broker.violations().get(0);
        assertEquals(List.of("lamp", "profile", "aws-iot"), List.of(violation.get("client_id"), violation.get("origin"), violation.get("contract")));
    }

    @Test
    void clientsAreHeldToContractsUntilTheyAreRemoved(MqttBroker broker) throws Exception {
        String text = "asyncapi: 3.0.0\nchannels: {lamp: {address: lamp, messages: {on: {payload: {type: boolean}}}}}\n";
        broker.setContracts(Map.of("asyncapi", List.of("lamp.yaml"), "files", Map.of("lamp.yaml", text)));
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "switch")) {
            lamp.publish("lamp", "7", 1);
        }
        String told = String.valueOf(broker.violations().get(0).get("text"));
        assertTrue(told.contains("7 is not of type \"boolean\" (lamp.yaml:2)"), told);
        assertEquals(1, ((Number) broker.contracts().get("broken")).intValue());
        broker.removeContracts();
        assertEquals(List.of(), broker.contracts().get("channels"));
        Map<String, String> wrong = Map.of("lamp.yaml", text.replace("payload", "paylod"));
        ProblemException problem = assertThrows(
                ProblemException.class, () -> broker.setContracts(Map.of("asyncapi", List.of("lamp.yaml"), "files", wrong)));
        assertTrue(said(problem).contains("did you mean `payload`"), said(problem));
    }

    @Test
    void aBrokerThatWasClosedSaysSo() {
        MqttBroker broker = MqttBroker.start(MqttBrokerOptions.options().settings("{\"session\": {\"max_inflight\": 1}}"));
        assertTrue(broker.isRunning());
        broker.close();
        broker.close();
        assertTrue(said(assertThrows(IllegalStateException.class, broker::getUrl)).contains("was closed"));
    }

    @Test
    void aBrokerThatRunsAlreadyIsUsedAndNotStopped() throws Exception {
        try (MqttBroker runs = MqttBroker.start()) {
            runs.publish(message("kept").payload("on").retain());
            MqttBroker same = MqttBroker.start(MqttBrokerOptions.options().url(runs.getUrl()));
            assertEquals(runs.getPort(), same.getPort());
            assertEquals(List.of(), same.retained().list());
            runs.publish(message("kept").payload("on").retain());
            String localhost = runs.getUrl().replace("127.0.0.1", "localhost");
            MqttBroker shared = MqttBroker.start(MqttBrokerOptions.options().url(runs.getUrl()));
            assertEquals(1, shared.retained().list().size(), "another test has it");
            shared.close();
            same.close();
            MqttBroker again = MqttBroker.start(MqttBrokerOptions.options().url(localhost));
            assertEquals(List.of(), again.retained().list());
            assertEquals(localhost, again.getUrl());
            assertEquals("localhost", again.getHost());
            assertTrue(again.getWssUrl().startsWith("wss://localhost:" + runs.getPort() + "/"), again.getWssUrl());
            again.close();
            TestClient.connect(runs.getUrl(), "lamp").close();
            MqttBrokerOptions both = MqttBrokerOptions.options().url(runs.getUrl()).set("port", 1);
            assertTrue(said(assertThrows(IllegalStateException.class, () -> MqttBroker.start(both))).contains("port"));
        }
        MqttBrokerOptions nobody = MqttBrokerOptions.options().url("mqtt://127.0.0.1:1");
        assertTrue(said(assertThrows(MqttBrokerException.class, () -> MqttBroker.start(nobody))).contains("no answer"));
    }

    @Test
    void aTimeoutIsForAllThatSayNothing() {
        try (MqttBroker broker = MqttBroker.start(MqttBrokerOptions.options().timeout(SHORT))) {
            assertTrue(said(assertThrows(NotMetError.class, () -> broker.expect(publish("a")))).contains("100ms"));
            assertTrue(said(assertThrows(NotMetError.class, () -> broker.waitFor().connected("a"))).contains("100ms"));
        }
    }

    @Test
    void theCaIsAFileToo(MqttBroker broker) throws Exception {
        assertTrue(Files.readString(broker.getCaFile()).contains("BEGIN CERTIFICATE"));
        assertTrue(broker.getWssUrl().startsWith("wss://"));
        assertTrue(broker.getApiUrl().endsWith("/api/v1"));
        assertEquals("127.0.0.1", broker.getHost());
    }
}
