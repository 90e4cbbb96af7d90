package io.citronella;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the program comes from, and that it ends with the Java process. */
class BrokerProgramTest {
    @TempDir
    private Path folder;

    private final List<Process> forks = new ArrayList<>();

    private Process fork(Map<String, String> environment, String... classPath) throws IOException {
        String all = String.join(File.pathSeparator, Stream.concat(Stream.of(System.getProperty("java.class.path")), Stream.of(classPath)).toList());
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return started(new ProcessBuilder(java, "-cp", all, Fork.class.getName()).directory(folder.toFile()), environment);
    }

    private Process started(ProcessBuilder builder, Map<String, String> environment) throws IOException {
        builder.environment().keySet().removeIf(name -> name.startsWith("CITRONELLA_"));
        builder.environment().putAll(environment);
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        forks.add(process);
        return process;
    }

    @AfterEach
    void nothingStays() {
        forks.forEach(Process::destroyForcibly);
    }

    private static String said(Process fork) throws IOException {
        return new BufferedReader(new InputStreamReader(fork.getInputStream())).readLine();
    }

    private static ProcessHandle programOf(Process fork) throws IOException {
        String line = said(fork);
        assertTrue(line.matches("\\d+ mqtt://127.0.0.1:\\d+"), line);
        return ProcessHandle.of(Long.parseLong(line.split(" ")[0])).orElseThrow();
    }

    private static Map<String, String> named() {
        return Map.of("CITRONELLA_BIN", ProgramFile.find().toString());
    }

    @Test
    void itEndsWithTheJavaProcess() throws Exception {
        Process fork = fork(named());
        ProcessHandle program = programOf(fork);
        fork.getOutputStream().close();
        assertEquals(0, fork.waitFor());
        program.onExit().get(20, TimeUnit.SECONDS);
    }

