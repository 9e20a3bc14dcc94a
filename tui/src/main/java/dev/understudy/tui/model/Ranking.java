package dev.understudy.tui.model;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Rows in an order of which only a part is looked at. A table of 100,000 rows shows thirty: those are found by selection,
 * which looks at each row a few times, and only they are sorted. Orders must be total: no two rows may be equal.
 *
 * <p>The next picture mostly shows the same place of the same table, a little changed. So the rows around the last window are
 * known by the two that bound them: one look at each row tells which ones stand between these now, and how many before.
 * Only if that is not the place that is wanted, or another order is, does the selection begin anew.
 */
public final class Ranking<R> {
    private static final int FEW = 16;

    /** How many rows are known on either side of a window. */
    private static final int MARGIN = 64;

    /** More rows than these between two bounds are no neighbourhood. */
    private static final int MOST_NEAR = 2048;

    private Object[] rows = new Object[0];
    private int size;

    /** The order in which rows around the last window are known; null if none are. */
    private Comparator<R> nearOrder;

    /** Bounds of those rows; null for the very first or last row, whichever that is. */
    private R low;

    private R high;

    /** Those rows, and how many stand before them; what was known of other rows if {@code located} is false. */
    private Object[] near = new Object[0];

    private int nearSize;
    private int before;
    private boolean located;
    private int dice;

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
        located = false;
    }

    public int size() {
        return size;
    }

    /** The rows that stand at these places of the order; fewer if the end is reached. */
    public List<R> window(Comparator<R> order, int from, int to) {
        int begin = Math.max(0, Math.min(from, size));
        int end = Math.max(begin, Math.min(to, size));
        if (!locate(order) || begin < before || end > before + nearSize) {
            choose(begin, end, order);
        }
        return window(begin - before, end - before);
    }

    @SuppressWarnings("unchecked") // only rows are put in
    private List<R> window(int begin, int end) {
        return (List<R>) List.of(Arrays.copyOfRange(near, begin, end));
    }

    /** Finds the rows between the bounds; false if there are none in this order, or too many rows between them. */
    private boolean locate(Comparator<R> order) {
        if (order != nearOrder) {
            return false;
        }
        if (located) {
            return true;
        }
        before = 0;
        nearSize = 0;
        for (int i = 0; i < size; i++) {
            R row = get(i);
            if (high != null && order.compare(row, high) > 0) {
                continue;
            }
            if (low != null && order.compare(row, low) < 0) {
                before++;
            } else if (nearSize == MOST_NEAR) {
                nearOrder = null;
                return false;
            } else {
                addNear(row);
            }
        }
        sort(near, 0, nearSize, order);
        located = true;
        return true;
    }

    private void addNear(R row) {
        if (nearSize == near.length) {
            near = Arrays.copyOf(near, Math.max(4 * MARGIN, 2 * nearSize));
        }
        near[nearSize++] = row;
    }

    /** Finds these rows, and those around them, by selection. */
    private void choose(int begin, int end, Comparator<R> order) {
        int first = Math.max(0, begin - MARGIN);
        int last = Math.min(size, end + MARGIN);
        if (first > 0) {
            select(0, size - 1, first, order);
        }
        if (last < size) {
            select(first, size - 1, last, order);
        }
        sort(rows, first, last, order);
        near = Arrays.copyOfRange(rows, first, last);
        nearSize = last - first;
        before = first;
        low = first == 0 ? null : get(first);
        high = last == size ? null : get(last - 1);
        nearOrder = order;
        located = true;
    }

    @SuppressWarnings("unchecked") // only rows are put in
    private void sort(Object[] some, int begin, int end, Comparator<R> order) {
        Arrays.sort((R[]) some, begin, end, order);
    }

    /** How many rows stand before this one. */
    public int rank(R row, Comparator<R> order) {
        boolean close =
                locate(order)
                        && (low == null || order.compare(row, low) >= 0)
                        && (high == null || order.compare(row, high) <= 0);
        return close
                ? before + smaller(near, nearSize, row, order)
                : smaller(rows, size, row, order);
    }

    @SuppressWarnings("unchecked") // only rows are put in
    private int smaller(Object[] some, int count, R than, Comparator<R> order) {
        int smaller = 0;
        for (int i = 0; i < count; i++) {
            if (order.compare((R) some[i], than) < 0) {
                smaller++;
            }
        }
        return smaller;
    }

    /** Any row of which this is so; those around the last window are asked first. */
    public Optional<R> find(Predicate<R> wanted) {
        Optional<R> found =
                nearOrder != null && locate(nearOrder)
                        ? find(near, nearSize, wanted)
                        : Optional.empty();
        return found.isPresent() ? found : find(rows, size, wanted);
    }

    @SuppressWarnings("unchecked") // only rows are put in
    private Optional<R> find(Object[] some, int count, Predicate<R> wanted) {
        for (int i = 0; i < count; i++) {
            if (wanted.test((R) some[i])) {
                return Optional.of((R) some[i]);
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
            R pivot = median(any(low, high), any(low, high), any(low, high), order);
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
        sort(rows, low, high + 1, order);
    }

    /** A row between two places. By the dice: rows that were selected before lie in patterns, which fixed places meet. */
    private R any(int low, int high) {
        dice = dice * 1_664_525 + 1_013_904_223;
        return get(low + (int) ((dice & 0xFFFF_FFFFL) * (high - low + 1) >>> 32));
    }

    private static <R> R median(R a, R b, R c, Comparator<R> order) {
        if (order.compare(a, b) < 0) {
            return order.compare(b, c) < 0 ? b : order.compare(a, c) < 0 ? c : a;
        }
        return order.compare(a, c) < 0 ? a : order.compare(b, c) < 0 ? c : b;
    }
}
