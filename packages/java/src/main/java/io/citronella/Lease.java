package io.citronella;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The broker that a handle has for its time: one that was begun for it, or one that runs already.
 *
 * @param api its control API
 * @param info what it says of itself
 * @param given where one that runs already was found; else null
 * @param options what it was asked to be
 * @param program the program that serves it; null where one that runs already was found
 */
record Lease(Api api, Map<String, Object> info, URI given, MqttBrokerOptions options, BrokerProgram program) {
    /** How many leases of this process there are on each broker that runs already. */
    private static final Map<String, Integer> JOINED = new HashMap<>();

    static Lease of(MqttBrokerOptions options) {
        String running = options.running();
        return running == null ? begun(options) : joined(running, options);
    }

    private static Lease begun(MqttBrokerOptions options) {
        BrokerProgram program = BrokerProgram.running();
        Map<String, Object> settings = new LinkedHashMap<>(options.settings());
        // A port of its own for the control API stays open where the broker is away.
        Map<String, Object> http = new LinkedHashMap<>(Map.of("listen", true));
        http.putAll(settings.get("http") instanceof Map<?, ?> said ? Json.object(said) : Map.of());
        settings.put("http", http);
        Map<String, Object> child = program.api().post("brokers", settings);
        Lease lease = new Lease(new Api(String.valueOf(child.get("api"))), child, null, options, program);
        if (child.get("api") == null) {
            lease.end();
            throw new IllegalArgumentException("the settings switch the control API off (http.enabled = false), which a test asks");
        }
        return lease;
    }

    private static Lease joined(String url, MqttBrokerOptions options) {
        if (!options.settings().isEmpty()) {
            throw new IllegalStateException("the broker at " + url + " (MQTT_URL, or an option) runs already: it cannot be given settings: "
                    + options.settings().keySet());
        }
        URI given = URI.create(url);
        if (given.getHost() == null || !List.of("mqtt", "tcp", "http").contains(given.getScheme())) {
            throw new IllegalArgumentException("expected mqtt://HOST:PORT as the URL of a running broker, not " + url);
        }
        Api api = new Api("http://" + given.getHost() + ":" + portOf(given) + "/api/v1", options.token());
        Map<String, Object> info = infoOf(api, options);
        synchronized (JOINED) {
            // Tests in parallel share it: only the first finds it as new.
            if (!JOINED.containsKey(url)) {
                api.post("reset", null);
            }
            JOINED.merge(url, 1, Integer::sum);
        }
        return new Lease(api, info, given, options, null);
    }

    /** What a broker says that runs already, or an error that says who has named it. */
    private static Map<String, Object> infoOf(Api api, MqttBrokerOptions options) {
        String why;
        Exception cause = null;
        try {
            if (api.request("GET", "info", null) instanceof Map<?, ?> info && info.get("url") != null) {
                return Json.object(info);
            }
            why = "where something answers that is not Citronella";
        } catch (ProblemException refused) {
            if (!refused.type().equals("null")) {
                throw refused;
            }
            why = "where something answers that is not Citronella";
            cause = refused;
        } catch (MqttBrokerException | IllegalArgumentException silent) {
            Throwable said = silent.getCause();
            boolean noWay = said instanceof ConnectException || said instanceof HttpConnectTimeoutException;
            boolean nobody = noWay && !String.valueOf(said.getMessage()).contains("reset");
            why = nobody ? "where nothing listens" : "where something answers that is not Citronella";
            cause = silent;
        }
        String by = options.runningBy();
        String said = cause == null ? "" : " (" + cause.getMessage() + ")";
        throw new MqttBrokerException(
                by + " names " + options.running() + ", " + why + ": it has to be a broker of Citronella that runs. Without " + by
                        + " one is started." + said,
                cause);
    }

    void end() {
        if (program == null) {
            synchronized (JOINED) {
                JOINED.computeIfPresent(given.toString(), (key, count) -> count == 1 ? null : count - 1);
            }
            return;
        }
        try {
            program.api().delete("brokers/" + info.get("id"));
        } catch (MqttBrokerException silent) {
            // With the program all its brokers have ended, and another error tells of that.
            if (!program.hasEnded()) {
                throw silent;
            }
        }
    }

    /**
     * The same broker as new on the same port; or another one there, where the program has ended.
     */
    Lease renewed() {
        if (program != null && !program.isAlive()) {
            end();
            return begun(options.set("port", port()));
        }
        api.post("reset", null);
        return this;
    }

    String url(String way) {
        for (Object listener : Json.list(info.get("listeners"))) {
            Object url = Json.object(Json.object(listener).get("urls")).get(way);
            if (url != null) {
                return seen(URI.create(url.toString())).toString();
            }
        }
        throw new IllegalStateException("this broker does not listen for " + way + ": its settings switch that off");
    }

    String host() {
        return seen(own()).getHost().replaceAll("^\\[|\\]$", "");
    }

    int port() {
        return seen(own()).getPort();
    }

    private URI own() {
        return URI.create(String.valueOf(info.get("url")));
    }

    /** An address that the broker says, as it is reached from here: a container has others inside than outside. */
    private URI seen(URI said) {
        if (given == null) {
            return said;
        }
        boolean samePort = said.getPort() == own().getPort() && !given.getScheme().equals("http");
        int port = samePort ? portOf(given) : said.getPort();
        return URI.create(said.getScheme() + "://" + given.getHost() + ":" + port + said.getPath());
    }

    private static int portOf(URI url) {
        return url.getPort() < 0 ? 1883 : url.getPort();
    }
}
