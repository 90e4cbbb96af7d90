package io.citronella;

import java.util.List;
import java.util.Map;

/** Why an expectation was not met, as data. The message of {@link NotMetError} says the same for people. */
public final class Failure extends Answer {
    Failure(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return what was expected, in words} */
    public String expected() {
        return text("expected");
    }

    /** {@return how often it came} */
    public long found() {
        return number("found");
    }

    /** {@return what came} */
    public List<Packet> came() {
        return list("came").stream().map(Json::object).map(Packet::new).toList();
    }

    /** {@return what came nearest, the nearest first} */
    public List<NearMiss> nearest() {
        return list("nearest").stream().map(Json::object).map(NearMiss::new).toList();
    }

    /** {@return what may explain it, in sentences} */
    public List<String> notes() {
        return list("notes").stream().map(String::valueOf).toList();
    }

    /** A packet or an event that nearly fits. */
    public static final class NearMiss extends Answer {
        NearMiss(Map<String, Object> fields) {
            super(fields);
        }

        /** {@return the packet or the event} */
        public Packet packet() {
            return new Packet(Json.object(get("entry")));
        }

        /** {@return in what it differs} */
        public List<Difference> differences() {
            return list("differences").stream().map(Json::object).map(Difference::of).toList();
        }
    }

    /**
     * In what something differs from a pattern.
     *
     * @param field the field, by its path
     * @param wanted what it was to be, in words
     * @param found what it is, in words
     */
    public record Difference(String field, String wanted, String found) {
        static Difference of(Map<String, Object> fields) {
            return new Difference(
                    String.valueOf(fields.get("field")),
                    String.valueOf(fields.get("wanted")),
                    String.valueOf(fields.get("found")));
        }
    }
}
