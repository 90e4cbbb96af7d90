// Eclipse Paho for Java (MQTT 3.1.1): see README.md.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

public class Ways {
    static final byte[] BIG = new byte[300 * 1024];

    static SSLSocketFactory trusting(String ca, String crl) throws Exception {
        CertificateFactory x509 = CertificateFactory.getInstance("X.509");
        KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
        authorities.load(null);
        authorities.setCertificateEntry("ca", x509.generateCertificate(new FileInputStream(ca)));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        if (crl.equals("-")) {
            trust.init(authorities);
        } else {
            PKIXBuilderParameters rules = new PKIXBuilderParameters(authorities, new X509CertSelector());
            rules.addCertStore(CertStore.getInstance("Collection",
                new CollectionCertStoreParameters(x509.generateCRLs(new FileInputStream(crl)))));
            rules.setRevocationEnabled(true);
            trust.init(new CertPathTrustManagerParameters(rules));
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    static MqttConnectOptions options(String url, String ca, String crl, String name) throws Exception {
        MqttConnectOptions options = new MqttConnectOptions();
        if (url.startsWith("mqtts") || url.startsWith("wss")) {
            options.setSocketFactory(trusting(ca, crl));
        }
        if (!name.isEmpty()) {
            options.setWill("gone/" + name, "x".getBytes(), 1, true);
        }
        options.setMaxInflight(200);
        return options;
    }

    static MqttAsyncClient client(String url, String name) throws Exception {
        String its = url.replaceFirst("^mqtts:", "ssl:").replaceFirst("^mqtt:", "tcp:");
        return new MqttAsyncClient(its, name, new MemoryPersistence());
    }

    /** Keeps messages for the program, and leaves after ten of the flow. */
    static class Messages implements MqttCallback {
        final LinkedBlockingQueue<MqttMessage> came = new LinkedBlockingQueue<>();
        final CountDownLatch over = new CountDownLatch(1);
        final MqttAsyncClient client;
        final String flow;
        int flown = 0;

        Messages(MqttAsyncClient client, String name) {
            this.client = client;
            this.flow = "flow/" + name;
        }

        public void connectionLost(Throwable cause) {
            System.out.println("lost " + cause);
        }

        public void messageArrived(String topic, MqttMessage message) throws Exception {
            if (!topic.equals(flow)) {
                came.add(message);
            } else if (++flown == 10) {
                // Not from within the callback, which disconnecting waits for.
                new Thread(() -> {
                    try {
                        client.disconnect(0).waitForCompletion(20_000);
                    } catch (MqttException error) {
                        System.out.println("goodbye " + error);
                    }
                    over.countDown();
                }).start();
            }
        }

        public void deliveryComplete(IMqttDeliveryToken token) {}

        MqttMessage next() throws Exception {
            MqttMessage message = came.poll(20, TimeUnit.SECONDS);
            if (message == null) {
                throw new IllegalStateException("no message");
            }
            return message;
        }
    }

    static void talk(String url, String ca, String name) throws Exception {
        MqttAsyncClient client = client(url, name);
        Messages messages = new Messages(client, name);
        client.setCallback(messages);
        client.connect(options(url, ca, "-", name)).waitForCompletion(20_000);
        for (int qos = 0; qos < 3; qos++) {
            String topic = "talk/" + name + "/" + qos;
            client.subscribe(topic, qos).waitForCompletion(20_000);
            client.publish(topic, "bar".getBytes(), qos, false);
            MqttMessage small = messages.next();
            System.out.println("small " + new String(small.getPayload()) + " " + small.getQos());
            client.publish(topic, BIG, qos, false);
            MqttMessage big = messages.next();
            System.out.println("big " + big.getPayload().length + " "
                + (Arrays.equals(big.getPayload(), BIG) ? "same" : "different") + " " + big.getQos());
        }
        client.publish("kept/" + name, "kept".getBytes(), 1, true).waitForCompletion(20_000);
        client.subscribe("kept/" + name, 1).waitForCompletion(20_000);
        MqttMessage kept = messages.next();
        System.out.println((kept.isRetained() ? "retained " : "live ") + new String(kept.getPayload()));
        client.subscribe("flow/" + name, 0).waitForCompletion(20_000);
        if (!messages.over.await(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no end");
        }
        client.close(true);
    }

    static final List<MqttAsyncClient> STAYING = new ArrayList<>();

    static void stay(String url, String ca, String name) throws Exception {
        MqttAsyncClient client = client(url, name);
        client.connect(options(url, ca, "-", name)).waitForCompletion(20_000);
        STAYING.add(client);
    }

    static void meet(String url, String ca, String crl) throws Exception {
        MqttAsyncClient client = client(url, MqttAsyncClient.generateClientId());
        try {
            client.connect(options(url, ca, crl, "")).waitForCompletion(20_000);
            System.out.println("accepted");
            client.disconnect(0).waitForCompletion(20_000);
        } catch (MqttException error) {
            Throwable root = error;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            String said = root.getClass().getSimpleName() + ": " + root.getMessage();
            System.out.println("refused " + said.replace('\n', ' '));
        }
        client.close(true);
    }

    public static void main(String[] args) throws Exception {
        for (int i = 0; i < BIG.length; i++) {
            BIG[i] = (byte) (i % 251);
        }
        BufferedReader wishes = new BufferedReader(new InputStreamReader(System.in));
        for (String line = wishes.readLine(); line != null; line = wishes.readLine()) {
            String[] wish = line.split(" ");
            switch (wish[0]) {
                case "talk" -> talk(wish[1], wish[2], wish[3]);
                case "stay" -> stay(wish[1], wish[2], wish[3]);
                default -> meet(wish[1], wish[2], wish[3]);
            }
            System.out.println("done");
        }
        System.exit(0);
    }
}
