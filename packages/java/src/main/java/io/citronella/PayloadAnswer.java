package io.citronella;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** Something with a payload. */
abstract class PayloadAnswer extends Answer {
    PayloadAnswer(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return the payload; empty where there is none} */
    public byte[] payload() {
        String base64 = text("payload_base64");
        if (base64 != null) {
            return Base64.getDecoder().decode(base64);
        }
        String text = text("payload");
        return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    }

    /** {@return the payload as text} */
    public String text() {
        return new String(payload(), StandardCharsets.UTF_8);
    }

    /** {@return the payload read as JSON: a map, a list, a text, a number, a truth value or null} */
    public Object json() {
        return Json.parse(text());
    }

    /**
     * A part of the payload, read as JSON.
     *
     * @param pointer where it stands, such as {@code /list/0/name} (RFC 6901)
     * @return what stands there; null where nothing does
     */
    public Object jsonAt(String pointer) {
        return Json.at(json(), pointer);
    }

    /** {@return QoS} */
    public int qos() {
        return (int) number("qos");
    }

    /** {@return RETAIN} */
    public boolean retain() {
        return flag("retain");
    }
}
