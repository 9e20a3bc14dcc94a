package dev.understudy.tools.control;

import com.fasterxml.jackson.databind.JsonNode;
import dev.understudy.dispatcher.control.Figures;
import dev.understudy.tools.ExitCode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Commands that show what a running dispatcher has: tables for people, objects for programs. */
public final class LookCommands {
    private LookCommands() {}

    /** {@code understudy sessions}. */
    @Command(
            name = "sessions",
            header = {
                "Show the live sessions of a running understudy.",
                "",
                "  understudy sessions                       the first 1,000",
                "  understudy sessions --sort -bytes         the busiest first",
                "  understudy sessions --server 10.20.0.11   those that this server has",
                "  understudy sessions --json | jq .server   an object a line",
                "",
            })
    public static final class Sessions implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Option(names = "--service", paramLabel = "NAME", description = "Only of this service.")
        private String service;

        @Option(
                names = "--server",
                paramLabel = "ADDRESS[:PORT]",
                description = "Only those that this server has.")
        private String server;

        @Option(
                names = "--client",
                paramLabel = "ADDRESS[:PORT]",
                description = "Only of this client.")
        private String client;

        @Option(
                names = "--phase",
                paramLabel = "PHASE",
                description = "Only in this phase, such as relocating.")
        private String phase;

        @Option(
                names = "--sort",
                paramLabel = "COLUMN",
                description =
                        "id, age, idle, up, down, bytes, rtt, delta, hidden, moves or stored; - in"
                                + " front: largest first.")
        private String sort;

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many (default: 1000, most: 10000).")
        private Integer limit;

        @Override
        public Integer call() {
            List<String> query = new ArrayList<>();
            add(query, "service", service);
            add(query, "server", server);
            add(query, "client", client);
            add(query, "phase", phase);
            add(query, "sort", sort);
            add(query, "limit", limit);
            JsonNode answer =
                    daemon.get(
                            "/sessions" + (query.isEmpty() ? "" : "?" + String.join("&", query)));
            if (daemon.json()) {
                return daemon.lines(answer.path("sessions"));
            }
            long now = answer.path("nanos").asLong();
            Table table =
                    new Table(
                            ">ID",
                            "SERVICE",
                            "CLIENT",
                            "ORIGINAL",
                            "SERVER",
                            "PHASE",
                            "CLIENT-LEG",
                            "SERVER-LEG",
                            ">DELTA",
                            ">UP",
                            ">DOWN",
                            ">STORED",
                            ">RTT",
                            ">AGE",
                            ">IDLE",
                            ">HIDDEN",
                            ">MOVES");
            for (JsonNode s : answer.path("sessions")) {
                table.row(
                        s.path("id").asText(),
                        s.path("service").asText(),
                        s.path("client").asText(),
                        s.path("original").asText(),
                        s.path("server").asText(""),
                        s.path("phase").asText(),
                        s.path("clientState").asText(),
                        s.path("serverState").asText(),
                        s.path("delta").asText(),
                        Figures.bytes(s.path("bytesUp").asLong()),
                        Figures.bytes(s.path("bytesDown").asLong()),
                        s.path("storedPackets").asText(),
                        duration(s.path("roundTripNanos").asLong()),
                        Figures.age(now - s.path("openedAt").asLong()),
                        Figures.age(now - s.path("lastPacketAt").asLong()),
                        s.path("hidden").asText(),
                        s.path("moves").asText());
            }
            table.print(daemon.out());
            long found = answer.path("found").asLong();
            int shown = answer.path("sessions").size();
            if (found > shown) {
                daemon.say("(" + shown + " of " + found + ")");
            }
            return ExitCode.OK;
        }

        private static void add(List<String> query, String name, Object value) {
            if (value != null) {
                query.add(name + "=" + URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
            }
        }
    }

    /** The mean of a histogram, empty if nothing was measured. */
    private static String mean(JsonNode histogram) {
        long count = 0;
        for (JsonNode each : histogram.path("counts")) {
            count += each.asLong();
        }
        return count == 0 ? "" : Figures.duration(histogram.path("sumNanos").asLong() / count);
    }

    private static String duration(long nanos) {
        return nanos < 0 ? "" : Figures.duration(nanos);
    }

