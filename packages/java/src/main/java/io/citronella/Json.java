package io.citronella;

import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import com.grack.nanojson.JsonWriterException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** JSON, as maps, lists, texts, numbers and truth values. The library that reads and writes it is named here alone. */
final class Json {
    private Json() {}

    static Object parse(String text) {
        try {
            return JsonParser.any().from(text);
        } catch (JsonParserException error) {
            throw new IllegalArgumentException("this is no JSON: " + error.getMessage() + ": " + shortened(text), error);
        }
    }

    /** What a text says as JSON; empty where it is none. */
    static Optional<Object> parsed(String text) {
        try {
            return Optional.ofNullable(JsonParser.any().from(text));
        } catch (JsonParserException noJson) {
            return Optional.empty();
        }
    }

    static String write(Object value) {
        try {
            return JsonWriter.string(plain(value));
        } catch (JsonWriterException error) {
            throw new IllegalArgumentException(
                    "no JSON can be made of this: it takes maps with texts as keys, collections, texts, numbers, truth values and null: "
                            + error.getMessage(),
                    error);
        }
    }

    /** Patterns and comparisons may stand anywhere, such as in a rule. */
    private static Object plain(Object value) {
        Object json = Is.jsonOf(value);
        if (json instanceof Map<?, ?> map) {
            Map<Object, Object> plain = new LinkedHashMap<>();
            map.forEach((name, member) -> plain.put(name, plain(member)));
            return plain;
        }
        return json instanceof Collection<?> list ? list.stream().map(Json::plain).collect(Collectors.toList()) : json;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new IllegalArgumentException("expected an object of JSON, found " + shortened(write(value)));
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object value) {
        return value instanceof List<?> list ? (List<Object>) list : List.of();
    }

    /** What stands at a pointer (RFC 6901), such as {@code /list/0/name}; null where nothing does. */
    static Object at(Object value, String pointer) {
        if (!pointer.isEmpty() && !pointer.startsWith("/")) {
            throw new IllegalArgumentException("a JSON pointer begins with /, as in /list/0/name: " + pointer);
        }
        Object found = value;
        for (String raw : pointer.isEmpty() ? new String[0] : pointer.substring(1).split("/", -1)) {
            String name = raw.replace("~1", "/").replace("~0", "~");
            if (found instanceof Map<?, ?> map) {
                found = map.get(name);
            } else if (found instanceof List<?> list && name.matches("\\d{1,9}") && Integer.parseInt(name) < list.size()) {
                found = list.get(Integer.parseInt(name));
            } else {
                return null;
            }
        }
        return found;
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
