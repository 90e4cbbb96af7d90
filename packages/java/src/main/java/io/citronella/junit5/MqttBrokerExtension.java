package io.citronella.junit5;

import io.citronella.MqttBroker;
import io.citronella.MqttBrokerException;
import io.citronella.MqttBrokerOptions;
import java.lang.reflect.Constructor;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/**
 * A broker in the life of JUnit 5 tests. A static field has one for all tests of the class, as new before each; a field that is
 * not static has one for each test, also where tests run in parallel.
 *
 * <pre>{@code
 * @RegisterExtension
 * static MqttBrokerExtension broker = MqttBrokerExtension.newInstance().options(options().set("session.max_inflight", 1));
 * }</pre>
 *
 * <p>A test that fails shows in its error what the broker saw.
 */
public final class MqttBrokerExtension extends MqttBroker
        implements MqttBrokerRuntimeInfo,
                BeforeAllCallback,
                BeforeEachCallback,
                AfterTestExecutionCallback,
                AfterEachCallback,
                AfterAllCallback,
                ParameterResolver {
    private final boolean ofField;
    private MqttBrokerOptions options = MqttBrokerOptions.options();
    /** The class for whose tests the broker is; null where it is for one test. */
    private String owner;

    /** For {@link MqttBrokerTest}. */
    MqttBrokerExtension() {
        this(false);
    }

    private MqttBrokerExtension(boolean ofField) {
        this.ofField = ofField;
    }

    /** {@return an extension for a field with {@code @RegisterExtension}} */
    public static MqttBrokerExtension newInstance() {
        return new MqttBrokerExtension(true);
    }

    /**
     * Says what the broker is to be.
     *
     * @param options in place of what was said before
     * @return this
     */
    public MqttBrokerExtension options(MqttBrokerOptions options) {
        this.options = options;
        return this;
    }

    @Override
    public MqttBroker getBroker() {
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // A nested class has the broker of the class around it.
        if (owner != null) {
            return;
        }
        owner = context.getUniqueId();
        if (!ofField) {
            AnnotationSupport.findAnnotation(context.getRequiredTestClass(), MqttBrokerTest.class)
                    .ifPresent(annotation -> options = optionsOf(annotation.settings()));
        }
        begin(options);
    }

    private static MqttBrokerOptions optionsOf(String[] settings) {
        MqttBrokerOptions options = MqttBrokerOptions.options();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("expected key=value in settings of @MqttBrokerTest, not " + setting);
            }
            options = options.setText(setting.substring(0, equals).strip(), setting.substring(equals + 1).strip());
        }
        return options;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (owner == null) {
            begin(options);
        } else if (!ofField && isParallel(context)) {
            store(context).put(MqttBroker.class, MqttBroker.start(options));
        } else if (options.resetsBeforeEach()) {
            if (isParallel(context)) {
                throw new IllegalStateException(
                        "tests of this class run in parallel, and one broker cannot be made as new before each: take static away from "
                                + "the field for a broker each, or say resetBeforeEach(false) in its options");
            }
            renew();
        }
    }

    private static boolean isParallel(ExtensionContext context) {
        boolean enabled = context.getConfigurationParameter("junit.jupiter.execution.parallel.enabled", Boolean::valueOf).orElse(false);
        return enabled && context.getExecutionMode() == ExecutionMode.CONCURRENT;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        showLadder(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        showLadder(context);
        MqttBroker own = store(context).remove(MqttBroker.class, MqttBroker.class);
        if (own != null) {
            own.close();
        }
        if (owner == null) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (context.getUniqueId().equals(owner)) {
            close();
            owner = null;
        }
    }

    /** Once for each error: right behind the test where that failed, or at the end where a method before or behind it did. */
    private void showLadder(ExtensionContext context) {
        context.getExecutionException().filter(error -> !(error instanceof TestAbortedException)).ifPresent(error -> {
            MqttBroker broker = of(context);
            if (!broker.isRunning() || store(context).get(Ladder.class) == error) {
                return;
            }
            store(context).put(Ladder.class, error);
            String ladder = ladder(broker);
            if (!shows(error, ladder)) {
                error.addSuppressed(new Ladder(broker.getUrl(), ladder));
            }
        });
    }

    /** Whether the report of an expectation has the ladder by itself. */
    private static boolean shows(Throwable error, String ladder) {
        Set<String> lines = String.valueOf(error.getMessage()).lines().map(String::strip).collect(Collectors.toSet());
        return ladder.lines().map(String::strip).allMatch(lines::contains);
    }

    private static String ladder(MqttBroker broker) {
        try {
            return broker.journal().ladder();
        } catch (MqttBrokerException silent) {
            return "it does not say: " + silent.getMessage();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == MqttBroker.class || type == MqttBrokerRuntimeInfo.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (parameter.getDeclaringExecutable() instanceof Constructor) {
            throw new ParameterResolutionException(
                    "a broker is a parameter of methods, not of constructors: take it in the test, or in a method with @BeforeEach");
        }
        MqttBroker broker = of(context);
        return parameter.getParameter().getType() == MqttBroker.class ? broker : new Info(broker);
    }

    /** The broker of one test, or else the one of the class. */
    private MqttBroker of(ExtensionContext context) {
        MqttBroker own = store(context).get(MqttBroker.class, MqttBroker.class);
        return own == null ? this : own;
    }

    private Store store(ExtensionContext context) {
        return context.getStore(Namespace.create(MqttBrokerExtension.class, this));
    }

    private record Info(MqttBroker broker) implements MqttBrokerRuntimeInfo {
        @Override
        public String getHost() {
            return broker.getHost();
        }

        @Override
        public int getPort() {
            return broker.getPort();
        }

        @Override
        public String getUrl() {
            return broker.getUrl();
        }

        @Override
        public MqttBroker getBroker() {
            return broker;
        }
    }
}
