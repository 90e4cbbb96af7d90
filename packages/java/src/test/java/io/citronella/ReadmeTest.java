package io.citronella;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The code of README.md is compiled and run: whole classes as they are, other lines each as a test with a {@code broker}. */
class ReadmeTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
    private static final Pattern CLASS = Pattern.compile("(?m)^(?:public )?class (\\w+)");

    @TempDir
    private Path folder;

    @Test
    void itsCodeRuns() throws Exception {
        String page = Files.readString(Path.of("README.md"));
        List<String> names = new ArrayList<>();
        List<Path> sources = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(page);
        // The page says them once for all its code.
        String imports = "";
        while (blocks.find()) {
            String code = blocks.group(1);
            Matcher named = CLASS.matcher(code);
            String name = named.find() ? named.group(1) : "Lines" + names.size();
            if (code.lines().allMatch(line -> line.isEmpty() || line.startsWith("import "))) {
                imports = code;
                continue;
            }
            String whole = named.reset().find()
                    ? (code.startsWith("import") ? code : imports + code)
                    : imports + "@MqttBrokerTest class " + name + " { @Test void lines(MqttBroker broker) throws Exception {\n" + code + "}}\n";
            names.add(name);
            sources.add(Files.writeString(folder.resolve(name + ".java"), whole));
        }
        assertTrue(names.size() > 5, names.toString());
        compile(sources);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            for (String name : names) {
                List<Throwable> errors = EngineTestKit.engine("junit-jupiter").selectors(selectClass(loader.loadClass(name))).execute().allEvents().failed().stream()
                        .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow())
                        .toList();
                assertEquals(List.of(), errors, name);
            }
        }
    }

    private void compile(List<Path> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        var files = compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromPaths(sources);
        List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
        boolean compiled = compiler.getTask(said, null, null, options, null, files).call();
        assertTrue(compiled, said.toString());
    }
}
