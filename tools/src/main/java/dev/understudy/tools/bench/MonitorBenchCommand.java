package dev.understudy.tools.bench;

import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code understudy bench monitor}: what it costs a busy dispatcher that somebody watches it. */
@Command(
        name = "monitor",
        header = {
            "Measure what watching costs, with many sessions and many packets.",
            "",
            "  understudy bench monitor                    100,000 sessions, 50,000 packets/s",
            "  understudy bench monitor --json | jq",
            "",
        },
        description = {
            "One process: the dispatcher between two wires in memory, clients and servers in large"
                + " numbers behind them, and the monitor on a terminal in memory, opened and closed"
                + " in turn while packets flow. Somebody types all the time: arrows, pages,"
                + " sorting, a filter. Medians of the slices are shown beside the goals.",
            "Needs no privilege and no device; nothing on this machine is changed."
        })
final class MonitorBenchCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--sessions",
            defaultValue = "100000",
            description = "Established sessions (default ${DEFAULT-VALUE}).")
    private int sessions;

    @Option(
            names = "--packets",
            paramLabel = "RATE",
            defaultValue = "50000",
            description = "Packets a second, both ways together (default ${DEFAULT-VALUE}).")
    private int packets;

    @Option(
            names = "--slices",
            defaultValue = "6",
            description = "How often the monitor is opened (default ${DEFAULT-VALUE}).")
    private int slices;

    @Option(
            names = "--seconds",
            defaultValue = "5",
            description = "Length of a slice, open or closed (default ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(names = "--json", description = "One JSON object, on stdout.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        within("--sessions", sessions, 1, Crowd.MOST_SESSIONS);
        within("--packets", packets, 1, 1_000_000);
        within("--slices", slices, 1, 100);
        within("--seconds", seconds, 1, 60);
        PrintWriter err = spec.commandLine().getErr();
        MonitorReport report =
                new MonitorReport(
                        new MonitorBench(sessions, packets, slices, seconds, line -> say(err, line))
                                .run());
        say(err, "");
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("sessions", sessions);
            fields.put("packetsPerSecond", packets);
            report.json(out, fields);
        } else {
            report.print(
                    out,
                    String.format(
                            Locale.ROOT,
                            "%,d sessions, %,d packets/s; monitor:",
                            sessions,
                            packets),
                    packets);
        }
        return ExitCode.OK;
    }

    private static void within(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new CommandFailure(
                    ExitCode.USAGE, option + " takes " + least + ".." + most + ", not " + value);
        }
    }

    private static void say(PrintWriter err, String line) {
        err.printf("\r%-70s\r", line);
        err.flush();
    }
}
