package io.citronella;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Where the program is: CITRONELLA_BIN names it, a jar has it, or it is on the PATH. */
final class ProgramFile {
    private ProgramFile() {}

    static Path find() {
        String named = System.getProperty("citronella.bin", System.getenv("CITRONELLA_BIN"));
        if (named != null && !named.isEmpty()) {
            Path program = Path.of(named).toAbsolutePath();
            if (!Files.isExecutable(program)) {
                throw missing(namedBy() + program + ", which is no program that can be run. ");
            }
            return program;
        }
        Path program = ofJar();
        program = program == null ? ofPath() : program;
        if (program == null) {
            throw missing("");
        }
        return program;
    }

    /** The begin of an error: who has named the program; empty where it was found. */
    static String namedBy() {
        if (System.getProperty("citronella.bin") != null) {
            return "The property citronella.bin names ";
        }
        String named = System.getenv("CITRONELLA_BIN");
        return named == null || named.isEmpty() ? "" : "CITRONELLA_BIN names ";
    }

    private static MqttBrokerException missing(String first) {
        return new MqttBrokerException(
                first + "The broker's program was looked for in the variable CITRONELLA_BIN, in a jar (" + resource()
                        + "), and as `broker` on the PATH. Add the dependency io.citronella:citronella with the classifier " + platform()
                        + ", or set CITRONELLA_BIN to the path of the program.",
                null);
    }

    static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String system = os.startsWith("mac") ? "macos" : os.startsWith("windows") ? "windows" : os;
        return system + "-" + (arch.equals("amd64") ? "x86_64" : arch.equals("arm64") ? "aarch64" : arch);
    }

    static String resource() {
        return "io/citronella/program/" + platform() + "/broker";
    }

    private static Path ofJar() {
        ClassLoader loader = ProgramFile.class.getClassLoader();
        try (InputStream digest = loader.getResourceAsStream(resource() + ".sha256")) {
            if (digest == null) {
                return null;
            }
            String sha256 = new String(digest.readAllBytes(), StandardCharsets.US_ASCII).strip().split("\\s+")[0];
            Path program = cache().resolve("broker-" + sha256);
            if (!Files.isExecutable(program)) {
                removeOld(program.getParent());
                extract(loader, program);
            }
            // A month from now on it may go.
            program.toFile().setLastModified(System.currentTimeMillis());
            return program;
        } catch (IOException error) {
            throw new MqttBrokerException("the program cannot be taken out of its jar: " + error, error);
        }
    }

    /** Programs of earlier versions that nobody has used for a month. */
    private static void removeOld(Path folder) throws IOException {
        long monthAgo = System.currentTimeMillis() - Duration.ofDays(30).toMillis();
        try (DirectoryStream<Path> programs = Files.newDirectoryStream(folder, "broker-*")) {
            for (Path program : programs) {
                // Where another process was quicker this is 0, and there is nothing to remove.
                if (program.toFile().lastModified() < monthAgo) {
                    Files.deleteIfExists(program);
                }
            }
        }
    }

    /** It is there whole or not at all, also where two processes do this at once. */
    private static void extract(ClassLoader loader, Path program) throws IOException {
        Path part = Files.createTempFile(program.getParent(), "part-", "");
        try (InputStream bytes = loader.getResourceAsStream(resource())) {
            Files.copy(bytes, part, StandardCopyOption.REPLACE_EXISTING);
            part.toFile().setExecutable(true, true);
            Files.move(part, program, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** A folder that nobody else can write to: what lies there is run. */
    private static Path cache() throws IOException {
        String set = System.getenv("XDG_CACHE_HOME");
        Path home = set != null && !set.isEmpty() ? Path.of(set) : Path.of(System.getProperty("user.home"), ".cache");
        try {
            return ours(home.resolve("citronella"));
        } catch (IOException | UncheckedIOException noHome) {
            return ours(Path.of(System.getProperty("java.io.tmpdir"), "citronella-" + System.getProperty("user.name")));
        }
    }

    private static Path ours(Path folder) throws IOException {
        Files.createDirectories(folder);
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            if (Files.isSymbolicLink(folder) || !Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName().equals(me())) {
                throw new IOException(folder + " belongs to somebody else");
            }
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
        return folder;
    }

    /** The name of the user, as the owner of a new file has it. */
    private static String me() throws IOException {
        Path probe = Files.createTempFile("citronella-", "");
        try {
            return Files.getOwner(probe).getName();
        } finally {
            Files.delete(probe);
        }
    }

    private static Path ofPath() {
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator)) {
            Path program = Path.of(folder.isEmpty() ? "." : folder, "broker").toAbsolutePath();
            if (Files.isExecutable(program) && !Files.isDirectory(program) && isOurs(program)) {
                return program;
            }
        }
        return null;
    }

    private static boolean isOurs(Path program) {
        try {
            Process process = new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            byte[] said = process.getInputStream().readNBytes(1_000);
            return new String(said, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT).contains("citronella");
        } catch (IOException | InterruptedException error) {
            if (error instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return false;
        }
    }
}
