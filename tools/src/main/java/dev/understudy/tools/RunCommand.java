package dev.understudy.tools;

import dev.understudy.tools.run.RunOptions;
import dev.understudy.tools.run.Runner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code understudy run}: dispatches until it is told to end. */
@Command(
        name = "run",
        header = {
            "Dispatch connections as a configuration says, until ^C.",
            "",
            "  sudo understudy run -c shop.yaml               with the monitor, on a terminal",
            "  sudo understudy run -c shop.yaml --no-monitor  a line for each failure hidden",
            "  sudo understudy run -c shop.yaml --json | jq   every event as an object",
            "  sudo kill -HUP PID                             load the file again",
            "",
        },
        description = {
            "What is set up on this host is undone at the end; after a kill -9, at the next start.",
            "SIGHUP loads the file again, or keeps the old configuration and says why; if the"
                    + " terminal is gone, it ends the program.",
        })
final class RunCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration.")
    private Path file;

    @Option(names = "--no-monitor", description = "Print events, also on a terminal.")
    private boolean noMonitor;

    @Option(
            names = {"-v", "--verbose"},
            description = "Print also what happens to every connection.")
    private boolean verbose;

    @Option(names = "--json", description = "Every event as a JSON object, on stdout.")
    private boolean json;

    @Option(
            names = "--resolve",
            paramLabel = "TIME",
            converter = TimeReader.class,
            defaultValue = "30s",
            description =
                    "How often the names in it are resolved again (default: ${DEFAULT-VALUE}). A"
                            + " name that cannot be resolved keeps the addresses it had.")
    private Duration resolve;

    @Override
    public Integer call() {
        List<String> arguments = spec.commandLine().getParseResult().originalArgs();
        return new Runner(
                        new RunOptions(
                                file, !noMonitor && !json, verbose, json, resolve, arguments))
                .run();
    }
}
