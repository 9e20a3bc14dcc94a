package dev.understudy.tui.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingTest {
    private static final Comparator<Integer> ASCENDING = Comparator.naturalOrder();
    private static final Comparator<Integer> DESCENDING = Comparator.reverseOrder();

    @Test
    void aWindowIsWhatSortingEverythingWouldShow() {
        Random random = new Random(7);
        Ranking<Integer> ranking = new Ranking<>();
        for (int round = 0; round < 300; round++) {
            List<Integer> rows = new ArrayList<>();
            for (int i = random.nextInt(200); i > 0; i--) {
                rows.add(i);
            }
            Collections.shuffle(rows, random);
            List<Integer> sorted = rows.stream().sorted().toList();
            ranking.take(List.of(rows), row -> true);
            int from = random.nextInt(220);
            int to = from + random.nextInt(40);
            int begin = Math.min(from, sorted.size());
            assertThat(ranking.window(Comparator.naturalOrder(), from, to))
                    .isEqualTo(sorted.subList(begin, Math.max(begin, Math.min(to, sorted.size()))));
        }
    }

    @Test
    void aRankIsTheNumberOfRowsBefore() {
        Ranking<Integer> ranking = new Ranking<>();
        ranking.take(List.of(List.of(5, 1, 4), List.of(2, 3)), row -> row != 2);
        assertThat(ranking.size()).isEqualTo(4);
        assertThat(ranking.rank(4, Comparator.naturalOrder())).isEqualTo(2);
        assertThat(ranking.rank(4, Comparator.reverseOrder())).isEqualTo(1);
        assertThat(ranking.find(row -> row > 4)).contains(5);
    }

    @Test
    void aTableThatChangesALittleIsShownAsSortingAllOfItWould() {
        Random random = new Random(11);
        Ranking<Integer> ranking = new Ranking<>();
        TreeSet<Integer> table = new TreeSet<>();
        while (table.size() < 3000) {
            table.add(random.nextInt(100_000));
        }
        int from = 0;
        for (int picture = 0; picture < 400; picture++) {
            for (int i = random.nextInt(60); i > 0; i--) {
                table.remove(table.ceiling(random.nextInt(50_000)));
                table.add(random.nextInt(100_000));
            }
            if (picture % 20 == 0) {
                from = random.nextInt(table.size());
            }
            Comparator<Integer> order = picture % 100 < 50 ? ASCENDING : DESCENDING;
            List<Integer> sorted = table.stream().sorted(order).toList();
            int to = Math.min(from + 30, sorted.size());
            List<Integer> rows = new ArrayList<>(table);
            Collections.shuffle(rows, random);
            ranking.take(List.of(rows), row -> true);
            Integer one = sorted.get(random.nextInt(sorted.size()));
            assertThat(ranking.rank(one, order)).isEqualTo(sorted.indexOf(one));
            assertThat(ranking.find(one::equals)).contains(one);
            assertThat(ranking.window(order, from, to))
                    .isEqualTo(sorted.subList(Math.min(from, to), to));
        }
    }

    @Test
    void aPictureLikeTheLastOneAsksForEachRowOnceOrTwice() {
        int many = 100_000;
        List<Integer> rows = IntStream.range(0, many).boxed().toList();
        Ranking<Integer> ranking = new Ranking<>();
        AtomicInteger asked = new AtomicInteger();
        Comparator<Integer> counting = counting(ASCENDING, asked);
        for (int from : new int[] {0, many / 2, many - 30}) {
            ranking.take(List.of(rows), row -> true);
            ranking.window(counting, from, from + 30);
            asked.set(0);
            ranking.take(List.of(rows), row -> true);
            assertThat(ranking.window(counting, from, from + 30)).contains(from + 3);
            assertThat(asked.get()).isLessThan(2 * many + 10_000);
        }
    }

    @Test
    void noOrderAfterAnotherTakesLong() {
        int many = 100_000;
        List<Integer> rows = IntStream.range(0, many).boxed().toList();
        Ranking<Integer> ranking = new Ranking<>();
        AtomicInteger asked = new AtomicInteger();
        ranking.take(List.of(rows), row -> true);
        for (int turn = 0; turn < 20; turn++) {
            asked.set(0);
            ranking.window(
                    counting(turn % 2 == 0 ? ASCENDING : DESCENDING, asked),
                    turn * 500,
                    turn * 500 + 30);
            assertThat(asked.get()).as("turn %d", turn).isLessThan(12 * many);
        }
    }

    private static Comparator<Integer> counting(Comparator<Integer> order, AtomicInteger asked) {
        return (a, b) -> {
            asked.incrementAndGet();
            return order.compare(a, b);
        };
    }

    @Test
    void rowsThatAreGoneAreForgotten() {
        Ranking<Integer> ranking = new Ranking<>();
        ranking.take(List.of(List.of(1, 2, 3)), row -> true);
        ranking.take(List.of(List.of(9)), row -> true);
        assertThat(ranking.window(Comparator.naturalOrder(), 0, 10)).containsExactly(9);
    }
}
