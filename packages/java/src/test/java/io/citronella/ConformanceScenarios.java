package io.citronella;

import static io.citronella.Expect.times;
import static io.citronella.MqttPattern.packet;
import static io.citronella.MqttPattern.publish;
import static io.citronella.Publication.message;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;

/** The scenarios that the package for each language has to show: a line of JSON for each on stdout. */
final class ConformanceScenarios {
    private interface Scenario {
        Map<String, ?> shows(MqttBroker broker) throws Exception;
    }

    private ConformanceScenarios() {}

    public static void main(String[] args) {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("expect-met", ConformanceScenarios::expectMet);
        all.put("near-misses", ConformanceScenarios::nearMisses);
        all.put("never", ConformanceScenarios::never);
        all.put("settle", ConformanceScenarios::settle);
        all.put("clock", ConformanceScenarios::clock);
        all.put("fault", ConformanceScenarios::fault);
        all.put("stub", ConformanceScenarios::stub);
        all.put("restart", ConformanceScenarios::restart);
        all.put("snapshot", ConformanceScenarios::snapshot);
        all.put("isolation", ConformanceScenarios::isolation);
        all.put("tls", ConformanceScenarios::tls);
        all.put("websocket", ConformanceScenarios::websocket);
        for (Map.Entry<String, Scenario> one : all.entrySet()) {
            Map<String, Object> line = new LinkedHashMap<>(Map.of("scenario", one.getKey()));
            try (MqttBroker broker = MqttBroker.start()) {
                line.put("shows", one.getValue().shows(broker));
            } catch (Exception | AssertionError error) {
                line.put("error", error.toString());
            }
            System.out.println(Json.write(line));
        }
    }

    private static Map<String, ?> expectMet(MqttBroker broker) throws Exception {
        // scenario: expect-met
        try (TestClient kitchen = TestClient.connect(broker.getUrl(), "kitchen")) {
            kitchen.publish("sensors/kitchen/temp", "{\"celsius\": 21}", 1);
        }
        Met met = broker.expect(publish("sensors/+/temp").qos(1).json("{\"celsius\": 21}"), times(1));
        return Map.of("count", met.count(), "topic", met.packet().topic());
        // end scenario
    }

    private static Map<String, ?> nearMisses(MqttBroker broker) throws Exception {
        // scenario: near-misses
        try (TestClient kitchen = TestClient.connect(broker.getUrl(), "kitchen")) {
            kitchen.publish("sensors/kitchen/temp", "{\"celsius\": 20}", 1);
        }
        try {
            MqttPattern wanted = publish("sensors/+/temp").qos(1).json("{\"celsius\": 21}");
            broker.expect(wanted, times(1).within(Duration.ofMillis(100)));
            return Map.of("failed", false);
        } catch (NotMetError error) {
            boolean named = error.getMessage().contains("sensors/kitchen/temp");
            Packet nearest = error.failure().orElseThrow().nearest().get(0).packet();
            return Map.of("failed", true, "report_names", named ? nearest.topic() : "", "nearest_topic", nearest.topic());
        }
        // end scenario
    }

    private static Map<String, ?> never(MqttBroker broker) throws Exception {
        // scenario: never
        broker.never(publish("alarm/#"));
        try (TestClient smoke = TestClient.connect(broker.getUrl(), "smoke")) {
            smoke.publish("alarm/fire", "!", 1);
        }
        try {
            broker.never(publish("alarm/#"));
            return Map.of("held", true, "then_failed", false);
        } catch (NotMetError error) {
            return Map.of("held", true, "then_failed", true);
        }
        // end scenario
    }

    private static Map<String, ?> settle(MqttBroker broker) throws Exception {
        // scenario: settle
        try (TestClient worker = TestClient.connect(broker.getUrl(), "worker")) {
            worker.subscribe("work/#", 1);
            for (int n = 1; n <= 10; n++) {
                broker.publish(message("work/" + n).payload("to do").qos(1));
            }
            broker.settle();
            return Map.of("received", worker.count());
        }
        // end scenario
    }

    private static Map<String, ?> clock(MqttBroker broker) {
        // scenario: clock
        broker.clock().freeze();
        broker.publish(message("news").payload("rain").retain().expiresAfter(Duration.ofSeconds(60)));
        int before = broker.retained().list().size();
        broker.clock().advance(Duration.ofHours(1));
        return Map.of("retained_before", before, "retained_after", broker.retained().list().size());
        // end scenario
    }