    @Test
    void itEndsWhereTheJavaProcessIsKilled() throws Exception {
        Process fork = fork(named());
        ProcessHandle program = programOf(fork);
        fork.destroyForcibly();
        program.onExit().get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatLiesInTheWorkingDirectoryAndTheEnvironmentIsNoSetting() throws Exception {
        Files.writeString(folder.resolve("citronella.toml"), "port = \"wrong\"\n");
        programOf(fork(Map.of("CITRONELLA_BIN", ProgramFile.find().toString(), "CITRONELLA_LIMITS__MAX_CONNECTIONS", "wrong")));
    }

    @Test
    void whereOneRunsAlreadyNoneIsStarted() throws Exception {
        try (MqttBroker runs = MqttBroker.start()) {
            Process fork = fork(Map.of("MQTT_URL", runs.getUrl(), "PATH", ""));
            assertEquals("0 " + runs.getUrl(), said(fork));
            fork.getOutputStream().close();
            assertEquals(0, fork.waitFor());
            assertEquals("citronella", runs.api().get("info").get("name"));
        }
    }

    @Test
    void oneThatAsksForATokenIsShownIt() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "s3cret\n");
        String broker = ProgramFile.find().toString();
        Process program = started(new ProcessBuilder(broker, "-p", "0", "--json", "--quiet", "--no-config", "--set", "http.token_file=" + token), Map.of());
        String url = "mqtt" + Json.object(Json.parse(said(program))).get("api").toString().replaceAll("^http|/api/v1$", "");
        MqttBrokerOptions running = MqttBrokerOptions.options().url(url);
        ProblemException refused = assertThrows(ProblemException.class, () -> MqttBroker.start(running));
        assertEquals(401, refused.status());
        assertEquals(url, MqttBroker.start(running.token("s3cret")).getUrl());
        Process fork = fork(Map.of("MQTT_URL", url, "CITRONELLA_TOKEN_FILE", token.toString()));
        assertEquals("0 " + url, said(fork));
    }

    @Test
    void whereNoCitronellaAnswersTheErrorSaysWhoNamesIt() throws Exception {
        try (ServerSocket closing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            // Another broker closes the connection on which it is asked in HTTP.
            Thread closes = new Thread(() -> {
                while (!closing.isClosed()) {
                    try (Socket asking = closing.accept()) {
                        asking.getInputStream().read();
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
            closes.start();
            String url = "mqtt://127.0.0.1:" + closing.getLocalPort();
            String other = said(fork(Map.of("MQTT_URL", url)));
            assertTrue(other.contains("MQTT_URL names " + url + ", where something answers that is not Citronella"), other);
        }
        String nobody = said(fork(Map.of("MQTT_URL", "mqtt://127.0.0.1:1")));
        assertTrue(nobody.contains("MQTT_URL names mqtt://127.0.0.1:1, where nothing listens"), nobody);
        assertTrue(nobody.contains("has to be a broker of Citronella") && nobody.contains("Without MQTT_URL one is started"), nobody);
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.start();
        try {
            MqttBrokerOptions running = MqttBrokerOptions.options().url("http://127.0.0.1:" + web.getAddress().getPort());
            MqttBrokerException error = assertThrows(MqttBrokerException.class, () -> MqttBroker.start(running));
            assertTrue(error.getMessage().startsWith("the option url names http://127.0.0.1:"), error.getMessage());
        } finally {
            web.stop(0);
        }
    }

    @Test
    void whereTheProgramEndsThatIsSaidAndTheNextBrokerHasAnother() throws Exception {
        MqttBroker broker = MqttBroker.start();
        ProcessHandle program = ProcessHandle.current().children()
                .filter(child -> !child.info().command().orElse("").endsWith("java"))
                .findFirst()
                .orElseThrow();
        new Thread(program::destroyForcibly).start();
        MqttBrokerException error = assertThrows(MqttBrokerException.class, () -> broker.waitFor(Duration.ofSeconds(60)).connected("nobody"));
        broker.close();
        assertTrue(error.getMessage().endsWith("(the program has ended with exit code 137)"), error.getMessage());
        MqttBroker.start().close();
    }

    @Test
    void aJarHasItAndItIsTakenOutOnceAlsoByTwoAtTheSameTime() throws Exception {
        Path program = folder.resolve("jar").resolve(ProgramFile.resource());
        Files.createDirectories(program.getParent());
        Files.createSymbolicLink(program, ProgramFile.find());
        Files.writeString(program.resolveSibling("broker.sha256"), "abc123  broker\n");
        Path ours = Files.createDirectories(folder.resolve("cache/citronella"));
        Path old = Files.createFile(ours.resolve("broker-old"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(31))));
        Path recent = Files.createFile(ours.resolve("broker-recent"));
        Map<String, String> cache = Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString(), "PATH", "");
        Process first = fork(cache, folder.resolve("jar").toString());
        Process second = fork(cache, folder.resolve("jar").toString());
        programOf(first);
        programOf(second);
        try (Stream<Path> files = Files.list(ours)) {
            assertEquals(List.of(ours.resolve("broker-abc123"), recent), files.sorted().toList());
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(ours)));
    }

    @Test
    void thePathHasItAndOtherProgramsOfThatNameArePassedOver() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other")).resolve("broker");
        Files.writeString(other, "#!/bin/sh\necho another broker\n");
        assertTrue(other.toFile().setExecutable(true));
        Path ours = Files.createDirectory(folder.resolve("ours"));
        Files.createSymbolicLink(ours.resolve("broker"), ProgramFile.find());
        programOf(fork(Map.of("PATH", other.getParent() + File.pathSeparator + ours)));
    }

    @Test
    void whereThereIsNoneTheErrorSaysWhatToDo() throws Exception {
        String nowhere = said(fork(Map.of("PATH", folder.toString())));
        assertTrue(nowhere.contains("CITRONELLA_BIN") && nowhere.contains(ProgramFile.platform()), nowhere);
        String wrong = said(fork(Map.of("CITRONELLA_BIN", folder.resolve("none").toString())));
        assertTrue(wrong.contains(folder.resolve("none") + ", which is no program"), wrong);
        Path broken = folder.resolve("broken");
        Files.writeString(broken, "#!/bin/sh\necho it is broken >&2\nexit 3\n");
        assertTrue(broken.toFile().setExecutable(true));
        String ended = said(fork(Map.of("CITRONELLA_BIN", broken.toString())));
        assertTrue(ended.contains("CITRONELLA_BIN names " + broken + ", which did not start: exit code 3"), ended);
    }
}
