package io.citronella;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a broker is to be. Each call gives new options with one more thing.
 *
 * <pre>{@code
 * MqttBroker.start(MqttBrokerOptions.options().set("session.max_inflight", 1).set("port", 1883));
 * }</pre>
 */
public final class MqttBrokerOptions {
    private static final MqttBrokerOptions USUAL = new MqttBrokerOptions(Map.of(), null, null, Duration.ofSeconds(5), true);

    private final Map<String, Object> settings;
    private final String url;
    private final String token;
    private final Duration patience;
    private final boolean resetBeforeEach;

    private MqttBrokerOptions(Map<String, Object> settings, String url, String token, Duration patience, boolean resetBeforeEach) {
        this.settings = settings;
        this.url = url;
        this.token = token;
        this.patience = patience;
        this.resetBeforeEach = resetBeforeEach;
    }

    /** {@return a broker on a free port of this machine, which takes MQTT, TLS, WebSocket and WebSocket inside TLS there} */
    public static MqttBrokerOptions options() {
        return USUAL;
    }

    /**
     * {@return the same with one setting}
     *
     * @param key the key of the setting, such as {@code session.max_inflight}
     * @param value a text, a number, a truth value, a list or a map
     */
    public MqttBrokerOptions set(String key, Object value) {
        return new MqttBrokerOptions(with(settings, key, value), url, token, patience, resetBeforeEach);
    }

    /**
     * {@return the same with one setting, whose value is said as a text}
     *
     * @param key the key of the setting
     * @param value JSON, such as {@code 1}, {@code true} or {@code ["tcp", "tls"]}; else it is a text as it stands
     */
    public MqttBrokerOptions setText(String key, String value) {
        return set(key, Json.parsed(value).orElse(value));
    }

    /**
     * {@return the same with settings in the form of the settings file}
     *
     * @param more such as {@code Map.of("session", Map.of("max_inflight", 1))}
     */
    public MqttBrokerOptions settings(Map<String, ?> more) {
        MqttBrokerOptions all = this;
        for (Map.Entry<String, ?> one : more.entrySet()) {
            all = all.set(one.getKey(), one.getValue());
        }
        return all;
    }

    /**
     * {@return the same with settings in the form of the settings file}
     *
     * @param json such as <code>{"session": {"max_inflight": 1}}</code>
     */
    public MqttBrokerOptions settings(String json) {
        return settings(Json.object(Json.parse(json)));
    }

    /**
     * {@return a broker that runs already: none is started, and none is stopped}
     *
     * @param url where it is, such as {@code mqtt://localhost:1883}; the control API is on the same port
     */
    public MqttBrokerOptions url(String url) {
        return new MqttBrokerOptions(settings, url, token, patience, resetBeforeEach);
    }

    /**
     * {@return the same, where the control API of a broker that runs already asks for a token}
     *
     * @param token the token; where nothing is said, the first line of the file that {@code CITRONELLA_TOKEN_FILE} names
     */
    public MqttBrokerOptions token(String token) {
        return new MqttBrokerOptions(settings, url, token, patience, resetBeforeEach);
    }

    /**
     * {@return the same, whose expectations and waits take so long at most where they say nothing}
     *
     * @param time how long, on the clock of the wall; 5 seconds where nothing is said
     */
    public MqttBrokerOptions timeout(Duration time) {
        return new MqttBrokerOptions(settings, url, token, time, resetBeforeEach);
    }

    /**
     * {@return the same, for the JUnit extension: whether a broker that tests share is made as new before each}
     *
     * @param reset whether; so it is where nothing is said
     */
    public MqttBrokerOptions resetBeforeEach(boolean reset) {
        return new MqttBrokerOptions(settings, url, token, patience, reset);
    }

    /** {@return whether a broker that tests share is made as new before each} */
    public boolean resetsBeforeEach() {
        return resetBeforeEach;
    }

    /** The broker that runs already; null where one is to be started. */
    String running() {
        String set = System.getenv("MQTT_URL");
        return url != null ? url : set == null || set.isEmpty() ? null : set;
    }

    /** Who says that. */
    String runningBy() {
        return url != null ? "the option url" : "MQTT_URL";
    }

    /** What its control API asks for; null for nothing. */
    String token() {
        String file = System.getenv("CITRONELLA_TOKEN_FILE");
        if (token != null || file == null || file.isEmpty()) {
            return token;
        }
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.findFirst().orElse("").strip();
        } catch (IOException error) {
            throw new MqttBrokerException("CITRONELLA_TOKEN_FILE names " + file + ", which cannot be read: " + error, error);
        }
    }

    Duration patience() {
        return patience;
    }

    Map<String, Object> settings() {
        return settings;
    }

    private static Map<String, Object> with(Map<String, Object> settings, String key, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(settings);
        int dot = key.indexOf('.');
        String name = dot < 0 ? key : key.substring(0, dot);
        Map<String, Object> before = changed.get(name) instanceof Map<?, ?> map ? Json.object(map) : Map.of();
        if (dot >= 0) {
            changed.put(name, with(before, key.substring(dot + 1), value));
        } else if (value instanceof Map<?, ?> more) {
            Map<String, Object> all = before;
            for (Map.Entry<String, Object> one : Json.object(more).entrySet()) {
                all = with(all, one.getKey(), one.getValue());
            }
            changed.put(name, all);
        } else {
            changed.put(name, value);
        }
        return changed;
    }
}
