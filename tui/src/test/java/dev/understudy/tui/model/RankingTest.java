package dev.understudy.tui.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingTest {
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
    void rowsThatAreGoneAreForgotten() {
        Ranking<Integer> ranking = new Ranking<>();
        ranking.take(List.of(List.of(1, 2, 3)), row -> true);
        ranking.take(List.of(List.of(9)), row -> true);
        assertThat(ranking.window(Comparator.naturalOrder(), 0, 10)).containsExactly(9);
    }
}
