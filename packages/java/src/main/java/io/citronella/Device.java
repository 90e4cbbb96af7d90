package io.citronella;

import java.util.Map;

/** A device or a group of them, and what all its clients did so far. What has no method of its own is among the {@link #fields()}. */
public final class Device extends Answer {
    Device(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return what it is called} */
    public String name() {
        return text("name");
    }

    /** {@return how many clients it is} */
    public long count() {
        return number("count");
    }

    /** {@return how many of them are connected} */
    public long connected() {
        return number("connected");
    }

    /** {@return how many messages they published} */
    public long published() {
        return number("published");
    }

    /** {@return how many messages came to them} */
    public long received() {
        return number("received");
    }

    /** {@return how many messages they did not publish} */
    public long failed() {
        return number("failed");
    }
}
