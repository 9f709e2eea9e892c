package storytrail.node;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Runs one Elasticsearch node: {@code Launcher HOME FOLDER [setting=value ...]}.
 *
 * <p>HOME is what build.py made and is only read. FOLDER gets data/, logs/ and snapshots/; once the node answers, the
 * server writes its address to logs/http.ports. The node lives as long as its standard input is open, so that it
 * ends when the program that started it is gone, however that came about.
 */
public final class Launcher {
    private static final String NAME = "storytrail";
    /** node.py looks for this line in the log. */
    private static final String REASON = "storytrail-node cannot start: ";
    private static final int STOP_SECONDS = 20;
    /** As it was before the server made System.err a logger. */
    private static final PrintStream STDERR = System.err;

    private Launcher() {}

    public static void main(String[] arguments) {
        daemon("parent-watch", Launcher::endWithStandardInput);
        try {
            run(Path.of(arguments[0]), Path.of(arguments[1]), Arrays.copyOfRange(arguments, 2, arguments.length));
        } catch (Throwable problem) { // a half-made node has threads of its own that would keep the process alive
            problem.printStackTrace(STDERR);
            STDERR.println(REASON + causes(problem));
            Runtime.getRuntime().halt(1);
        }
    }

    private static void run(Path home, Path folder, String[] overrides) throws Exception {
        Path logs = Files.createDirectories(folder.resolve("logs")); // must be there before the address is written
        Settings settings = settings(home, folder, logs, overrides);
        LogConfigurator.setNodeName(NAME);
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> NAME);
        LogConfigurator.configure(environment, true);
        // The server is on the class path: there is no module of it that could open packages to plugins (false).
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir(), true),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir(), true), Map.of(), false);
        Node node = new Node(environment, plugins);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        new CountDownLatch(1).await(); // all threads of the node are daemons
    }

    private static Settings settings(Path home, Path folder, Path logs, String[] overrides) {
        Settings.Builder settings = Settings.builder()
            .put("path.home", home)
            .put("path.data", folder.resolve("data"))
            .put("path.logs", logs)
            .put("path.repo", folder.resolve("snapshots"))
            .put("node.name", NAME)
            .put("cluster.name", NAME)
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("transport.port", 0)
            .put("node.portsfile", true)
            .put("cluster.routing.allocation.disk.threshold_enabled", false); // a laptop's disk is often nearly full
        for (String override : overrides) {
            String[] pair = override.split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        return settings.build();
    }

    private static void endWithStandardInput() {
        try {
            while (System.in.read() >= 0) {} // nobody writes; the end of the file is what counts
        } catch (IOException closed) { // the same
        }
        System.exit(0);
    }

    private static void close(Node node) {
        daemon("stop-watch", () -> {
            pause(STOP_SECONDS);
            Runtime.getRuntime().halt(1);
        });
        try {
            node.prepareForClose();
            node.close();
            node.awaitClose(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (Exception problem) {
            problem.printStackTrace(STDERR);
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pause(int seconds) {
        try {
            TimeUnit.SECONDS.sleep(seconds);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** The messages of a problem and its causes, on one line. */
    private static String causes(Throwable problem) {
        return Stream.iterate(problem, cause -> cause != null, Throwable::getCause)
            .map(cause -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage())
            .distinct().collect(Collectors.joining(" <- ")).replaceAll("\\s+", " ");
    }
}
