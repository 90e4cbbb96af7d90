package io.citronella;

/** Clients that hear nothing from the broker, and it nothing from them, until this is closed. */
public final class Partition implements AutoCloseable {
    private final Api api;
    private final String name;

    Partition(Api api, String name) {
        this.api = api;
        this.name = name;
    }

    /** {@return what it is called} */
    public String name() {
        return name;
    }

    /** Heals it: what waits goes on in order. */
    @Override
    public void close() {
        api.delete("partitions/" + Api.encoded(name));
    }
}
