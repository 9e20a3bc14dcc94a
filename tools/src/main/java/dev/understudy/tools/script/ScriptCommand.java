package dev.understudy.tools.script;

import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.Json;
import dev.understudy.tools.script.ScriptResult.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code understudy script}: conformance scripts against our own TCP. */
@Command(
        name = "script",
        header = {
            "Run TCP conformance scripts in packetdrill's language against our own TCP.",
            "",
            "  understudy script scripts",
            "  understudy script --trace scripts/rfc5961-rst.pkt",
            "  understudy script --ip-version=ipv6 -D MSS=1000 other/*.pkt",
            "",
        },
        description = {
            "Each script runs on a virtual clock and ends ok, failed (where, what it expects, what"
                + " was seen) or unsupported (which construct). The last line counts them: passed,"
                + " failed, skipped.",
            "Exits 0 if none failed, 5 if one did, 2 if one cannot be read.",
        })
public final class ScriptCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--ip-version",
            paramLabel = "VERSION",
            description = "ipv4 or ipv6, whatever the script says.")
    private String ipVersion = "";

    @Option(
            names = "-D",
            paramLabel = "NAME=VALUE",
            description = "A name in the scripts and what it stands for.")
    private Map<String, String> defines = new LinkedHashMap<>();

    @Option(
            names = "--strict",
            description =
                    "Also compare windows, scales, PSH and the order of options, and let no packet"
                            + " be left over.")
    private boolean strict;

    @Option(names = "--trace", description = "Print every packet and call, as a script would.")
    private boolean trace;

    @Option(
            names = "--json",
            description = "One JSON object per script and one that counts, on stdout.")
    private boolean json;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "Scripts, and directories of them (*.pkt).")
    private List<Path> files;

    @Override
    public Integer call() {
        if (!List.of("", "ipv4", "ipv6").contains(ipVersion)) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--ip-version is ipv4 or ipv6, not '" + ipVersion + "'");
        }
        PrintWriter out = spec.commandLine().getOut();
        int passed = 0;
        int failed = 0;
        int skipped = 0;
        boolean unreadable = false;
        for (Path file : scripts()) {
            ScriptFile script = new ScriptFile(file.toString(), read(file), ipVersion, strict);
            if (trace && !json) {
                out.println(file + ":");
            }
            ScriptResult result =
                    script.run(defines, trace && !json ? new Trace(out::println) : Trace.NONE);
            out.println(json ? json(result) : result.toString());
            switch (result.verdict()) {
                case OK -> passed++;
                case UNSUPPORTED -> skipped++;
                case FAILED -> failed++;
                case UNREADABLE -> {
                    failed++;
                    unreadable = true;
                }
            }
        }
        out.println(
                json
                        ? Json.object(counts(passed, failed, skipped))
                        : "%d passed, %d failed, %d skipped".formatted(passed, failed, skipped));
        out.flush();
        return unreadable ? ExitCode.USAGE : failed > 0 ? ExitCode.CHECK : ExitCode.OK;
    }

    private static Map<String, Object> counts(int passed, int failed, int skipped) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("passed", passed);
        counts.put("failed", failed);
        counts.put("skipped", skipped);
        return counts;
    }

    private static String json(ScriptResult result) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", result.name());
        fields.put("result", result.verdict().name().toLowerCase(java.util.Locale.ROOT));
        if (result.verdict() != Verdict.OK) {
            fields.put("line", result.line());
        }
        switch (result.verdict()) {
            case FAILED -> {
                fields.put("expected", result.expected());
                fields.put("seen", result.seen());
            }
            case UNSUPPORTED -> fields.put("construct", result.expected());
            case UNREADABLE -> {
                fields.put("column", Integer.parseInt(result.seen()));
                fields.put("message", result.expected());
            }
            default -> {
                // Nothing to explain.
            }
        }
        return Json.object(fields);
    }

    private List<Path> scripts() {
        List<Path> scripts = new ArrayList<>();
        for (Path file : files) {
            if (!Files.isDirectory(file)) {
                scripts.add(file);
                continue;
            }
            try (Stream<Path> all = Files.walk(file)) {
                all.filter(each -> each.toString().endsWith(".pkt")).sorted().forEach(scripts::add);
            } catch (IOException e) {
                throw unreadable(file, e);
            }
        }
        return scripts;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CommandFailure unreadable(Path file, IOException e) {
        return new CommandFailure(ExitCode.USAGE, file + " cannot be read: " + e, e);
    }
}
