package io.citronella;

/** A broker could not be started, or does not answer. */
public class MqttBrokerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MqttBrokerException(String message, Throwable cause) {
        super(message, cause);
    }
}
