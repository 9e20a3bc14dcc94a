package dev.understudy.tools.bench;

import dev.understudy.tools.Json;
import dev.understudy.tools.bench.MonitorBench.Pair;
import dev.understudy.tools.bench.MonitorBench.Result;
import dev.understudy.tools.bench.MonitorBench.Slice;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** What a run of {@link MonitorBench} says: medians of its slices beside the goals, as a table or as one JSON object. */
final class MonitorReport {
    private static final double PICTURES = 10;

    /** Of the rate that was asked for; the rest is a busy machine's. */
    private static final double ENOUGH = 0.98;

    private final List<Row> rows = new ArrayList<>();
    private final double sentPerSecond;

    /**
     * One figure.
     *
     * @param key its name in JSON
     * @param closed the same without the monitor, NaN if there is no such thing
     * @param most what it should stay below, NaN if there is no goal
     */
    private record Row(
            String key, String title, String unit, double closed, double open, double most) {
        boolean missed() {
            return open >= most;
        }

        String line() {
            return String.format(
                            Locale.ROOT,
                            "  %-50s %12s %12s   %s",
                            title,
                            text(closed),
                            text(open),
                            goal())
                    .stripTrailing();
        }

        private String goal() {
            String under = String.format(Locale.ROOT, "< %.0f %s", most, unit);
            return Double.isNaN(most) ? unit : missed() ? under + ", goal missed" : under;
        }

        private static String text(double figure) {
            return Double.isNaN(figure)
                    ? "-"
                    : String.format(Locale.ROOT, Math.abs(figure) < 100 ? "%.2f" : "%,.0f", figure);
        }
    }

    MonitorReport(Result result) {
        Pair paced = result.paced();
        Pair flooded = result.flooded();
        sentPerSecond = median(paced.open(), s -> s.perSecond((double) s.sent()));
        both(
                "sentPerSecond",
                "steady: sent into the dispatcher",
                "packets/s",
                paced,
                s -> s.perSecond((double) s.sent()));
        both("lostPercent", "steady: of these lost on the way", "%", paced, MonitorReport::lost, 2);
        both(
                "lookMillisPerSecond",
                "steady: the loop's time for being looked at",
                "ms/s",
                paced,
                s -> s.perSecond(s.lookNanos() / 1e6));
        both(
                "forwardedPerLoopSecond",
                "flood: forwarded in a second of its loop",
                "packets",
                flooded,
                Slice::forwardedPerLoopSecond);
        double without = median(flooded.closed(), Slice::forwardedPerLoopSecond);
        double with = median(flooded.open(), Slice::forwardedPerLoopSecond);
        one(
                "datapathLossPercent",
                "flood: of this lost to the monitor",
                "%",
                100 * (1 - with / without),
                2);
        one(
                "picturesPerSecond",
                "pictures",
                "1/s",
                median(paced.open(), s -> s.perSecond((double) s.pictures())),
                Double.NaN);
        one(
                "monitorPercentOfCore",
                "the monitor's thread, at ten pictures a second",
                "% of a core",
                median(paced.open(), MonitorReport::share),
                10);
        double[] keys = sortedMillis(result, MonitorBench.Key::tookNanos);
        double[] works = sortedMillis(result, MonitorBench.Key::workedNanos);
        one(
                "keyMedianMillis",
                "from a key to its screen, median of " + keys.length,
                "ms",
                keys[keys.length / 2],
                Double.NaN);
        one("keyWorstMillis", "from a key to its screen, longest", "ms", keys[keys.length - 1], 50);
        one(
                "keyWorstWorkMillis",
                "the monitor's thread at work on a key, longest",
                "ms",
                works[works.length - 1],
                Double.NaN);
    }

    private static double[] sortedMillis(Result result, ToLongFunction<MonitorBench.Key> of) {
        return result.keys().stream()
                .mapToDouble(key -> of.applyAsLong(key) / 1e6)
                .sorted()
                .toArray();
    }

    private static double lost(Slice slice) {
        return 100.0 * slice.lost() / Math.max(1, slice.sent());
    }

    /** A monitor that draws less often than it should is taken for one that would draw as often, at its price each. */
    private static double share(Slice slice) {
        double pictures = slice.perSecond(slice.pictures());
        double share = slice.perSecond(slice.monitorNanos() / 1e7);
        return share * Math.max(1, PICTURES / Math.max(0.1, pictures));
    }

    private void both(
            String key, String title, String unit, Pair pair, ToDoubleFunction<Slice> of) {
        both(key, title, unit, pair, of, Double.NaN);
    }

    private void both(
            String key,
            String title,
            String unit,
            Pair pair,
            ToDoubleFunction<Slice> of,
            double most) {
        rows.add(
                new Row(
                        key,
                        title,
                        unit,
                        median(pair.closed(), of),
                        median(pair.open(), of),
                        most));
    }

    private void one(String key, String title, String unit, double figure, double most) {
        rows.add(new Row(key, title, unit, Double.NaN, figure, most));
    }

    private static double median(List<Slice> slices, ToDoubleFunction<Slice> of) {
        double[] sorted = slices.stream().mapToDouble(of).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    void print(PrintWriter out, String heading, int rate) {
        out.printf("%-52s %12s %12s   %s%n", heading, "closed", "open", "unit, goal");
        rows.forEach(row -> out.println(row.line()));
        if (sentPerSecond < ENOUGH * rate) {
            out.println(
                    "This machine was too busy for that many packets: what is lost, and how long a"
                            + " key takes, is as much its doing.");
        }
        out.flush();
    }

    void json(PrintWriter out, Map<String, Object> fields) {
        Map<String, Object> all = new LinkedHashMap<>(fields);
        for (Row row : rows) {
            if (!Double.isNaN(row.closed())) {
                all.put(row.key() + "Closed", row.closed());
            }
            all.put(row.key(), row.open());
        }
        all.put("goalsMissed", rows.stream().filter(Row::missed).count());
        out.println(Json.object(all));
        out.flush();
    }
}
