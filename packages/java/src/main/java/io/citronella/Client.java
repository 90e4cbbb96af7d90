package io.citronella;

import java.util.Map;
import java.util.Optional;

/** A client, as it stands now and as far as the journal knows it. */
public final class Client extends Answer {
    Client(Map<String, Object> fields) {
        super(fields);
    }

    /** {@return its client identifier} */
    public String clientId() {
        return text("client_id");
    }

    /** {@return whether it is connected} */
    public boolean isConnected() {
        return flag("connected");
    }

    /** {@return what its bytes go through since it connected last: {@code tcp}, {@code tls}, {@code ws}, {@code wss}; else null} */
    public String way() {
        return text("connection.way");
    }

    /** {@return why its last connection ended, and what to do about it} */
    public Optional<Ended> lastDisconnect() {
        return ended("last_disconnect");
    }

    /** {@return why it was not let in when it tried last} */
    public Optional<Ended> lastRefusal() {
        return ended("last_refusal");
    }

    private Optional<Ended> ended(String name) {
        return Optional.ofNullable(get(name)).map(Json::object).map(Ended::new);
    }

    /** Why a connection ended, or was not let in. */
    public static final class Ended extends Answer {
        Ended(Map<String, Object> fields) {
            super(fields);
        }

        /** {@return one word, such as {@code keep_alive_timeout}} */
        public String cause() {
            return text("cause");
        }

        /** {@return what happened, in a sentence} */
        public String why() {
            return text("why");
        }

        /** {@return what to do about it, in a sentence} */
        public String advice() {
            return text("advice");
        }
    }
}
