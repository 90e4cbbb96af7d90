package io.citronella;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Packets and events as they happen, from the moment on in which this was asked for. Close it.
 *
 * <pre>{@code
 * try (Events events = broker.events(event("connected", "disconnected"))) {
 *     …
 *     Packet first = events.next(Duration.ofSeconds(5));
 * }
 * }</pre>
 */
public final class Events implements AutoCloseable {
    /** Full, it holds the reader up, and the broker tells how much was missed. */
    private static final int MOST = 10_000;

    private final InputStream stream;
    private final BlockingQueue<Optional<Packet>> came = new LinkedBlockingQueue<>(MOST);
    private final AtomicLong missed = new AtomicLong();
    private final Thread reader;

    Events(InputStream stream) {
        this.stream = stream;
        this.reader = new Thread(this::read, "citronella-events");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Waits for the next one.
     *
     * @param time how long at most
     * @return it
     * @throws AssertionError none came in time
     */
    public Packet next(Duration time) {
        try {
            Optional<Packet> next = came.poll(time.toNanos(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new AssertionError("no event came within " + time.toMillis() + " ms");
            }
            return next.orElseThrow(() -> over());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new MqttBrokerException("the thread was interrupted before an event came", error);
        }
    }

    private AssertionError over() {
        came.offer(Optional.empty());
        return new AssertionError("no event comes any more: the broker has stopped, or this was closed");
    }

    /** {@return all of them, as they come; it ends when the broker stops or this is closed} */
    public Stream<Packet> stream() {
        return Stream.generate(this::taken).takeWhile(Optional::isPresent).map(Optional::get);
    }

    /** {@return how many entries of the journal are lost, because this was read too slowly} */
    public long missed() {
        return missed.get();
    }

    private Optional<Packet> taken() {
        try {
            return came.take();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            String kind = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    kind = line.substring(6).strip();
                } else if (line.startsWith("data:") && kind.equals("missed")) {
                    missed.addAndGet(((Number) Json.object(Json.parse(line.substring(5))).get("entries")).longValue());
                } else if (line.startsWith("data:")) {
                    came.put(Optional.of(new Packet(Json.object(Json.parse(line.substring(5))))));
                }
            }
        } catch (IOException | InterruptedException closed) {
            // It was closed, or the broker has stopped.
        } finally {
            came.offer(Optional.empty());
        }
    }

    /** Ends it. */
    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException alreadyClosed) {
            // So be it.
        }
        reader.interrupt();
        came.clear();
        came.offer(Optional.empty());
    }
}
