package io.citronella;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The broker that a handle has for its time: one that was begun for it, or one that runs already.
 *
 * @param api its control API
 * @param info what it says of itself
 * @param ended what is to be done at the end
 */
record Lease(Api api, Map<String, Object> info, Runnable ended) {
    static Lease of(MqttBrokerOptions options) {
        String running = options.running();
        return running == null ? begun(options.settings()) : joined(running, options);
    }

    private static Lease begun(Map<String, Object> settings) {
        Api program = BrokerProgram.api();
        // A port of its own for the control API stays open where the broker is away.
        Map<String, Object> all = new LinkedHashMap<>(settings);
        Map<String, Object> http = new LinkedHashMap<>(Map.of("listen", true));
        http.putAll(settings.get("http") instanceof Map<?, ?> said ? Json.object(said) : Map.of());
        all.put("http", http);
        Map<String, Object> child = program.post("brokers", all);
        return new Lease(new Api(apiUrl(child)), child, () -> program.delete("brokers/" + child.get("id")));
    }

    private static String apiUrl(Map<String, Object> info) {
        for (Object listener : Json.list(info.get("listeners"))) {
            Map<String, Object> urls = Json.object(Json.object(listener).get("urls"));
            if (urls.containsKey("http") && !urls.containsKey("tcp")) {
                return String.valueOf(urls.get("http")).replaceFirst("/?$", "/api/v1");
            }
        }
        return String.valueOf(info.get("api"));
    }

    private static Lease joined(String url, MqttBrokerOptions options) {
        if (!options.settings().isEmpty()) {
            throw new IllegalStateException(
                    "the broker at " + url + " (MQTT_URL, or an option) runs already: it cannot be given settings: " + options.settings().keySet());
        }
        URI there = URI.create(url);
        if (there.getHost() == null) {
            throw new IllegalArgumentException("expected mqtt://HOST:PORT as the URL of a running broker, not " + url);
        }
        int port = there.getPort() < 0 ? 1883 : there.getPort();
        Api api = new Api("http://" + there.getHost() + ":" + port + "/api/v1", options.token());
        Map<String, Object> info = api.get("info");
        api.post("reset", null);
        return new Lease(api, info, () -> {});
    }

    void end() {
        ended.run();
    }

    String url(String way) {
        for (Object listener : Json.list(info.get("listeners"))) {
            Object url = Json.object(Json.object(listener).get("urls")).get(way);
            if (url != null) {
                return url.toString();
            }
        }
        throw new IllegalStateException("this broker does not listen for " + way + ": its settings switch that off");
    }

    private URI uri() {
        return URI.create(String.valueOf(info.get("url")));
    }

    String host() {
        return uri().getHost().replaceAll("^\\[|\\]$", "");
    }

    int port() {
        return uri().getPort();
    }
}
