package io.citronella;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The begin and the end of a broker, and where clients find it. */
abstract class RunningBroker implements AutoCloseable {
    private volatile Lease lease;

    /**
     * Begins it.
     *
     * @param options what it is to be
     */
    protected final void begin(MqttBrokerOptions options) {
        lease = Lease.of(options);
    }

    /**
     * Makes it as new on the same port, whatever was done: what {@link MqttBroker#reset} leaves as it is, is set back, too. Only a broker
     * that ran before keeps users and rights.
     */
    protected final void renew() {
        lease = lease().renewed();
    }

    /** {@return whether it has begun and was not closed} */
    public final boolean isRunning() {
        return lease != null;
    }

    /** Ends it: its clients are told that it shuts down, and its port is free again. A second time does nothing. */
    @Override
    public void close() {
        Lease ended = lease;
        lease = null;
        if (ended != null) {
            ended.end();
        }
    }

    private Lease lease() {
        Lease current = lease;
        if (current == null) {
            throw new IllegalStateException("this broker does not run: it has not begun yet, or was closed");
        }
        return current;
    }

    /** How long expectations and waits take where nothing is said. */
    final Duration patience() {
        return lease().options().patience();
    }

    /** {@return its control API, for requests that have no method of their own} */
    public final Api api() {
        return lease().api();
    }

    /** {@return the address to connect to: {@code 127.0.0.1}} */
    public String getHost() {
        return lease().host();
    }

    /** {@return the port: it takes MQTT over TCP, TLS, WebSocket, and WebSocket inside TLS} */
    public int getPort() {
        return lease().port();
    }

    /** {@return {@code mqtt://HOST:PORT}} */
    public String getUrl() {
        return lease().url("tcp");
    }

    /** {@return {@code mqtts://HOST:PORT}} */
    public String getTlsUrl() {
        return lease().url("tls");
    }

    /** {@return {@code ws://HOST:PORT/mqtt}} */
    public String getWsUrl() {
        return lease().url("ws");
    }

    /** {@return {@code wss://HOST:PORT/mqtt}} */
    public String getWssUrl() {
        return lease().url("wss");
    }

    /** {@return the address of its control API} */
    public String getApiUrl() {
        return api().url();
    }

    /** {@return the certificate of the CA that clients are to trust, in PEM} */
    public String getCa() {
        return api().text("GET", "certificates/ca");
    }

    /** {@return a file with that certificate, which goes with the Java process} */
    public Path getCaFile() {
        try {
            Path file = Files.createTempFile("citronella-ca-", ".pem");
            file.toFile().deleteOnExit();
            return Files.writeString(file, getCa());
        } catch (IOException error) {
            throw new MqttBrokerException("the CA cannot be written to a file: " + error, error);
        }
    }

    /** {@return TLS that trusts that CA, for clients that take a context or a socket factory of it} */
    public SSLContext getSslContext() {
        return Trust.context(getCa());
    }

    /** {@return the same, for clients that take trust managers} */
    public TrustManagerFactory getTrustManagerFactory() {
        return Trust.managers(getCa());
    }
}
