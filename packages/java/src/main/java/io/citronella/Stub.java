package io.citronella;

import java.util.Map;

/** A stub, and what it did so far. What has no method of its own is among the {@link #fields()}. */
public final class Stub extends Answer {
    Stub(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return what it is called} */
    public String name() {
        return text("name");
    }

    /** {@return how often something fitted} */
    public long matched() {
        return number("matched");
    }

    /** {@return how often it answered} */
    public long answered() {
        return number("answered");
    }

    /** {@return how often a message of it could not be made} */
    public long failed() {
        return number("failed");
    }

    /** {@return how many of its messages wait for their time} */
    public long waiting() {
        return number("waiting");
    }
}
