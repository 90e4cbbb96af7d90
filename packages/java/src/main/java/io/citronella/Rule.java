package io.citronella;

import java.util.Map;

/** A fault, a stub or a device, with what it did so far. What has no method of its own is among the {@link #fields()}. */
public final class Rule extends Answer {
    Rule(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return what it is called} */
    public String name() {
        return text("name");
    }

    /** {@return of a fault: how often it has acted} */
    public long fired() {
        return number("fired");
    }

    /** {@return of a stub: how often it answered} */
    public long answered() {
        return number("answered");
    }

    /** {@return of a device: how many messages it published} */
    public long published() {
        return number("published");
    }
}
