package dev.understudy.tools.bench;

import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.Json;
import dev.understudy.tools.net.AsRoot;
import dev.understudy.tools.net.Privilege;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code understudy bench}: how fast, beside peers, in one run on this machine. */
@Command(
        name = "bench",
        subcommands = {FailoverCommand.class, MonitorBenchCommand.class},
        header = {
            "Measure, beside peers and in one run.",
            "",
            "  sudo understudy bench path               the datapath beside kernel, HAProxy,"
                    + " slirp4netns",
            "  sudo understudy bench path --seconds 2   the same, sooner",
            "  sudo understudy bench failover           what a dying server costs, beside HAProxy",
            "  sudo understudy bench stack              our TCP/IP stack beside the kernel's and"
                    + " slirp4netns",
            "  sudo understudy bench stack --load download   one load only",
            "  understudy bench monitor                 what watching 100,000 sessions costs",
            "",
        })
public final class BenchCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "path",
            header = {
                "Measure the way of packets from a client to a server.",
                "",
                "  sudo understudy bench path",
                "  sudo understudy bench path --load stream --seconds 2",
                "  sudo understudy bench path --json | jq",
                "",
            },
            description = {
                "Each path is measured in turn under each load: kernel routing, nft DNAT, HAProxy"
                    + " in TCP mode, slirp4netns, a bare copy of frames by Understudy's own links,"
                    + " and Understudy with a session that was moved to another server. The median"
                    + " of the rounds is shown, with ratios to the bare copy and to HAProxy. A"
                    + " program that is not installed leaves its row empty and says so.",
                "Uses namespaces of its own; nothing on this machine is changed."
            })
    Integer path(
            @Option(
                            names = "--seconds",
                            defaultValue = "4",
                            description = "Length of one measurement (default ${DEFAULT-VALUE}).")
                    int seconds,
            @Option(
                            names = "--rounds",
                            defaultValue = "3",
                            description = "Measurements of each kind (default ${DEFAULT-VALUE}).")
                    int rounds,
            @Option(
                            names = "--load",
                            split = ",",
                            paramLabel = "LOAD",
                            description =
                                    "Only these of stream, keep-alive, connections and round-trip;"
                                            + " all by default.")
                    List<String> only,
            @Option(names = "--json", description = "One JSON object per path, on stdout.")
                    boolean json)
            throws InterruptedException, IOException {
        check(seconds, rounds);
        List<Load> loads = chosen(only, Load.OF_A_PATH);
        if (!Privilege.namespaces()) {
            return runAgain("path");
        }
        need("iperf3", "wrk", "nginx");
        return measure(
                List.of(
                        new Peers.KernelRouting(),
                        new Peers.NftDnat(),
                        new Peers.HaProxy(),
                        new Peers.Slirp("slirp4netns", 2, 1500),
                        new BareCopy(),
                        new RelocatedSession()),
                loads,
                List.of("bare copy", "HAProxy TCP"),
                seconds,
                rounds,
                json);
    }

    @Command(
            name = "stack",
            header = {
                "Measure our TCP/IP stack as an HTTP server, beside the kernel's and slirp4netns.",
                "",
                "  sudo understudy bench stack",
                "  sudo understudy bench stack --load download,keep-alive --seconds 2",
                "  sudo understudy bench stack --json | jq",
                "",
            },
            description = {
                "A kernel's client asks, in turn: a kernel's server over a pair of interfaces, the"
                    + " same through slirp4netns, and Netty's HTTP server on our own stack behind a"
                    + " TAP device, with and without offload and with the largest MTU. The median"
                    + " of the rounds is shown, with ratios to the kernel and to slirp4netns.",
                "Uses namespaces of its own; nothing on this machine is changed."
            })
    Integer stack(
            @Option(
                            names = "--seconds",
                            defaultValue = "4",
                            description = "Length of one measurement (default ${DEFAULT-VALUE}).")
                    int seconds,
            @Option(
                            names = "--rounds",
                            defaultValue = "3",
                            description = "Measurements of each kind (default ${DEFAULT-VALUE}).")
                    int rounds,
            @Option(
                            names = "--load",
                            split = ",",
                            paramLabel = "LOAD",
                            description =
                                    "Only these of download, keep-alive, connections and"
                                            + " round-trip; all by default.")
                    List<String> only,
            @Option(names = "--json", description = "One JSON object per stack, on stdout.")
                    boolean json)
            throws InterruptedException, IOException {
        check(seconds, rounds);
        List<Load> loads = chosen(only, Load.OF_A_STACK);
        if (!Privilege.namespaces()) {
            return runAgain("stack");
        }
        need("curl", "iperf3", "wrk", "nginx");
        return measure(
                List.of(
                        new Peers.KernelOverVeth(),
                        new Peers.Slirp("slirp4netns", 2, 1500),
                        new Peers.Slirp("slirp4netns, MTU 65520", 3, 65520),
                        new OwnStack("ours", 1, 1500, true),
                        new OwnStack("ours, MTU 65520", 2, 65520, true),
                        new OwnStack("ours, no offload", 3, 1500, false)),
                loads,
                List.of("kernel over veth", "slirp4netns"),
                seconds,
                rounds,
                json);
    }

    private static void check(int seconds, int rounds) {
        if (seconds < 1 || seconds > 60 || rounds < 1 || rounds > 20) {
            throw new CommandFailure(ExitCode.USAGE, "--seconds takes 1..60 and --rounds 1..20");
        }
    }

    /** The loads that the command line names, in the order of {@code all}; all of them if it names none. */
    private static List<Load> chosen(List<String> words, List<Load> all) {
        if (words == null) {
            return all;
        }
        List<String> known = all.stream().map(Load::word).toList();
        for (String word : words) {
            if (!known.contains(word)) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "There is no load '" + word + "'; there are " + String.join(", ", known));
            }
        }
        return all.stream().filter(load -> words.contains(load.word())).toList();
    }

    static void need(String... programs) {
        Privilege.tunMissing()
                .ifPresent(
                        sentence -> {
                            throw new CommandFailure(ExitCode.MISSING, sentence);
                        });
        for (String program : programs) {
            if (Workbench.program(program).isEmpty()) {
                throw new CommandFailure(
                        ExitCode.MISSING,
                        program
                                + " makes the load and is not installed. Install it with: sudo apt"
                                + " install curl iperf3 wrk nginx-light");
            }
        }
    }

    private int measure(
            List<Contestant> contestants,
            List<Load> loads,
            List<String> references,
            int seconds,
            int rounds,
            boolean json)
            throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        List<PathBench.Row> rows = new PathBench(contestants, loads, seconds, rounds, err).run();
        err.printf("\r%-70s\r", "");
        err.flush();
        print(rows, loads, references, json);
        return ExitCode.OK;
    }

    static int runAgain(String bench) throws InterruptedException, IOException {
        var refused = Privilege.userNamespaceRefused();
        if (refused.isPresent()) {
            throw new CommandFailure(
                    ExitCode.MISSING,
                    "The benchmark needs network namespaces, and this user may make none ("
                            + refused.get()
                            + "). Run it with: "
                            + AsRoot.command("bench", bench));
        }
        return Privilege.runAsNamespaceRoot();
    }

    private void print(
            List<PathBench.Row> rows, List<Load> loads, List<String> references, boolean json) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            for (PathBench.Row row : rows) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("path", row.name());
                if (!row.absent().isEmpty()) {
                    fields.put("absent", row.absent());
                }
                for (Load load : loads) {
                    double figure = row.median(load);
                    if (!Double.isNaN(figure)) {
                        fields.put(load.name().toLowerCase(java.util.Locale.ROOT), figure);
                    }
                }
                out.println(Json.object(fields));
            }
        } else {
            for (Load load : loads) {
                new Table(rows, load, references).print(out);
            }
        }
        out.flush();
    }

    /** One load's table: the figure, and its ratio to each of two references. */
    private record Table(List<PathBench.Row> rows, Load load, List<String> references) {
        void print(PrintWriter out) {
            double first = reference(references.get(0));
            double second = reference(references.get(1));
            out.printf(
                    "%-24s %12s %20s %14s%n",
                    load.title(),
                    load.unit(),
                    "of " + references.get(0),
                    "of " + references.get(1));
            for (PathBench.Row row : rows) {
                double figure = row.median(load);
                if (Double.isNaN(figure)) {
                    out.printf("  %-22s %s%n", row.name(), row.absent());
                } else {
                    out.printf(
                            "  %-22s %12s %20s %14s%n",
                            row.name(),
                            figure < 100
                                    ? String.format("%.2f", figure)
                                    : String.format("%,.0f", figure),
                            ratio(figure, first),
                            ratio(figure, second));
                }
            }
            out.println();
        }

        private double reference(String name) {
            for (PathBench.Row row : rows) {
                if (row.name().equals(name)) {
                    return row.median(load);
                }
            }
            return Double.NaN;
        }

        private static String ratio(double figure, double reference) {
            return Double.isNaN(reference) ? "-" : String.format("%.2f", figure / reference);
        }
    }
}
