package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is measured on each path: a program in the client's namespace, and how to read what it says. */
enum Load {
    /** One TCP stream from the client, in Gb/s. */
    STREAM("iperf3, one stream", "Gb/s", "iperf3") {
        @Override
        List<String> command(String target, int seconds) {
            return List.of(
                    "iperf3",
                    "-c",
                    target,
                    "-p",
                    Integer.toString(BenchNetwork.IPERF_PORT),
                    "-t",
                    Integer.toString(seconds),
                    "-f",
                    "m",
                    "--connect-timeout",
                    "3000");
        }

        @Override
        double read(String output) throws IOException {
            return find(output, "([0-9.]+) Mbits/sec[^\\n]*receiver") / 1000;
        }
    },
    /** Requests a second on 32 kept-alive connections. */
    KEEP_ALIVE("wrk, 32 kept alive", "req/s", "wrk") {
        @Override
        List<String> command(String target, int seconds) {
            return wrk(target, seconds, 32);
        }
    },
    /** New connections a second: every request closes. */
    CONNECTIONS("wrk, new connections", "conn/s", "wrk") {
        @Override
        List<String> command(String target, int seconds) {
            List<String> command = new java.util.ArrayList<>(wrk(target, seconds, 32));
            command.addAll(1, List.of("-H", "Connection: close"));
            return command;
        }
    },
    /** Requests a second, one after the other, on one connection: the round trip. */
    ROUND_TRIP("wrk, one connection", "req/s", "wrk") {
        @Override
        List<String> command(String target, int seconds) {
            return wrk(target, seconds, 1);
        }
    },
    /** One download by curl, cut off when the time is over, in Gb/s. */
    DOWNLOAD("curl, one download", "Gb/s", "curl") {
        @Override
        List<String> command(String target, int seconds) {
            // curl ends with an error when its time is over, and that is meant.
            return List.of(
                    "sh",
                    "-c",
                    "curl -s -o /dev/null -m "
                            + seconds
                            + " -w '%{http_code} %{speed_download}' http://"
                            + target
                            + ":"
                            + BenchNetwork.HTTP_PORT
                            + BenchPages.BIG
                            + " || true");
        }

        @Override
        double read(String output) throws IOException {
            return find(output, "200 ([0-9.]+)") * 8 / 1e9;
        }
    };

    /** What {@code bench path} measures. */
    static final List<Load> OF_A_PATH = List.of(STREAM, KEEP_ALIVE, CONNECTIONS, ROUND_TRIP);

    /** What {@code bench stack} measures. */
    static final List<Load> OF_A_STACK = List.of(DOWNLOAD, KEEP_ALIVE, CONNECTIONS, ROUND_TRIP);

    private final String title;
    private final String unit;
    private final String program;

    Load(String title, String unit, String program) {
        this.title = title;
        this.unit = unit;
        this.program = program;
    }

    /** As a command line names it. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String title() {
        return title;
    }

    String unit() {
        return unit;
    }

    String program() {
        return program;
    }

    abstract List<String> command(String target, int seconds);

    /** The figure in what the program printed. */
    double read(String output) throws IOException {
        Matcher errors =
                Pattern.compile("Socket errors: connect (\\d+), read (\\d+)").matcher(output);
        if (errors.find() && !errors.group(1).equals("0")) {
            throw new IOException("connections failed: " + errors.group());
        }
        return find(output, "Requests/sec:\\s+([0-9.]+)");
    }

    /** Runs the load once. */
    double measure(Host client, String target, int seconds) throws IOException {
        return read(client.run(command(target, seconds).toArray(String[]::new)));
    }

    private static List<String> wrk(String target, int seconds, int connections) {
        return List.of(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "http://" + target + ":" + BenchNetwork.HTTP_PORT + "/index.html");
    }

    private static double find(String output, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(output);
        if (!matcher.find()) {
            throw new IOException("no figure in: " + output);
        }
        return Double.parseDouble(matcher.group(1));
    }
}