    private static Map<String, ?> fault(MqttBroker broker) throws Exception {
        // scenario: fault
        MqttPattern fromSwitch = packet("PUBLISH").fromClient("switch");
        broker.faults().add(Map.of("name", "lost", "when", fromSwitch, "first", 1, "action", "drop"));
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp");
                TestClient toggle = TestClient.connect(broker.getUrl(), "switch")) {
            lamp.subscribe("lamp/#", 0);
            toggle.publish("lamp/hall", "lost", 0);
            toggle.publish("lamp/hall", "kept", 0);
            return Map.of("received", List.of(lamp.next()), "fired", broker.faults().get("lost").fired());
        }
        // end scenario
    }

    private static Map<String, ?> stub(MqttBroker broker) throws Exception {
        // scenario: stub
        Map<String, String> answer = Map.of("topic", "answer", "payload", "{{ message.payload | upper }}");
        broker.stubs().add(Map.of("name", "echo", "when", publish("ask"), "publish", answer));
        try (TestClient client = TestClient.connect(broker.getUrl(), "client")) {
            client.subscribe("answer", 1);
            client.publish("ask", "hello", 1);
            return Map.of("received", List.of(client.next()), "answered", broker.stubs().get("echo").answered());
        }
        // end scenario
    }

    private static Map<String, ?> restart(MqttBroker broker) throws Exception {
        Map<String, Object> shows = new LinkedHashMap<>();
        // scenario: restart
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "switch")) {
            lamp.publishRetained("lamp/set", "on");
        }
        broker.restart();
        shows.put("kept", broker.retained().get("lamp/set").map(Message::text).orElse(null));
        broker.restartLosingState();
        shows.put("after_loss", broker.retained().get("lamp/set").map(Message::text).orElse(null));
        // end scenario
        return shows;
    }

    private static Map<String, ?> snapshot(MqttBroker broker) throws Exception {
        // scenario: snapshot
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "switch")) {
            lamp.publishRetained("lamp/set", "on");
        }
        Snapshot before = broker.snapshot();
        broker.reset();
        int afterReset = broker.retained().list().size();
        broker.restore(before);
        return Map.of("retained_after_reset", afterReset, "retained_after_restore", broker.retained().list().size());
        // end scenario
    }

    private static Map<String, ?> isolation(MqttBroker ignored) throws Exception {
        // scenario: isolation
        try (MqttBroker first = MqttBroker.start();
                MqttBroker second = MqttBroker.start();
                TestClient ofFirst = TestClient.connect(first.getUrl(), "same");
                TestClient ofSecond = TestClient.connect(second.getUrl(), "same")) {
            ofFirst.publish("a/1", "x", 1);
            ofSecond.publish("b/1", "x", 1);
            ofSecond.publish("b/2", "x", 1);
            List<String> atFirst = first.messages().stream().map(Message::topic).toList();
            List<String> atSecond = second.messages().stream().map(Message::topic).toList();
            return Map.of("first", atFirst, "second", atSecond, "ports_differ", first.getPort() != second.getPort());
        }
        // end scenario
    }

    private static Map<String, ?> tls(MqttBroker broker) throws Exception {
        // scenario: tls
        MqttConnectOptions trusting = new MqttConnectOptions();
        trusting.setSocketFactory(broker.getSslContext().getSocketFactory());
        try (TestClient client = TestClient.connect(broker.getTlsUrl(), "client", trusting)) {
            client.subscribe("test/topic", 1);
            client.publish("test/topic", "bar", 1);
            boolean overTls = Objects.equals(broker.clients().get("client").way(), "tls");
            return Map.of("received", List.of(client.next()), "tls", overTls);
        }
        // end scenario
    }

    private static Map<String, ?> websocket(MqttBroker broker) throws Exception {
        // scenario: websocket
        try (TestClient client = TestClient.connect(broker.getWsUrl(), "client")) {
            client.subscribe("test/topic", 1);
            client.publish("test/topic", "bar", 1);
            boolean overWebSocket = Objects.equals(broker.clients().get("client").way(), "ws");
            return Map.of("received", List.of(client.next()), "websocket", overWebSocket);
        }
        // end scenario
    }
}
