package io.citronella;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What a field is to be, where it is not simply one value: a comparison of a {@link MqttPattern}.
 *
 * <pre>{@code
 * connect().field("keep_alive", Is.atMost(60))
 * publish("log/#").payload(Is.not(Is.containing("error")))
 * }</pre>
 */
public final class Is {
    /** A payload up to here is said as it is, so that a report can tell how another one differs; a pattern has room for 64 kB. */
    static final int SAID_BYTES = 4096;

    private final Object json;

    private Is(Object json) {
        this.json = json;
    }

    /** The JSON of a value or a comparison. */
    static Object jsonOf(Object value) {
        return value instanceof Is is ? is.json : value instanceof MqttPattern pattern ? pattern.toMap() : value;
    }

    private static List<Object> all(Object... values) {
        return Arrays.stream(values).map(Is::jsonOf).toList();
    }

    /**
     * {@return one of these fits}
     *
     * @param values values or comparisons
     */
    public static Is oneOf(Object... values) {
        return new Is(Map.of("one_of", all(values)));
    }

    /**
     * {@return all of these fit}
     *
     * @param values values or comparisons
     */
    public static Is allOf(Object... values) {
        return new Is(Map.of("all", all(values)));
    }

    /**
     * {@return this does not fit; an absent field does}
     *
     * @param value a value or a comparison
     */
    public static Is not(Object value) {
        return new Is(Map.of("not", jsonOf(value)));
    }

    /** {@return the field is there, with any value} */
    public static Is present() {
        return new Is(Map.of("present", true));
    }

    /** {@return the field is not there} */
    public static Is absent() {
        return new Is(Map.of("present", false));
    }

    /**
     * {@return a number from one to the other, both included}
     *
     * @param from the least
     * @param to the greatest
     */
    public static Is between(Number from, Number to) {
        return new Is(Map.of("from", from, "to", to));
    }

    /**
     * {@return this number or a greater one}
     *
     * @param from the least
     */
    public static Is atLeast(Number from) {
        return new Is(Map.of("from", from));
    }

    /**
     * {@return this number or a smaller one}
     *
     * @param to the greatest
     */
    public static Is atMost(Number to) {
        return new Is(Map.of("to", to));
    }

    /**
     * {@return a text with this in it}
     *
     * @param part the part
     */
    public static Is containing(String part) {
        return new Is(Map.of("contains", part));
    }

    /**
     * {@return a text in which this regular expression finds something}
     *
     * @param regex the expression; {@code ^…$} for the whole text
     */
    public static Is matching(String regex) {
        return new Is(Map.of("matches", regex));
    }

    /**
     * {@return these bytes; many of them are said by their length and their SHA-256}
     *
     * @param bytes the bytes
     */
    public static Is bytes(byte[] bytes) {
        if (bytes.length > SAID_BYTES) {
            return new Is(Map.of("len_bytes", bytes.length, "sha256", digest(bytes)));
        }
        return new Is(Map.of("base64", Base64.getEncoder().encodeToString(bytes)));
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException every) {
            throw new IllegalStateException("every Java has SHA-256", every);
        }
    }

    /**
     * {@return of this length in bytes}
     *
     * @param length a number or a comparison
     */
    public static Is lenBytes(Object length) {
        return new Is(Map.of("len_bytes", jsonOf(length)));
    }

    /**
     * {@return bytes with this SHA-256}
     *
     * @param hex the digest, as {@code sha256sum} prints it
     */
    public static Is sha256(String hex) {
        return new Is(Map.of("sha256", hex));
    }

    /**
     * {@return a payload that is this JSON, however it is written}
     *
     * @param text the JSON
     */
    public static Is json(String text) {
        return new Is(Map.of("json", Json.parse(text)));
    }

    /**
     * {@return a payload that is JSON with at least these members}
     *
     * @param text the JSON
     */
    public static Is jsonSubset(String text) {
        return new Is(Map.of("json_subset", Json.parse(text)));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Is is && is.json.equals(json);
    }

    @Override
    public int hashCode() {
        return json.hashCode();
    }

    @Override
    public String toString() {
        return Json.write(json);
    }
}
