/**
 * An MQTT broker for tests: started in a moment, asked what came, told what to do. {@link io.citronella.MqttBroker} is where to
 * begin; with JUnit 5, {@link io.citronella.junit5.MqttBrokerTest}.
 */
package io.citronella;
