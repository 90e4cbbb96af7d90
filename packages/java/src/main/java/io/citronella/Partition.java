package io.citronella;

import java.util.List;
import java.util.Map;

/** Clients that hear nothing from the broker, and it nothing from them, until this is closed. */
public final class Partition implements AutoCloseable {
    private final Api api;
    private final String name;
    private final List<String> clientIds;

    Partition(Api api, Map<String, Object> parted) {
        this.api = api;
        this.name = String.valueOf(parted.get("name"));
        this.clientIds = Json.list(parted.get("clients")).stream().map(String::valueOf).toList();
    }

    /** {@return what it is called} */
    public String name() {
        return name;
    }

    /** {@return the client identifiers of those that are cut off} */
    public List<String> clientIds() {
        return clientIds;
    }

    /** Heals it: what waits goes on in order. */
    @Override
    public void close() {
        api.delete("partitions/" + Api.encoded(name));
    }
}
