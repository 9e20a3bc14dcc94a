package dev.understudy.tools.bench;

import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.net.Privilege;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code understudy bench failover}: what a dying server costs, beside HAProxy in front of the same servers. */
@Command(
        name = "failover",
        header = {
            "Measure what a failing server costs the client, beside HAProxy.",
            "",
            "  sudo understudy bench failover",
            "  sudo understudy bench failover --case storm --seconds 10",
            "  sudo understudy bench failover --case download --size 1024 --deaths 10",
            "",
        },
        description = {
            "Cases: refused, silent, late-reset, mid-body and not-found tell the time that one"
                + " failure of the first of three servers adds to one request, and how many"
                + " requests were lost. In storm, wrk keeps 64 connections busy while one of three"
                + " nginx is killed or started again every second. In download, curl gets one large"
                + " file, with and without an ETag, and at a random point the nginx that serves it"
                + " is left alone (none), ended by SIGKILL, so that its kernel says FIN (killed),"
                + " gone with its machine, whose address another one has that answers by RST"
                + " (replaced), or silent. A stall is the longest time without a byte from then on;"
                + " the longest one before it stands beside.",
            "Ends with 5 if Understudy lost a request. Uses namespaces of its own; nothing on this"
                    + " machine is changed."
        })
public final class FailoverCommand implements Callable<Integer> {
    private static final String STORM = "storm";
    private static final String DOWNLOAD = "download";

    @Spec private CommandSpec spec;

    @Option(
            names = "--case",
            split = ",",
            paramLabel = "CASE",
            description = "Only these cases; all by default.")
    private List<String> cases = List.of();

    @Option(
            names = "--requests",
            defaultValue = "50",
            description = "Failures of each kind (default ${DEFAULT-VALUE}).")
    private int requests;

    @Option(
            names = "--seconds",
            defaultValue = "60",
            description = "Length of the storm (default ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--size",
            paramLabel = "MiB",
            defaultValue = "1024",
            description = "Size of the file that is downloaded (default ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--deaths",
            defaultValue = "5",
            description = "Downloads of each kind (default ${DEFAULT-VALUE}).")
    private int deaths;

    @Option(names = "--json", description = "One JSON object per row, on stdout.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException, IOException {
        Set<String> chosen = chosen();
        if (requests < 1 || requests > 10_000 || seconds < 2 || seconds > 3600) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--requests takes 1..10000 and --seconds 2..3600");
        }
        if (size < 1 || size > 16_384 || deaths < 1 || deaths > 1000) {
            throw new CommandFailure(ExitCode.USAGE, "--size takes 1..16384, --deaths 1..1000");
        }
        if (!Privilege.namespaces()) {
            return BenchCommand.runAgain("failover");
        }
        BenchCommand.need("curl", "wrk", "nginx");
        return measure(chosen) ? ExitCode.OK : ExitCode.CHECK;
    }

    private Set<String> chosen() {
        Set<String> all = new LinkedHashSet<>();
        for (FailoverCase one : FailoverCase.values()) {
            all.add(one.word());
        }
        all.addAll(List.of(STORM, DOWNLOAD));
        for (String one : cases) {
            if (!all.contains(one)) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "There is no case '" + one + "'; there are " + String.join(", ", all));
            }
        }
        return cases.isEmpty() ? all : new LinkedHashSet<>(cases);
    }

    /** Whether Understudy lost nothing. */
    private boolean measure(Set<String> chosen) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        FailoverReport report = new FailoverReport(spec.commandLine().getOut(), json);
        List<Rescuer> rescuers = List.of(new UnderstudyRescuer(), new HaProxyRescuer());
        try (FailoverNetwork network = new FailoverNetwork()) {
            try {
                Map<Rescuer, String> opened = new LinkedHashMap<>();
                for (Rescuer rescuer : rescuers) {
                    try {
                        opened.put(rescuer, rescuer.open(network));
                    } catch (Contestant.MissingException e) {
                        report.absent(rescuer.name(), e.getMessage());
                    }
                }
                List<FailoverCase> single =
                        Arrays.stream(FailoverCase.values())
                                .filter(one -> chosen.contains(one.word()))
                                .collect(Collectors.toList());
                if (!single.isEmpty()) {
                    report.cases(
                            new CaseBench(network, opened, requests, line -> say(err, line))
                                    .run(single));
                }
                if (chosen.contains(STORM)) {
                    report.storm(
                            new StormBench(network, seconds, line -> say(err, line)).run(opened));
                }
                if (chosen.contains(DOWNLOAD)) {
                    report.downloads(
                            new DownloadBench(network, size, deaths, line -> say(err, line))
                                    .run(opened));
                }
            } finally {
                for (Rescuer rescuer : rescuers) {
                    rescuer.close();
                }
            }
        }
        say(err, "");
        report.print();
        return report.lostBy(UnderstudyRescuer.NAME) == 0;
    }

    private static void say(PrintWriter err, String line) {
        err.printf("\r%-70s\r", line);
        err.flush();
    }
}
