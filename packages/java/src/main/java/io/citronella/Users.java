package io.citronella;

import java.util.List;
import java.util.Map;

/** Who may come in, and who may do what. {@link MqttBroker#reset} leaves it as it is. */
public final class Users {
    private final MqttBroker broker;

    Users(MqttBroker broker) {
        this.broker = broker;
    }

    /**
     * Gives a user a password, or another one.
     *
     * @param name the user
     * @param password the password
     */
    public void set(String name, String password) {
        broker.api().put(of(name), Map.of("password", password));
    }

    /**
     * Removes a user; its clients are disconnected.
     *
     * @param name the user
     */
    public void remove(String name) {
        broker.api().delete(of(name));
    }

    /** {@return the names of all users} */
    public List<String> list() {
        return Json.list(broker.api().get("users").get("users")).stream().map(String::valueOf).toList();
    }

    /**
     * Says who may publish and read, in place of what was said before.
     *
     * @param lines each such as {@code Map.of("user", "ann", "topic", "a/#", "access", "read")}
     */
    public void setAcl(List<? extends Map<String, ?>> lines) {
        broker.api().put("acl", Map.of("acl", lines));
    }

    /**
     * Says whether clients may come in without a user name.
     *
     * @param allow whether
     */
    public void allowAnonymous(boolean allow) {
        broker.api().put("allow-anonymous", Map.of("allow", allow));
    }

    private static String of(String name) {
        return "users/" + Api.encoded(name);
    }
}
