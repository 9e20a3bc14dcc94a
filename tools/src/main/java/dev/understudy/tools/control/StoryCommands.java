package dev.understudy.tools.control;

import com.fasterxml.jackson.databind.JsonNode;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.api.ApiException;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that tell what a running dispatcher decided and saw: events, one session's story, one session's packets. */
public final class StoryCommands {
    private StoryCommands() {}

    /** {@code understudy events}. */
    @Command(
            name = "events",
            header = {
                "Print what a running understudy decides.",
                "",
                "  understudy events                 the latest, and then what comes, until ^C",
                "  understudy events --no-follow     the latest only",
                "  understudy events --session 42    of one session",
                "  understudy events --after 1234    go on from an event",
                "",
            })
    public static final class Events implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Option(names = "--no-follow", description = "End when all that is there is printed.")
        private boolean once;

        @Option(names = "--after", paramLabel = "ID", description = "Only events after this one.")
        private long after;

        @Option(names = "--session", paramLabel = "ID", description = "Only of this session.")
        private Long session;

        @Override
        public Integer call() {
            String path =
                    "/events?follow="
                            + !once
                            + "&after="
                            + after
                            + (session == null ? "" : "&session=" + session);
            if (once) {
                JsonNode events = daemon.get(path + "&limit=16384").path("events");
                if (daemon.json()) {
                    return daemon.lines(events);
                }
                events.forEach(event -> daemon.out().println(line(event)));
                daemon.out().flush();
                return ExitCode.OK;
            }
            return follow(
                    daemon,
                    path,
                    new Lines(
                            json -> {
                                if (daemon.json()) {
                                    daemon.say(json);
                                } else {
                                    daemon.say(line(Lines.tree(json)));
                                }
                            }));
        }
    }

    /** Time, session and sentence. */
    static String line(JsonNode event) {
        if (event.has("missed")) {
            return "(" + event.path("missed").asLong() + " events came too fast to be shown)";
        }
        String who =
                event.path("session").isNumber()
                        ? "#"
                                + event.path("session").asLong()
                                + " "
                                + event.path("client").asText("")
                                + ": "
                        : "";
        return event.path("time").asText() + "  " + who + event.path("sentence").asText();
    }

    private static int follow(Daemon daemon, String path, Consumer<byte[]> piece) {
        return daemon.with(
                client -> {
                    CompletableFuture<Void> end = client.follow(path, piece);
                    try {
                        end.get();
                    } catch (ExecutionException e) {
                        if (e.getCause() instanceof ApiException api && !api.nobody()) {
                            throw api;
                        }
                        if (e.getCause() instanceof CommandFailure failure) {
                            throw failure;
                        }
                        throw new CommandFailure(
                                ExitCode.NO_DAEMON, "understudy has ended.", e.getCause());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return ExitCode.OK;
                });
    }

    /** {@code understudy explain}. */
    @Command(
            name = "explain",
            header = {
                "Tell one session's whole story: what was tried and hidden, when, and at what"
                        + " cost.",
                "",
                "  understudy explain 42",
                "",
            })
    public static final class Explain implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Parameters(paramLabel = "ID", description = "The session's number.")
        private long session;

        @Override
        public Integer call() {
            JsonNode story = daemon.get("/sessions/" + session + "/story");
            if (daemon.json()) {
                daemon.say(story.toString());
                return ExitCode.OK;
            }
            PrintWriter out = daemon.out();
            JsonNode live = story.path("live");
            out.println("Session #" + session + (live.isObject() ? "" : ", which is over"));
            if (live.isObject()) {
                out.println(
                        "  "
                                + live.path("client").asText()
                                + " asked for "
                                + live.path("original").asText()
                                + "; "
                                + live.path("server").asText("nobody")
                                + " plays the part ("
                                + live.path("phase").asText()
                                + ", delta "
                                + live.path("delta").asText()
                                + ", "
                                + Figures.bytes(live.path("bytesUp").asLong())
                                + " up, "
                                + Figures.bytes(live.path("bytesDown").asLong())
                                + " down).");
            }
            out.println();
            print(out, story);
            out.flush();
            return ExitCode.OK;
        }

        private static void print(PrintWriter out, JsonNode story) {
            long begin = story.path("events").path(0).path("nanos").asLong();
            for (JsonNode event : story.path("events")) {
                out.println(
                        since(event.path("nanos").asLong() - begin)
                                + event.path("sentence").asText());
            }
            if (story.path("forgotten").asInt() > 0) {
                out.println("  (" + story.path("forgotten").asInt() + " events are forgotten)");
            }
            out.println();
            hidden(out, story.path("hidden"), begin);
        }

        /** What the client did not see: each failure with its moment, its cost, and who took over for which reason. */
        private static void hidden(PrintWriter out, JsonNode failures, long begin) {
            if (failures.isEmpty()) {
                out.println("  No failure had to be hidden.");
                return;
            }
            long nanos = 0;
            long bytes = 0;
            for (JsonNode failure : failures) {
                nanos += failure.path("costNanos").asLong();
                bytes += failure.path("costBytes").asLong();
            }
            out.println(
                    "  "
                            + failures.size()
                            + (failures.size() == 1 ? " failure was" : " failures were")
                            + " hidden from the client, at a cost of "
                            + EventText.cost(nanos, bytes)
                            + " sent again:");
            for (JsonNode failure : failures) {
                out.println(
                        since(failure.path("nanos").asLong() - begin)
                                + failure.path("sentence").asText());
            }
        }

        private static String since(long nanos) {
            return String.format("%12s  ", "+" + Figures.duration(nanos));
        }
    }

    /** {@code understudy capture}. */
    @Command(
            name = "capture",
            header = {
                "Write one session's packets as pcapng, both sides, with the decisions as"
                        + " comments.",
                "",
                "  understudy capture 42 | wireshark -k -i -",
                "  understudy capture 42 > session.pcapng       until the session ends, or ^C",
                "  understudy watch --all                       beforehand: from the SYN on",
                "",
            })
    public static final class Capture implements Callable<Integer> {
        @Mixin private Daemon daemon;

        @Parameters(paramLabel = "ID", description = "The session's number.")
        private long session;

        @Option(names = "--no-follow", description = "End when all that is on record is written.")
        private boolean once;

        @Option(
                names = "--snap",
                paramLabel = "BYTES",
                defaultValue = "65535",
                description = "Bytes of each packet, from now on (default: all).")
        private int snap;

        @Override
        public Integer call() {
            PrintStream out = System.out;
            if (isTerminal()) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "A capture is not for a terminal: lead it to a file or to wireshark -k -i"
                                + " -.");
            }
            return follow(
                    daemon,
                    "/sessions/" + session + "/capture?follow=" + !once + "&snap=" + snap,
                    bytes -> {
                        out.write(bytes, 0, bytes.length);
                        out.flush();
                        if (out.checkError()) {
                            throw new CommandFailure(ExitCode.OK, "");
                        }
                    });
        }

        /** Whether standard output is one, as far as Linux tells. */
        private static boolean isTerminal() {
            try {
                return java.nio.file.Files.readSymbolicLink(
                                java.nio.file.Path.of("/proc/self/fd/1"))
                        .toString()
                        .matches("/dev/(pts/.*|tty.*)");
            } catch (java.io.IOException e) {
                return false;
            }
        }
    }

    /** Pieces of text put together to lines. */
    static final class Lines implements Consumer<byte[]> {
        private final Consumer<String> line;
        private final java.io.ByteArrayOutputStream partial = new java.io.ByteArrayOutputStream();

        Lines(Consumer<String> line) {
            this.line = line;
        }

        @Override
        public void accept(byte[] bytes) {
            for (byte each : bytes) {
                if (each == '\n') {
                    String text = partial.toString(StandardCharsets.UTF_8);
                    partial.reset();
                    if (!text.isBlank()) {
                        line.accept(text);
                    }
                } else {
                    partial.write(each);
                }
            }
        }

        static JsonNode tree(String json) {
            try {
                return com.fasterxml.jackson.databind.json.JsonMapper.builder()
                        .build()
                        .readTree(json);
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                throw new CommandFailure(ExitCode.FAILURE, "An event cannot be read.", e);
            }
        }
    }
}
