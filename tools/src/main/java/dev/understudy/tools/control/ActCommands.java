package dev.understudy.tools.control;

import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.TimeReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that do something to a running dispatcher. Each says in a sentence what was done. */
public final class ActCommands {
    private ActCommands() {}

    /** {@code understudy relocate}. */
    @Command(
            name = "relocate",
            header = {"Move a live session to another server, if that is safe now.", ""})
    public static final class Relocate implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Parameters(paramLabel = "ID", description = "The session's number.")
        private long session;

        @Override
        public Integer call() {
            return daemon.post("/sessions/" + session + "/relocate", "");
        }
    }

    /** {@code understudy reset}. */
    @Command(
            name = "reset",
            header = {"End a live session: both its sides are reset.", ""})
    public static final class Reset implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Parameters(paramLabel = "ID", description = "The session's number.")
        private long session;

        @Override
        public Integer call() {
            return daemon.post("/sessions/" + session + "/reset", "");
        }
    }

    /** {@code understudy drain}. */
    @Command(
            name = "drain",
            header = {
                "Give a server no new sessions; nobody is disconnected.",
                "",
                "  understudy drain 10.20.0.11:80",
                "  understudy undrain 10.20.0.11:80",
                "",
            })
    public static final class Drain implements Callable<Integer> {
        @Mixin private Daemon daemon;
        @Mixin private Which which;

        @Override
        public Integer call() {
            return daemon.post(which.path("drain"), "");
        }
    }

    /** {@code understudy undrain}. */
    @Command(
            name = "undrain",
            header = {"Give a drained server sessions again.", ""})
    public static final class Undrain implements Callable<Integer> {
        @Mixin private Daemon daemon;
        @Mixin private Which which;

        @Override
        public Integer call() {
            return daemon.post(which.path("undrain"), "");
        }
    }

    /** A server of one service, or of all that have it. */
    static final class Which {
        @Parameters(paramLabel = "ADDRESS:PORT", description = "The server.")
        private String server;

        @Option(names = "--service", paramLabel = "NAME", description = "Only in this service.")
        private String service;

        String path(String what) {
            return "/servers/"
                    + URLEncoder.encode(server, StandardCharsets.UTF_8)
                    + "/"
                    + what
                    + (service == null
                            ? ""
                            : "?service=" + URLEncoder.encode(service, StandardCharsets.UTF_8));
        }
    }

    /** {@code understudy impair}. */
    @Command(
            name = "impair",
            header = {
                "Make the path of a session, or a whole link, worse; without options, as it was.",
                "",
                "  understudy impair 42 --blackhole           its server falls silent",
                "  understudy impair 42 --reset-at 10000      its server resets after 10,000 bytes",
                "  understudy impair network --loss 1%% --delay 20ms",
                "  understudy impair network                  no longer",
                "",
            },
            description =
                    "A session's impairment is of the path to the server that it has now: one that"
                            + " is moved leaves it behind.")
    public static final class Impair implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Parameters(paramLabel = "ID|client|network", description = "A session, or a link.")
        private String what;

        @Option(names = "--loss", paramLabel = "SHARE", description = "Such as 1%% or 0.01.")
        private String loss;

        @Option(
                names = "--delay",
                paramLabel = "TIME",
                converter = TimeReader.class,
                description = "Such as 20ms.")
        private Duration delay;

        @Option(names = "--duplicate", paramLabel = "SHARE", description = "Packets come twice.")
        private String duplicate;

        @Option(names = "--reorder", paramLabel = "SHARE", description = "Packets come late.")
        private String reorder;

        @Option(names = "--corrupt", paramLabel = "SHARE", description = "A bit is flipped.")
        private String corrupt;

        @Option(names = "--blackhole", description = "Nothing passes.")
        private boolean blackhole;

        @Option(
                names = "--reset-at",
                paramLabel = "BYTE",
                description = "A reset after so many bytes of the answer.")
        private Long resetAt;

        @Override
        public Integer call() {
            List<String> fields = new ArrayList<>();
            share(fields, "loss", loss);
            share(fields, "duplicate", duplicate);
            share(fields, "reorder", reorder);
            share(fields, "corrupt", corrupt);
            if (delay != null) {
                fields.add("\"delayNanos\":" + delay.toNanos());
            }
            if (blackhole) {
                fields.add("\"blackhole\":true");
            }
            if (resetAt != null) {
                fields.add("\"resetAtByte\":" + resetAt);
            }
            boolean link = what.equals("client") || what.equals("network");
            if (!link && !what.matches("\\d{1,18}")) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "'" + what + "' is neither a session's number nor client or network.");
            }
            return daemon.post(
                    (link ? "/links/" : "/sessions/") + what + "/impair",
                    "{" + String.join(",", fields) + "}");
        }

        private static void share(List<String> fields, String name, String text) {
            if (text == null) {
                return;
            }
            boolean percent = text.endsWith("%");
            String number = percent ? text.substring(0, text.length() - 1) : text;
            if (!number.matches("\\d{1,3}(\\.\\d{1,9})?")) {
                throw new CommandFailure(
                        ExitCode.USAGE, "'" + text + "' is not a share such as 1% or 0.01.");
            }
            double value = Double.parseDouble(number) / (percent ? 100 : 1);
            fields.add(String.format(Locale.ROOT, "\"%s\":%.12f", name, value));
        }
    }

    /** {@code understudy watch}. */
    @Command(
            name = "watch",
            header = {
                "Record packets, for capture and the monitor's ladder.",
                "",
                "  understudy watch 42       one session, from now on",
                "  understudy watch --all    every new session, from its SYN on",
                "  understudy watch --off    no new ones",
                "",
            })
    public static final class Watch implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Parameters(
                arity = "0..1",
                paramLabel = "ID",
                description = "The session's number; none says what is recorded.")
        private Long session;

        @Option(names = "--all", description = "Every new session.")
        private boolean all;

        @Option(names = "--off", description = "Only sessions that are named.")
        private boolean off;

        @Option(names = "--sessions", paramLabel = "N", description = "Most sessions on record.")
        private Integer sessions;

        @Option(
                names = "--packets",
                paramLabel = "N",
                description = "Most packets on record for one session.")
        private Integer packets;

        @Option(names = "--snap", paramLabel = "BYTES", description = "Bytes kept of each packet.")
        private Integer snap;

        @Override
        public Integer call() {
            if (session != null) {
                return daemon.post("/sessions/" + session + "/watch", "");
            }
            List<String> fields = new ArrayList<>();
            if (all || off) {
                fields.add("\"all\":" + all);
            }
            number(fields, "sessions", sessions);
            number(fields, "packets", packets);
            number(fields, "snap", snap);
            if (fields.isEmpty()) {
                daemon.say(daemon.get("/watch").toString());
                return ExitCode.OK;
            }
            return daemon.put("/watch", "{" + String.join(",", fields) + "}");
        }

        private static void number(List<String> fields, String name, Integer value) {
            if (value != null) {
                fields.add("\"" + name + "\":" + value);
            }
        }
    }

    /** {@code understudy reload}. */
    @Command(
            name = "reload",
            header = {"Load the configuration again; a wrong one changes nothing.", ""})
    public static final class Reload implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Override
        public Integer call() {
            return daemon.post("/reload", "");
        }
    }
}
