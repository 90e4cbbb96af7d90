package io.citronella;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.AssertionFailedError;

/**
 * What was expected or waited for did not come. The message is a report: what was expected, what came nearest and in what it
 * differs, why a message may not have come, and the packets around it.
 */
public final class NotMetError extends AssertionFailedError {
    private static final long serialVersionUID = 1L;

    private static final Set<String> OURS = Stream.of(Api.class, MqttBroker.class, Met.class, Waits.class)
            .map(Class::getName)
            .collect(Collectors.toUnmodifiableSet());

    private final transient Map<String, Object> body;

    NotMetError(Map<String, Object> body) {
        super(String.valueOf(body.get("detail")));
        this.body = body;
        // The first line of the trace is the one that asked.
        setStackTrace(Stream.of(getStackTrace()).dropWhile(frame -> OURS.contains(frame.getClassName())).toArray(StackTraceElement[]::new));
    }

    /** {@return the same as data; empty for a wait, which has the report alone} */
    public Optional<Failure> failure() {
        return Optional.ofNullable(body().get("failure")).map(Json::object).map(Failure::new);
    }

    /** {@return the whole answer (RFC 9457)} */
    public Map<String, Object> body() {
        return body == null ? Map.of() : body;
    }
}
