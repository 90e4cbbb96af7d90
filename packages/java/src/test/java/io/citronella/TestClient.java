package io.citronella;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** A program under test: Eclipse Paho's client for MQTT 3.1.1, which waits for each answer. */
final class TestClient implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final MqttClient paho;
    private final BlockingQueue<MqttMessage> came = new LinkedBlockingQueue<>();

    private TestClient(MqttClient paho) {
        this.paho = paho;
    }

    static TestClient connect(String url, String clientId) throws MqttException {
        return connect(url, clientId, new MqttConnectOptions());
    }

    static TestClient connect(String url, String clientId, MqttConnectOptions options) throws MqttException {
        String its = url.replaceFirst("^mqtts:", "ssl:").replaceFirst("^mqtt:", "tcp:");
        MqttClient paho = new MqttClient(its, clientId, new MemoryPersistence());
        paho.setTimeToWait(PATIENCE_MS);
        paho.connect(options);
        return new TestClient(paho);
    }

    void publish(String topic, String payload, int qos) throws MqttException {
        paho.publish(topic, payload.getBytes(), qos, false);
    }

    void publishRetained(String topic, String payload) throws MqttException {
        paho.publish(topic, payload.getBytes(), 1, true);
    }

    void subscribe(String filter, int qos) throws MqttException {
        paho.subscribe(filter, qos, (topic, message) -> came.add(message));
    }

    /** The payload of the next message. */
    String next() throws InterruptedException {
        MqttMessage message = came.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
        if (message == null) {
            throw new AssertionError("no message came");
        }
        return new String(message.getPayload());
    }

    int count() {
        return came.size();
    }

    boolean isConnected() {
        return paho.isConnected();
    }

    @Override
    public void close() throws MqttException {
        if (paho.isConnected()) {
            paho.disconnect();
        }
        paho.close(true);
    }
}
