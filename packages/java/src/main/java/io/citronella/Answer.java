package io.citronella;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Something that the broker said: an object of JSON. What has no method of its own is among the {@link #fields()}. */
public abstract class Answer {
    private final Map<String, Object> fields;

    Answer(Map<String, Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /** {@return all of it, by the names that the control API has} */
    public final Map<String, Object> fields() {
        return fields;
    }

    /**
     * One field of it.
     *
     * @param path its name, or a path to a part of it: {@code properties.content_type}
     * @return a map, a list, a text, a number or a truth value; null where it is not there
     */
    public final Object get(String path) {
        Object found = fields;
        for (String name : path.split("\\.")) {
            found = found instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return found;
    }

    final String text(String path) {
        return Objects.toString(get(path), null);
    }

    final long number(String path) {
        return get(path) instanceof Number number ? number.longValue() : 0;
    }

    final double decimal(String path) {
        return get(path) instanceof Number number ? number.doubleValue() : 0;
    }

    final boolean flag(String path) {
        return Boolean.TRUE.equals(get(path));
    }

    final List<Object> list(String path) {
        return Json.list(get(path));
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof Answer answer && answer.getClass() == getClass() && answer.fields.equals(fields);
    }

    @Override
    public final int hashCode() {
        return fields.hashCode();
    }

    @Override
    public final String toString() {
        return Json.write(fields);
    }
}
