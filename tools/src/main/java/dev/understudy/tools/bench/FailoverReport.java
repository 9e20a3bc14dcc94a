package dev.understudy.tools.bench;

import dev.understudy.tools.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code bench failover} has found, as tables or as an object a row. */
final class FailoverReport {
    private final PrintWriter out;
    private final boolean json;
    private final Map<String, String> absent = new LinkedHashMap<>();
    private List<CaseBench.Row> cases = List.of();
    private List<StormBench.Row> storm = List.of();
    private List<DownloadBench.Row> downloads = List.of();

    FailoverReport(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    /** A rescuer is not on this machine. */
    void absent(String path, String why) {
        absent.put(path, why);
    }

    void cases(List<CaseBench.Row> rows) {
        cases = rows;
    }

    void storm(List<StormBench.Row> rows) {
        storm = rows;
    }

    void downloads(List<DownloadBench.Row> rows) {
        downloads = rows;
    }

    /** How many requests a rescuer has lost in all. */
    long lostBy(String path) {
        return cases.stream()
                        .filter(row -> row.path().equals(path))
                        .mapToLong(CaseBench.Row::lost)
                        .sum()
                + storm.stream()
                        .filter(row -> row.path().equals(path))
                        .mapToLong(StormBench.Row::failed)
                        .sum()
                + downloads.stream().filter(row -> row.path().equals(path) && !row.whole()).count();
    }

    void print() {
        if (json) {
            absent.forEach((path, why) -> line(Map.of("path", path, "absent", why)));
            cases.forEach(row -> line(fields(row)));
            storm.forEach(row -> line(fields(row)));
            downloads.forEach(row -> line(fields(row)));
        } else {
            absent.forEach((path, why) -> out.printf("%s: %s%n", path, why));
            printCases();
            printStorm();
            printDownloads();
        }
        out.flush();
    }

    private void line(Map<String, Object> fields) {
        out.println(Json.object(fields));
    }

    // ---- tables

    private void printCases() {
        if (cases.isEmpty()) {
            return;
        }
        out.printf(
                "%-12s %-12s %12s %12s %12s %9s  %s%n",
                "first server", "", "well p50", "added p50", "added p99", "lost", "");
        FailoverCase last = null;
        for (CaseBench.Row row : cases) {
            out.printf(
                    "%-12s %-12s %12s %12s %12s %9s  %s%n",
                    row.what() == last ? "" : row.what().word(),
                    row.path(),
                    millis(row.undisturbedMicros() / 1e3),
                    millis(row.addedMicros(50) / 1e3),
                    millis(row.addedMicros(99) / 1e3),
                    row.lost() + " of " + row.requests(),
                    row.note());
            last = row.what();
        }
        out.println();
    }

    private static String millis(double millis) {
        return Double.isNaN(millis) ? "-" : String.format(Locale.ROOT, "%.1f ms", millis);
    }

    private void printStorm() {
        if (storm.isEmpty()) {
            return;
        }
        out.printf(
                "%-12s %12s %9s %12s %12s %9s  %s%n",
                "storm", "requests", "failed", "requests/s", "longest", "killed", "");
        for (StormBench.Row row : storm) {
            out.printf(
                    Locale.ROOT,
                    "  %-10s %12d %9d %12.0f %12s %9d  %s%n",
                    row.path(),
                    row.requests(),
                    row.failed(),
                    row.perSecond(),
                    millis(row.longestMillis()),
                    row.kills(),
                    why(row));
        }
        out.println();
    }

    private static String why(StormBench.Row row) {
        List<String> words = new ArrayList<>();
        if (!row.errors().isEmpty()) {
            words.add(row.errors());
        }
        row.confessions().forEach((reason, times) -> words.add(reason + " (" + times + ")"));
        return String.join("; ", words);
    }

    private void printDownloads() {
        if (downloads.isEmpty()) {
            return;
        }
        out.printf(
                "%-12s %-5s %-9s %9s %11s %11s %11s %11s%n",
                "download",
                "ETag",
                "death",
                "whole",
                "stall p50",
                "stall max",
                "before p50",
                "before max");
        Map<String, List<DownloadBench.Row>> groups =
                downloads.stream()
                        .collect(
                                Collectors.groupingBy(
                                        row ->
                                                String.format(
                                                        "  %-10s %-5s %-9s",
                                                        row.path(),
                                                        row.tagged() ? "yes" : "no",
                                                        word(row.death())),
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        groups.forEach(
                (head, rows) -> {
                    List<Double> stalls =
                            rows.stream()
                                    .filter(DownloadBench.Row::whole)
                                    .map(DownloadBench.Row::stallMillis)
                                    .sorted()
                                    .toList();
                    List<Double> usual =
                            rows.stream().map(DownloadBench.Row::usualMillis).sorted().toList();
                    out.printf(
                            "%s %9s %11s %11s %11s %11s%n",
                            head,
                            stalls.size() + " of " + rows.size(),
                            median(stalls),
                            most(stalls),
                            median(usual),
                            most(usual));
                });
        out.println();
    }

    private static String median(List<Double> sorted) {
        return sorted.isEmpty() ? "-" : millis(sorted.get((sorted.size() - 1) / 2));
    }

    private static String most(List<Double> sorted) {
        return sorted.isEmpty() ? "-" : millis(sorted.get(sorted.size() - 1));
    }

    private static String word(DownloadBench.Death death) {
        return death.name().toLowerCase(Locale.ROOT);
    }

    // ---- objects

    private static Map<String, Object> fields(CaseBench.Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("case", row.what().word());
        fields.put("path", row.path());
        fields.put("requests", row.requests());
        fields.put("lost", row.lost());
        fields.put("undisturbedMicros", Math.round(row.undisturbedMicros()));
        if (row.lost() < row.requests()) {
            fields.put("addedP50Micros", Math.round(row.addedMicros(50)));
            fields.put("addedP99Micros", Math.round(row.addedMicros(99)));
        }
        fields.put("note", row.note().isEmpty() ? null : row.note());
        return fields;
    }

    private static Map<String, Object> fields(StormBench.Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("case", "storm");
        fields.put("path", row.path());
        fields.put("requests", row.requests());
        fields.put("failed", row.failed());
        fields.put("requestsPerSecond", row.perSecond());
        fields.put("longestMillis", row.longestMillis());
        fields.put("killed", row.kills());
        fields.put("note", why(row).isEmpty() ? null : why(row));
        return fields;
    }

    private static Map<String, Object> fields(DownloadBench.Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("case", "download");
        fields.put("path", row.path());
        fields.put("etag", row.tagged());
        fields.put("death", word(row.death()));
        fields.put("diedAt", row.diedAt());
        fields.put("whole", row.whole());
        fields.put("stallMillis", row.whole() ? row.stallMillis() : null);
        fields.put("usualMillis", row.usualMillis());
        return fields;
    }
}
