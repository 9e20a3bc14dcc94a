package dev.understudy.tui.filter;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The fields that a filter may name.
 *
 * @param noun what a row is, for sentences: {@code session}
 */
public record Schema<T>(String noun, List<Field<T>> fields) {
    private static final int FAR = 3;

    Optional<Field<T>> field(String name) {
        return fields.stream().filter(field -> field.name().equalsIgnoreCase(name)).findFirst();
    }

    /** The name that somebody who wrote this may have meant. */
    Optional<String> nearest(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        Optional<String> nearest = Optional.empty();
        int least = FAR;
        for (Field<T> field : fields) {
            int distance = distance(lower, field.name());
            if (distance < least) {
                least = distance;
                nearest = Optional.of(field.name());
            }
        }
        return nearest.isPresent()
                ? nearest
                : completions(lower).stream().filter(name -> lower.length() > 1).findFirst();
    }

    /** The names that begin so. */
    public List<String> completions(String begun) {
        String lower = begun.toLowerCase(Locale.ROOT);
        return fields.stream().map(Field::name).filter(name -> name.startsWith(lower)).toList();
    }

    /** How many letters have to be changed, added, taken out or swapped with their neighbour. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] =
                        Math.min(d[i - 1][j - 1] + change, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
