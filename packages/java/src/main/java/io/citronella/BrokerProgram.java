package io.citronella;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The one program of this Java process, which serves all its brokers. It ends with the process, also when that is killed. */
final class BrokerProgram {
    private static final int START_SECS = 30;

    private static final int KEPT_CHARS = 10_000;

    private static BrokerProgram running;

    private final Process process;
    private final StringBuffer said;
    private final Api api;

    private BrokerProgram(Process process, StringBuffer said, Api api) {
        this.process = process;
        this.said = said;
        this.api = api;
    }

    /** The program, which is started where it does not run. */
    static synchronized BrokerProgram running() {
        if (running == null || !running.isAlive()) {
            running = start(ProgramFile.find());
        }
        return running;
    }

    Api api() {
        return api;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Whether it has ended. The connection breaks a moment before that is known. */
    boolean hasEnded() {
        return process.onExit().completeOnTimeout(null, 200, TimeUnit.MILLISECONDS).join() != null;
    }

    /** What may explain that there is no answer. */
    static synchronized String obituary() {
        if (running == null || !running.hasEnded()) {
            return "";
        }
        String last = running.said.isEmpty() ? "" : "; it said:\n" + running.said.toString().strip();
        return " (the program has ended with exit code " + running.process.exitValue() + last + ")";
    }

    private static BrokerProgram start(Path program) {
        Process process = null;
        StringBuffer said = new StringBuffer();
        try {
            process = spawned(command(program));
            Process child = process;
            Runtime.getRuntime().addShutdownHook(new Thread(child::destroy, "citronella-end"));
            Thread errors = daemon("citronella-stderr", () -> passOn(child.getErrorStream(), said));
            String line = firstLine(child);
            if (line == null) {
                child.waitFor(5, TimeUnit.SECONDS);
                errors.join(5_000);
                String end = child.isAlive() ? "" : ": exit code " + child.exitValue();
                throw new MqttBrokerException(notStarted(program) + end + "\n" + said, null);
            }
            return new BrokerProgram(child, said, new Api(String.valueOf(Json.object(Json.parse(line)).get("api"))));
        } catch (IOException | InterruptedException | ExecutionException | TimeoutException | IllegalArgumentException error) {
            if (process != null) {
                process.destroyForcibly();
            }
            if (error instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            boolean silent = error instanceof TimeoutException;
            String why = silent ? "it has not said within " + START_SECS + " s that it listens" : error.toString();
            throw new MqttBrokerException(notStarted(program) + ": " + why + "\n" + said, error);
        }
    }

    private static String notStarted(Path program) {
        String named = ProgramFile.namedBy();
        return named + program + (named.isEmpty() ? " did not start" : ", which did not start");
    }

    private static List<String> command(Path program) {
        String parent = String.valueOf(ProcessHandle.current().pid());
        return List.of(
                program.toString(), "-p", "0", "--bind", "127.0.0.1", "--json", "--quiet", "--no-config", "--parent-pid", parent,
                "--set", "http.max_brokers=10000", "--set", "http.max_connections=100000");
    }

    private static Process spawned(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
        builder.environment().keySet().removeIf(name -> name.startsWith("CITRONELLA_"));
        for (int tries = 1; ; tries++) {
            try {
                return builder.start();
            } catch (IOException error) {
                // Another process that was started in the moment of extraction may still hold the file open for writing.
                if (tries == 100 || !String.valueOf(error.getMessage()).contains("error=26,")) {
                    throw error;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    /** What it says once it listens; null where it ends before. Nobody reads the rest. */
    private static String firstLine(Process process) throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<String> line = new CompletableFuture<>();
        daemon("citronella-stdout", () -> {
            try (BufferedReader lines = reader(process.getInputStream())) {
                line.complete(lines.readLine());
            } catch (IOException error) {
                line.completeExceptionally(error);
            }
        });
        return line.get(START_SECS, TimeUnit.SECONDS);
    }

    private static void passOn(InputStream errors, StringBuffer said) {
        try (BufferedReader lines = reader(errors)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.append(line).append('\n');
                said.delete(0, Math.max(0, said.length() - KEPT_CHARS));
                System.err.println(line);
            }
        } catch (IOException closed) {
            // It has ended.
        }
    }

    private static BufferedReader reader(InputStream stream) {
        return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    private static Thread daemon(String name, Runnable run) {
        Thread thread = new Thread(run, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
