package io.citronella;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * The control API of one broker, for requests that have no method of their own. Paths stand behind {@code /api/v1/}.
 *
 * <pre>{@code
 * broker.api().post("publish", Map.of("topic", "lamp/set", "payload", "on"));
 * }</pre>
 */
public final class Api {
    /** The broker's own waits end before: what is not answered by then hangs. */
    private static final Duration BEYOND = Duration.ofSeconds(30);

    /** The longest wait that the broker takes. */
    private static final Duration USUAL = Duration.ofSeconds(600);

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .sslContext(Trust.nobody())
            .connectTimeout(BEYOND)
            .build();

    private final String url;
    private final String token;

    Api(String url) {
        this(url, null);
    }

    Api(String url, String token) {
        this.url = url;
        this.token = token;
    }

    /** {@return where it is: {@code http://127.0.0.1:40001/api/v1}} */
    public String url() {
        return url;
    }

    /**
     * Asks for something.
     *
     * @param path what is asked for, such as {@code stats} or {@code packets?packet=CONNECT}
     * @return the answer
     * @throws ProblemException the broker refuses
     */
    public Map<String, Object> get(String path) {
        return Json.object(request("GET", path, null));
    }

    /**
     * Has something done.
     *
     * @param path what is to be done, such as {@code publish}
     * @param body what goes along as JSON; null for nothing
     * @return the answer
     * @throws ProblemException the broker refuses
     */
    public Map<String, Object> post(String path, Map<String, ?> body) {
        return Json.object(request("POST", path, body));
    }

    /**
     * Puts something in the place of what there is.
     *
     * @param path what it is
     * @param body what goes along as JSON
     * @return the answer
     * @throws ProblemException the broker refuses
     */
    public Map<String, Object> put(String path, Map<String, ?> body) {
        return Json.object(request("PUT", path, body));
    }

    /**
     * Takes something away.
     *
     * @param path what it is
     * @return the answer
     * @throws ProblemException the broker refuses
     */
    public Map<String, Object> delete(String path) {
        return Json.object(request("DELETE", path, null));
    }

    /**
     * Any request.
     *
     * @param method such as {@code GET}
     * @param path what it is about
     * @param body a map or a list goes as JSON, a text or bytes as they are; null for nothing
     * @return JSON as a map or a list; anything else as bytes
     * @throws ProblemException the broker refuses
     */
    public Object request(String method, String path, Object body) {
        return request(method, path, body, USUAL);
    }

    Map<String, Object> post(String path, Map<String, ?> body, Duration patience) {
        return Json.object(request("POST", path, body, patience));
    }

    private Object request(String method, String path, Object body, Duration patience) {
        HttpResponse<byte[]> response = answered(method, path, body, patience);
        return isJson(response) ? Json.parse(utf8(response.body())) : response.body();
    }

    /** An answer as it came. */
    byte[] bytes(String method, String path) {
        return answered(method, path, null, USUAL).body();
    }

    /** The same as a text. */
    String text(String method, String path) {
        return utf8(bytes(method, path));
    }

    private HttpResponse<byte[]> answered(String method, String path, Object body, Duration patience) {
        HttpRequest request = to(path).method(method, publisher(body)).timeout(patience.plus(BEYOND)).build();
        HttpResponse<byte[]> response = sent(request, BodyHandlers.ofByteArray());
        refuse(response, response.body());
        return response;
    }

    private HttpRequest.Builder to(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/" + path));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    /** An answer that comes without end. */
    InputStream open(String path) {
        HttpRequest request = to(path).build();
        HttpResponse<InputStream> response = sent(request, BodyHandlers.ofInputStream());
        if (response.statusCode() >= 400) {
            try (InputStream body = response.body()) {
                refuse(response, body.readAllBytes());
            } catch (IOException error) {
                throw silent(request, error);
            }
        }
        return response.body();
    }

    private static <T> HttpResponse<T> sent(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return HTTP.send(request, handler);
        } catch (IOException error) {
            throw silent(request, error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new MqttBrokerException(words(request) + ": the thread was interrupted before an answer came", error);
        }
    }

    private static MqttBrokerException silent(HttpRequest request, IOException error) {
        String why = words(request) + ": no answer from the broker: " + error + BrokerProgram.obituary();
        return new MqttBrokerException(why, error);
    }

    private static String words(HttpRequest request) {
        return request.method() + " " + request.uri();
    }

    private static boolean isJson(HttpResponse<?> response) {
        String type = response.headers().firstValue("content-type").orElse("");
        return type.startsWith("application/json") || type.startsWith("application/problem+json");
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Throws where an answer is an error. */
    private static void refuse(HttpResponse<?> response, byte[] body) {
        int status = response.statusCode();
        if (status < 400) {
            return;
        }
        Map<String, Object> problem = isJson(response)
                ? Json.object(Json.parse(utf8(body)))
                : Map.of("detail", words(response.request()) + " is answered with " + status + ": this is no broker of Citronella");
        if (status == 417) {
            throw new NotMetError(problem);
        }
        throw new ProblemException(status, problem);
    }

    private static BodyPublisher publisher(Object body) {
        if (body == null) {
            return BodyPublishers.noBody();
        }
        if (body instanceof byte[] bytes) {
            return BodyPublishers.ofByteArray(bytes);
        }
        return BodyPublishers.ofString(body instanceof String text ? text : Json.write(body));
    }

    /** A name as a part of an address. */
    static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
