package dev.understudy.tui.model;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Rows in an order of which only a part is looked at. A table of 100,000 rows shows thirty: those are found by selection,
 * which looks at each row a few times, and only they are sorted. Orders must be total: no two rows may be equal.
 */
public final class Ranking<R> {
    private static final int FEW = 16;

    private Object[] rows = new Object[0];
    private int size;

    /** Takes the rows of some lists that a filter lets through. */
    public void take(List<List<R>> sources, Predicate<R> filter) {
        int most = sources.stream().mapToInt(List::size).sum();
        if (rows.length < most) {
            rows = new Object[most + most / 4];
        }
        size = 0;
        for (List<R> source : sources) {
            for (R row : source) {
                if (filter.test(row)) {
                    rows[size++] = row;
                }
            }
        }
        // What stood behind belongs to nobody any more.
        Arrays.fill(rows, size, rows.length, null);
    }

    public int size() {
        return size;
    }

    /** The rows that stand at these places of the order; fewer if the end is reached. */
    public List<R> window(Comparator<R> order, int from, int to) {
        int begin = Math.max(0, Math.min(from, size));
        int end = Math.max(begin, Math.min(to, size));
        if (begin > 0) {
            select(0, size - 1, begin, order);
        }
        if (end < size) {
            select(begin, size - 1, end, order);
        }
        sort(begin, end, order);
        return window(begin, end);
    }

    @SuppressWarnings("unchecked") // only rows are put in
    private List<R> window(int begin, int end) {
        return (List<R>) List.of(Arrays.copyOfRange(rows, begin, end));
    }

    @SuppressWarnings("unchecked") // only rows are put in
    private void sort(int begin, int end, Comparator<R> order) {
        Arrays.sort((R[]) rows, begin, end, order);
    }

    /** How many rows stand before this one. */
    public int rank(R row, Comparator<R> order) {
        int before = 0;
        for (int i = 0; i < size; i++) {
            if (order.compare(get(i), row) < 0) {
                before++;
            }
        }
        return before;
    }

    /** Any row of which this is so. */
    public Optional<R> find(Predicate<R> wanted) {
        for (int i = 0; i < size; i++) {
            if (wanted.test(get(i))) {
                return Optional.of(get(i));
            }
        }
        return Optional.empty();
    }

    /** A row, in no order. */
    @SuppressWarnings("unchecked") // only rows are put in
    public R get(int i) {
        return (R) rows[i];
    }

    /** Puts the row of place {@code k} there, smaller ones before it, greater ones behind (Hoare's FIND). */
    private void select(int first, int last, int k, Comparator<R> order) {
        int low = first;
        int high = last;
        while (high - low > FEW) {
            R pivot = median(get(low), get((low + high) >>> 1), get(high), order);
            int i = low;
            int j = high;
            while (i <= j) {
                while (order.compare(get(i), pivot) < 0) {
                    i++;
                }
                while (order.compare(get(j), pivot) > 0) {
                    j--;
                }
                if (i <= j) {
                    Object swapped = rows[i];
                    rows[i++] = rows[j];
                    rows[j--] = swapped;
                }
            }
            if (k <= j) {
                high = j;
            } else if (k >= i) {
                low = i;
            } else {
                return;
            }
        }
        sort(low, high + 1, order);
    }

    private static <R> R median(R a, R b, R c, Comparator<R> order) {
        if (order.compare(a, b) < 0) {
            return order.compare(b, c) < 0 ? b : order.compare(a, c) < 0 ? c : a;
        }
        return order.compare(a, c) < 0 ? a : order.compare(b, c) < 0 ? c : b;
    }
}
