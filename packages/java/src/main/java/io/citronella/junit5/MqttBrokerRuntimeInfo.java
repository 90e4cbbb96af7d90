package io.citronella.junit5;

import io.citronella.MqttBroker;

/** The broker of a test: a parameter of a test method, a constructor, or a method that runs before tests. */
public interface MqttBrokerRuntimeInfo {
    /** {@return the address to connect to: {@code 127.0.0.1}} */
    String getHost();

    /** {@return the port} */
    int getPort();

    /** {@return {@code mqtt://HOST:PORT}} */
    String getUrl();

    /** {@return all that it can do} */
    MqttBroker getBroker();
}
