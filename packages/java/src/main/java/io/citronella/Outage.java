package io.citronella;

/** A time in which the broker is away: who comes finds nobody listening, until this is closed. */
public final class Outage implements AutoCloseable {
    private final Api api;

    Outage(Api api) {
        this.api = api;
    }

    /** Ends it: clients can connect once this returns. */
    @Override
    public void close() {
        api.delete("outage");
    }
}
