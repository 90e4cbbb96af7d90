package io.citronella;

import static io.citronella.Expect.times;
import static io.citronella.MqttPattern.publish;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import io.citronella.junit5.MqttBrokerTest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.IMqttMessageListener;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients that programs in Java have, over each transport. */
@MqttBrokerTest
class OtherClientsTest {
    private static String url(MqttBroker broker, String way) {
        return switch (way) {
            case "tcp" -> broker.getUrl().replaceFirst("mqtt:", "tcp:");
            case "tls" -> broker.getTlsUrl().replaceFirst("mqtts:", "ssl:");
            case "ws" -> broker.getWsUrl();
            default -> broker.getWssUrl();
        };
    }

    private static SSLSocketFactory trust(MqttBroker broker) {
        return broker.getSslContext().getSocketFactory();
    }

    private static void cameOver(MqttBroker broker, String way) {
        broker.expect(publish("test/topic").fromClient("client").qos(1).payload("bar"), times(1));
        assertEquals(way, broker.clients().get("client").way());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "ws", "wss"})
    void paho3(String way, MqttBroker broker) throws Exception {
        MqttConnectOptions options = new MqttConnectOptions();
        if (way.equals("tls") || way.equals("wss")) {
            options.setSocketFactory(trust(broker));
        }
        try (TestClient client = TestClient.connect(url(broker, way), "client", options)) {
            client.subscribe("test/topic", 1);
            client.publish("test/topic", "bar", 1);
            assertEquals("bar", client.next());
            cameOver(broker, way);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "ws", "wss"})
    void paho5(String way, MqttBroker broker) throws Exception {
        MqttConnectionOptions options = new MqttConnectionOptions();
        if (way.equals("tls") || way.equals("wss")) {
            options.setSocketFactory(trust(broker));
        }
        MqttClient client = new MqttClient(url(broker, way), "client", new MemoryPersistence());
        client.setTimeToWait(20_000);
        client.connect(options);
        CompletableFuture<MqttMessage> came = new CompletableFuture<>();
        IMqttMessageListener listener = (topic, message) -> came.complete(message);
        client.subscribe(new MqttSubscription[] {new MqttSubscription("test/topic", 1)}, new IMqttMessageListener[] {listener});
        client.publish("test/topic", "bar".getBytes(), 1, false);
        assertEquals("bar", new String(came.get(20, TimeUnit.SECONDS).getPayload()));
        cameOver(broker, way);
        client.disconnect();
        client.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "ws", "wss"})
    void hiveMq(String way, MqttBroker broker) throws Exception {
        Mqtt5ClientBuilder builder = Mqtt5Client.builder().identifier("client").serverHost(broker.getHost()).serverPort(broker.getPort());
        if (way.equals("tls") || way.equals("wss")) {
            builder = builder.sslConfig(MqttClientSslConfig.builder().trustManagerFactory(broker.getTrustManagerFactory()).build());
        }
        if (way.startsWith("ws")) {
            builder = builder.webSocketConfig().serverPath("mqtt").applyWebSocketConfig();
        }
        Mqtt5BlockingClient client = builder.buildBlocking();
        client.connect();
        try (Mqtt5BlockingClient.Mqtt5Publishes came = client.publishes(MqttGlobalPublishFilter.ALL)) {
            client.subscribeWith().topicFilter("test/topic").qos(MqttQos.AT_LEAST_ONCE).send();
            client.publishWith().topic("test/topic").qos(MqttQos.AT_LEAST_ONCE).payload("bar".getBytes()).send();
            assertEquals("bar", new String(came.receive(20, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes()));
        }
        cameOver(broker, way);
        client.disconnect();
    }
}
