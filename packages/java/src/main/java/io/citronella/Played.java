package io.citronella;

import java.util.List;
import java.util.Map;

/** What was played of a recording. */
public final class Played extends Answer {
    Played(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return whether all of it was; else it goes on, and the numbers are not known yet} */
    public boolean isOver() {
        return flag("over");
    }

    /** {@return how many messages were published} */
    public long messages() {
        return number("messages");
    }

    /** {@return how many were not: payloads that were not recorded, the broker's objections} */
    public long leftOut() {
        return number("left_out");
    }

    /** {@return what could not be read of the recording, and what did not go as recorded, in sentences} */
    public List<String> notes() {
        return list("notes").stream().map(String::valueOf).toList();
    }
}