    /** {@code understudy servers}. */
    @Command(
            name = "servers",
            header = {"Show the servers of a running understudy, and how they do.", ""})
    public static final class Servers implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Override
        public Integer call() {
            JsonNode servers = daemon.get("/servers").path("servers");
            if (daemon.json()) {
                return daemon.lines(servers);
            }
            Table table =
                    new Table(
                            "SERVICE",
                            "SERVER",
                            "STANDING",
                            ">WEIGHT",
                            ">SESSIONS",
                            ">WINS",
                            ">FAILURES",
                            ">RTT",
                            ">1ST-BYTE",
                            ">AGAIN",
                            ">STALLS",
                            "NOTES");
            for (JsonNode s : servers) {
                List<String> notes = new ArrayList<>();
                if (s.path("drained").asBoolean()) {
                    notes.add("drained");
                }
                if (s.path("backup").asBoolean()) {
                    notes.add("backup");
                }
                if (!s.path("listed").asBoolean()) {
                    notes.add("the original itself");
                }
                s.path("failuresByKind")
                        .properties()
                        .forEach(e -> notes.add(e.getValue().asText() + " " + e.getKey()));
                long down = s.path("downNanos").asLong();
                table.row(
                        s.path("service").asText(),
                        s.path("endpoint").asText(),
                        s.path("standing").asText()
                                + (down > 0 ? " for " + Figures.duration(down) : ""),
                        s.path("weight").asText(),
                        s.path("sessions").asText(),
                        s.path("wins").asText(),
                        s.path("failures").asText(),
                        duration(s.path("roundTripNanos").asLong()),
                        mean(s.path("firstBytes")),
                        s.path("retransmissions").asText(),
                        s.path("stalls").asText(),
                        String.join(", ", notes));
            }
            table.print(daemon.out());
            return ExitCode.OK;
        }
    }

    /** {@code understudy services}. */
    @Command(
            name = "services",
            header = {"Show the services of a running understudy.", ""})
    public static final class Services implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Override
        public Integer call() {
            JsonNode services = daemon.get("/services").path("services");
            if (daemon.json()) {
                return daemon.lines(services);
            }
            Table table =
                    new Table(
                            "SERVICE",
                            "ORIGINAL",
                            "STRATEGY",
                            ">STAGGER",
                            ">TIMEOUT",
                            ">ATTEMPTS",
                            "BIND",
                            "RECOVERS",
                            ">SERVERS",
                            ">SESSIONS");
            for (JsonNode s : services) {
                table.row(
                        s.path("name").asText(),
                        words(s.path("originals")),
                        s.path("strategy").asText(),
                        Figures.duration(s.path("staggerNanos").asLong()),
                        Figures.duration(s.path("timeoutNanos").asLong()),
                        s.path("attempts").asText(),
                        s.path("bind").asText(),
                        words(s.path("recover")),
                        s.path("servers").asText(),
                        s.path("sessions").asText());
            }
            table.print(daemon.out());
            return ExitCode.OK;
        }

        private static String words(JsonNode list) {
            List<String> words = new ArrayList<>();
            list.forEach(each -> words.add(each.asText()));
            return String.join(", ", words);
        }
    }

    /** {@code understudy counters}. */
    @Command(
            name = "counters",
            header = {
                "Show everything that a running understudy counts, and its limits.",
                "",
                "  understudy counters         with what each means",
                "  understudy counters --all   those that are 0 too",
                "",
            })
    public static final class Counters implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Option(names = "--all", description = "Those that are 0 too.")
        private boolean all;

        @Override
        public Integer call() {
            JsonNode counters = daemon.get("/counters").path("counters");
            if (daemon.json()) {
                return daemon.lines(counters);
            }
            Table limits = new Table("LIMIT", ">USED", ">MOST", ">REACHED", "WHEN FULL");
            for (JsonNode l : daemon.get("/limits").path("limits")) {
                limits.row(
                        l.path("name").asText(),
                        l.path("used").asText(),
                        l.path("most").asText(),
                        l.path("reached").asText(),
                        l.path("then").asText());
            }
            limits.print(daemon.out());
            daemon.say("");
            Table table = new Table("COUNTER", ">COUNT", "MEANING");
            for (JsonNode c : counters) {
                if (all || c.path("value").asLong() != 0) {
                    table.row(
                            c.path("name").asText(),
                            c.path("value").asText(),
                            c.path("meaning").asText());
                }
            }
            table.print(daemon.out());
            return ExitCode.OK;
        }
    }
}
