package io.citronella;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The retained messages of a broker, but those of {@code $SYS}. */
public final class RetainedMessages {
    private final MqttBroker broker;

    RetainedMessages(MqttBroker broker) {
        this.broker = broker;
    }

    /** {@return all of them, in the order of their topics} */
    public List<Message> list() {
        return Pages.named(broker.api(), "retained").stream().map(Message::new).toList();
    }

    /**
     * The retained message of one topic.
     *
     * @param topic topic name
     * @return the message; empty where there is none
     */
    public Optional<Message> get(String topic) {
        try {
            return Optional.of(new Message(broker.api().get(of(topic))));
        } catch (ProblemException problem) {
            if (problem.status() == 404) {
                return Optional.empty();
            }
            throw problem;
        }
    }

    /**
     * Removes the retained message of one topic; nobody gets a message by it.
     *
     * @param topic topic name
     */
    public void remove(String topic) {
        broker.api().delete(of(topic));
    }

    /** Removes all of them. */
    public void clear() {
        broker.api().delete("retained");
    }

    private static String of(String topic) {
        return "retained/" + Stream.of(topic.split("/", -1)).map(Api::encoded).collect(Collectors.joining("/"));
    }
}
