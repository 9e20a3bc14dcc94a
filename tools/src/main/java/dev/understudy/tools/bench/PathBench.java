package dev.understudy.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Measures every contestant under every load, in turn and several rounds over, and keeps the median of the rounds. A first
 * short round is thrown away: caches fill and the JIT compiles. Ratios, not absolute numbers, are what a run says.
 */
final class PathBench {
    /**
     * One row.
     *
     * @param absent why there is nothing, empty if there are figures
     */
    record Row(String name, String absent, Map<Load, double[]> samples) {
        double median(Load load) {
            double[] sorted = samples.getOrDefault(load, new double[0]).clone();
            Arrays.sort(sorted);
            if (sorted.length == 0) {
                return Double.NaN;
            }
            int middle = sorted.length / 2;
            return sorted.length % 2 == 1
                    ? sorted[middle]
                    : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    private final List<Contestant> contestants;
    private final List<Load> loads;
    private final int seconds;
    private final int rounds;
    private final PrintWriter progress;

    PathBench(
            List<Contestant> contestants,
            List<Load> loads,
            int seconds,
            int rounds,
            PrintWriter progress) {
        this.contestants = contestants;
        this.loads = loads;
        this.seconds = seconds;
        this.rounds = rounds;
        this.progress = progress;
    }

    List<Row> run() throws IOException {
        List<Row> rows = new ArrayList<>();
        List<Contestant> opened = new ArrayList<>();
        try (BenchNetwork network = new BenchNetwork()) {
            try {
                List<String> targets = new ArrayList<>();
                for (Contestant contestant : contestants) {
                    try {
                        targets.add(contestant.open(network));
                        opened.add(contestant);
                        rows.add(new Row(contestant.name(), "", new EnumMap<>(Load.class)));
                    } catch (Contestant.MissingException e) {
                        rows.add(new Row(contestant.name(), e.getMessage(), Map.of()));
                    }
                }
                List<Row> live = rows.stream().filter(row -> row.absent().isEmpty()).toList();
                for (int round = 0; round <= rounds; round++) {
                    for (Load load : loads) {
                        for (int i = 0; i < live.size(); i++) {
                            measure(network, live.get(i), load, targets.get(i), round);
                        }
                    }
                }
            } finally {
                for (Contestant contestant : opened) {
                    contestant.close();
                }
            }
        }
        return rows;
    }

    private void measure(BenchNetwork network, Row row, Load load, String target, int round)
            throws IOException {
        say(String.format("round %d of %d: %s, %s", round, rounds, load.title(), row.name()));
        double figure =
                load.measure(network.client(), target, round == 0 ? Math.min(2, seconds) : seconds);
        if (round == 0) {
            return;
        }
        double[] before = row.samples().getOrDefault(load, new double[0]);
        double[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = figure;
        row.samples().put(load, after);
    }

    private void say(String line) {
        progress.printf("\r%-70s", line);
        progress.flush();
    }
}
