package io.citronella.junit5;

import static io.citronella.Expect.within;
import static io.citronella.MqttBrokerOptions.options;
import static io.citronella.MqttPattern.publish;
import static io.citronella.Publication.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.citronella.MqttBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventType;
import org.junit.platform.testkit.engine.Events;

/** The extension, seen from outside: each class below is run by an engine of its own. */
class MqttBrokerExtensionTest {
    private static Events run(Class<?> tests) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(tests))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .execute()
                .allEvents();
    }

    private static List<Throwable> errors(Events events) {
        return events.failed().stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow())
                .toList();
    }

    private static void allPass(int count, Class<?> tests) {
        Events events = run(tests);
        assertEquals(List.of(), errors(events));
        assertEquals(count, events.filter(event -> event.getTestDescriptor().isTest()).filter(event -> event.getType() == EventType.FINISHED).count());
    }

    @MqttBrokerTest(settings = {"session.max_inflight = 1", "listener = [{\"port\": 0, \"name\": \"other\"}]"})
    static class Annotated {
        static int port;

        @BeforeAll
        static void itIsThereBeforeAll(MqttBrokerRuntimeInfo info) {
            port = info.getPort();
        }

        @RepeatedTest(2)
        void itIsAsNewBeforeEachOnTheSamePort(MqttBroker broker, MqttBrokerRuntimeInfo info) {
            assertSame(broker, info.getBroker());
            assertEquals(port, broker.getPort());
            assertEquals("mqtt://127.0.0.1:" + port, info.getUrl());
            assertEquals("127.0.0.1", info.getHost());
            assertEquals(List.of(), broker.users().list());
            broker.users().set("ann", "pencil");
            broker.recording().start();
            broker.listenerDown("main");
            assertEquals(List.of(), broker.retained().list());
            assertEquals(false, broker.clock().isFrozen());
            broker.publish(message("kept").payload("on").retain());
            broker.clock().freeze();
        }

        @Nested
        class Inside {
            @Test
            void itIsTheSame(MqttBroker broker) {
                assertEquals(port, broker.getPort());
            }
        }
    }

    @Test
    void anAnnotatedClassHasABrokerThatIsAsNewBeforeEach() {
        allPass(3, Annotated.class);
    }

    static class OfClass {
        @RegisterExtension
        static final MqttBrokerExtension BROKER = MqttBrokerExtension.newInstance().options(options().set("session.max_inflight", 1));

        static int port;

        @BeforeAll
        static void itIsThereBeforeAll() {
            port = BROKER.getPort();
        }

        @RepeatedTest(2)
        void itIsAsNew() {
            assertEquals(port, BROKER.getBroker().getPort());
            assertEquals(List.of(), BROKER.retained().list());
            BROKER.publish(message("kept").payload("on").retain());
        }
    }

    @Test
    void aStaticFieldHasOneForTheClass() {
        allPass(2, OfClass.class);
        assertEquals(false, OfClass.BROKER.isRunning());
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class OfTest {
        @RegisterExtension
        final MqttBrokerExtension broker = MqttBrokerExtension.newInstance();

        @RepeatedTest(8)
        void eachHasOne(MqttBroker same) {
            assertSame(broker, same);
            assertEquals(List.of(), broker.retained().list());
            broker.publish(message("kept").payload("on").retain());
            assertEquals(1, broker.retained().list().size());
        }
    }

    @Test
    void aFieldThatIsNotStaticHasOneForEachTest() {
        allPass(8, OfTest.class);
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class OneInstance {
        @RegisterExtension
        final MqttBrokerExtension broker = MqttBrokerExtension.newInstance();

        @RepeatedTest(2)
        void itIsAsNew() {
            assertEquals(List.of(), broker.retained().list());
            broker.publish(message("kept").payload("on").retain());
        }
    }

    @Test
    void oneInstanceForAllTestsIsAsAStaticField() {
        allPass(2, OneInstance.class);
    }

    @MqttBrokerTest
    @Execution(ExecutionMode.CONCURRENT)
    static class Parallel {
        private MqttBroker before;

        @BeforeEach
        void takesIt(MqttBroker broker) {
            before = broker;
        }

        @RepeatedTest(8)
        void eachHasItsOwn(MqttBroker broker) {
            assertSame(before, broker);
            broker.publish(message("kept").payload("on").retain());
            assertEquals(1, broker.retained().list().size());
        }
    }

    @Test
    void methodsInParallelHaveABrokerEach() {
        allPass(8, Parallel.class);
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class Shared {
        @RegisterExtension
        static final MqttBrokerExtension BROKER = MqttBrokerExtension.newInstance();

        @Test
        void one() {}
    }

    @Test
    void oneBrokerForMethodsInParallelIsRefused() {
        Throwable error = errors(run(Shared.class)).get(0);
        assertTrue(error.getMessage().contains("resetBeforeEach(false)"), error.getMessage());
    }

    @MqttBrokerTest
    static class Failing {
        @Test
        void itFails(MqttBroker broker) {
            broker.publish("lamp/set", "seen by the broker");
            assertEquals(1, 2);
        }

        @AfterEach
        void cleansUp(MqttBroker broker) {
            broker.journal().clear();
        }
    }

    @Test
    void aTestThatFailsShowsWhatTheBrokerSaw() {
        Throwable error = errors(run(Failing.class)).get(0);
        assertEquals(1, error.getSuppressed().length);
        String shown = error.getSuppressed()[0].toString();
        assertTrue(shown.matches("(?s)the broker at mqtt://127.0.0.1:\\d+ saw:\n.*"), shown);
    }

    @MqttBrokerTest
    static class NotMet {
        @Test
        void itFails(MqttBroker broker) {
            seen(broker);
            broker.expect(publish("never"), within(Duration.ofMillis(50)));
        }

        @Test
        void itFailsBehindAMark(MqttBroker broker) {
            seen(broker);
            broker.mark();
            broker.expect(publish("never"), within(Duration.ofMillis(50)));
        }

        private static void seen(MqttBroker broker) {
            broker.devices().add(Map.of("name", "meter"));
            broker.waitFor().connected("meter");
        }

        @AfterEach
        void moreHappens(MqttBroker broker) {
            broker.devices().clear();
            broker.waitFor().disconnected("meter");
        }
    }

    @Test
    void aLadderThatTheReportShowsIsNotShownTwice() {
        List<Throwable> errors = errors(run(NotMet.class));
        assertEquals(2, errors.size());
        for (Throwable error : errors) {
            assertEquals(error.getMessage().contains("CONNECT 5.0") ? 0 : 1, error.getSuppressed().length, error.getMessage());
        }
    }

    @MqttBrokerTest
    static class Killed {
        static int port;

        @RepeatedTest(3)
        void theNextTestHasAnotherProgram(MqttBroker broker) throws Exception {
            port = port == 0 ? broker.getPort() : port;
            assertEquals(port, broker.getPort());
            assertEquals(List.of(), broker.retained().list());
            broker.publish(message("kept").payload("on").retain());
            ProcessHandle program = ProcessHandle.current().children()
                    .filter(child -> !child.info().command().orElse("").endsWith("java"))
                    .findFirst()
                    .orElseThrow();
            program.destroyForcibly();
            program.onExit().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void whereTheProgramIsKilledTheNextTestBeginsAnother() {
        allPass(3, Killed.class);
    }

    @MqttBrokerTest
    static class OfConstructor {
        OfConstructor(MqttBroker broker) {}

        @Test
        void one() {}
    }

    @Test
    void aConstructorIsToldWhereABrokerIs() {
        Throwable error = errors(run(OfConstructor.class)).get(0);
        assertTrue(error.getMessage().contains("@BeforeEach"), error.getMessage());
    }

    @MqttBrokerTest(settings = "session.max_inflihgt=1")
    static class WrongSetting {
        @Test
        void one() {}
    }

    @Test
    void aWrongSettingIsSaid() {
        List<Throwable> errors = errors(run(WrongSetting.class));
        assertTrue(errors.get(0).getMessage().contains("max_inflight"), errors.toString());
    }
}
