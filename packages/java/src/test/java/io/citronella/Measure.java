package io.citronella;

import static io.citronella.Expect.times;
import static io.citronella.MqttPattern.publish;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.citronella.junit5.MqttBrokerTest;
import java.util.Arrays;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Figures of this package, printed: `./scenarios` says how to run a class like this one. */
final class Measure {
    private static final int TIMES = 500;

    private Measure() {}

    private interface Step {
        void run() throws Exception;
    }

    private static void median(String what, Step step) throws Exception {
        long[] nanos = new long[TIMES];
        for (int n = 0; n < TIMES; n++) {
            long began = System.nanoTime();
            step.run();
            nanos[n] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        System.out.printf("%-44s median %.3f ms, 99th %.3f ms%n", what, nanos[TIMES / 2] / 1e6, nanos[TIMES * 99 / 100] / 1e6);
    }

    @MqttBrokerTest
    @Execution(ExecutionMode.CONCURRENT)
    static class TwoHundred {
        @RepeatedTest(200)
        void aMessageIsExpected(MqttBroker broker) throws Exception {
            try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
                lamp.publish("lamp/state", "on", 1);
            }
            broker.expect(publish("lamp/+").payload("on"), times(1));
        }
    }

    public static void main(String[] args) throws Exception {
        long began = System.nanoTime();
        MqttBroker broker = MqttBroker.start();
        System.out.printf("%-44s %.0f ms%n", "the first broker, with the program", (System.nanoTime() - began) / 1e6);
        median("a broker: start and close", () -> MqttBroker.start().close());
        median("a call: stats", () -> broker.stats());
        broker.publish(Publication.message("a").payload("b").retain());
        try (TestClient lamp = TestClient.connect(broker.getUrl(), "lamp")) {
            lamp.publish("a", "b", 1);
            median("an expectation that is met", () -> broker.expect(publish("a")));
            median("publish by Paho at QoS 1, then expect it", () -> {
                lamp.publish("c", "d", 1);
                broker.expect(publish("c"));
            });
        }
        median("reset", broker::reset);
        began = System.nanoTime();
        Events events = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(TwoHundred.class))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "16")
                .execute()
                .testEvents();
        double took = (System.nanoTime() - began) / 1e6;
        System.out.printf(
                "%d tests of 200 passed, 16 in parallel: %.0f ms, %.1f ms a test; programs: %d%n",
                events.succeeded().count(), took, took / 200, ProcessHandle.current().children().count());
    }
}
