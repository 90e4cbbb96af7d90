package io.citronella;

import java.util.Map;

/** A rule that disturbs, and what it did so far. What has no method of its own is among the {@link #fields()}. */
public final class Fault extends Answer {
    Fault(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return what it is called} */
    public String name() {
        return text("name");
    }

    /** {@return how often it has acted} */
    public long fired() {
        return number("fired");
    }
}
