package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Nginx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * wrk on kept-alive connections, while one of three nginx is killed (SIGKILL) or the killed one started again, every second.
 * Each rescuer gets the same schedule.
 */
final class StormBench {
    private static final int CONNECTIONS = 64;
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SEED = 6_182_139;
    private static final int PAGE_BYTES = 1024;

    /** An answer that takes longer is a failure. */
    private static final String PATIENCE = "10s";

    /**
     * One row.
     *
     * @param failed requests that wrk calls socket errors, or that had no 2xx answer
     * @param errors what wrk says of those
     * @param confessions why, as far as the rescuer says
     */
    record Row(
            String path,
            long requests,
            long failed,
            double perSecond,
            double longestMillis,
            int kills,
            String errors,
            Map<String, Long> confessions) {}

    private final FailoverNetwork network;
    private final int seconds;
    private final Consumer<String> progress;

    StormBench(FailoverNetwork network, int seconds, Consumer<String> progress) {
        this.network = network;
        this.seconds = seconds;
        this.progress = progress;
    }

    List<Row> run(Map<Rescuer, String> rescuers) throws IOException {
        List<Nginx> servers = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        try {
            Path files = network.directory("storm");
            Files.writeString(files.resolve("page"), "a".repeat(PAGE_BYTES));
            for (Host host : network.servers()) {
                Path own = network.directory("storm-" + host.name());
                servers.add(new Nginx(host, FailoverNetwork.STORM_PORT, own, files));
            }
            for (Map.Entry<Rescuer, String> entry : rescuers.entrySet()) {
                rows.add(measure(entry.getKey(), entry.getValue(), servers));
            }
        } finally {
            for (Nginx server : servers) {
                server.close();
            }
        }
        return rows;
    }

    private Row measure(Rescuer rescuer, String address, List<Nginx> servers) throws IOException {
        for (Nginx server : servers) {
            server.start();
        }
        // Health checks find out.
        LockSupport.parkNanos(PERIOD_NANOS);
        rescuer.confessions();
        Process wrk =
                network.client()
                        .namespace()
                        .start(
                                "wrk",
                                "-t1",
                                "-c" + CONNECTIONS,
                                "-d" + seconds + "s",
                                "--timeout",
                                PATIENCE,
                                "--latency",
                                "http://" + address + ":" + FailoverNetwork.STORM_PORT + "/page");
        FutureTask<String> said = Programs.said(wrk);
        Map<String, Long> confessions = new TreeMap<>();
        int kills = rage(rescuer, servers, confessions);
        Programs.ended(wrk);
        collect(rescuer, confessions);
        return row(rescuer.name(), kills, Programs.get(said), confessions);
    }

    /** Kills and starts servers while wrk has its time; how many were killed. */
    private int rage(Rescuer rescuer, List<Nginx> servers, Map<String, Long> confessions)
            throws IOException {
        Random random = new Random(SEED);
        Nginx dead = null;
        int kills = 0;
        long began = System.nanoTime();
        for (int second = 1; second < seconds; second++) {
            progress.accept("storm, " + rescuer.name() + ", " + second + " s of " + seconds);
            for (long left = PERIOD_NANOS; left > 0; ) {
                LockSupport.parkNanos(left);
                left = began + second * PERIOD_NANOS - System.nanoTime();
            }
            if (dead == null) {
                dead = servers.get(random.nextInt(servers.size()));
                dead.kill();
                kills++;
            } else {
                dead.start();
                dead = null;
            }
            collect(rescuer, confessions);
        }
        return kills;
    }

    private static void collect(Rescuer rescuer, Map<String, Long> into) throws IOException {
        rescuer.confessions().forEach((reason, times) -> into.merge(reason, times, Long::sum));
    }

    /** Reads what wrk says at its end. */
    static Row row(String path, int kills, String said, Map<String, Long> confessions)
            throws IOException {
        Matcher requests = Pattern.compile("(\\d+) requests in ").matcher(said);
        Matcher rate = Pattern.compile("Requests/sec:\\s+([0-9.]+)").matcher(said);
        Matcher latency =
                Pattern.compile("Latency\\s+\\S+\\s+\\S+\\s+([0-9.]+)(us|ms|s|m)\\s").matcher(said);
        if (!requests.find() || !rate.find() || !latency.find()) {
            throw new IOException("wrk said no figures: " + said);
        }
        Matcher errors =
                Pattern.compile(
                                "Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout"
                                        + " (\\d+)")
                        .matcher(said);
        Matcher statuses = Pattern.compile("Non-2xx or 3xx responses: (\\d+)").matcher(said);
        List<String> words = new ArrayList<>();
        long failed = 0;
        if (errors.find()) {
            words.add(errors.group());
            for (int group = 1; group <= 4; group++) {
                failed += Long.parseLong(errors.group(group));
            }
        }
        if (statuses.find()) {
            words.add(statuses.group());
            failed += Long.parseLong(statuses.group(1));
        }
        double longest =
                Double.parseDouble(latency.group(1))
                        * switch (latency.group(2)) {
                            case "us" -> 0.001;
                            case "ms" -> 1;
                            case "s" -> 1_000;
                            default -> 60_000;
                        };
        return new Row(
                path,
                Long.parseLong(requests.group(1)),
                failed,
                Double.parseDouble(rate.group(1)),
                longest,
                kills,
                String.join("; ", words),
                confessions);
    }
}
