package io.citronella;

import java.util.Map;

/** The broker refused a request. The message says what was wrong, where, and what would be right; nothing has changed. */
public final class ProblemException extends MqttBrokerException {
    private static final long serialVersionUID = 1L;

    /** The status of the answer. */
    private final int status;
    private final transient Map<String, Object> body;

    ProblemException(int status, Map<String, Object> body) {
        super(String.valueOf(body.get("detail")), null);
        this.status = status;
        this.body = body;
    }

    /** {@return the status of the answer, such as 422} */
    public int status() {
        return status;
    }

    /** {@return what kind of problem it is, such as {@code urn:citronella:problem:invalid}} */
    public String type() {
        return String.valueOf(body().get("type"));
    }

    /** {@return the whole answer (RFC 9457)} */
    public Map<String, Object> body() {
        return body == null ? Map.of() : body;
    }
}
