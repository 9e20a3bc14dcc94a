package dev.understudy.dispatcher.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that somebody probably meant: the least edit distance (Damerau, adjacent transpositions count one). */
final class Nearest {
    private Nearest() {}

    /** The nearest of some words, unless none is near: at most a third of the letters, and at least one, may differ. */
    static Optional<String> of(String word, Collection<String> valid) {
        String given = word.toLowerCase(Locale.ROOT).replace('_', '-');
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : valid) {
            int distance = given.length() > 64 ? Integer.MAX_VALUE : distance(given, candidate);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return best != null && bestDistance <= Math.max(1, (best.length() + 1) / 3)
                ? Optional.of(best)
                : Optional.empty();
    }

    /** The nearest word as the end of a sentence, or the list of all if none is near. */
    static String hint(String word, Collection<String> valid) {
        return of(word, valid)
                .map(near -> "did you mean '" + near + "'?")
                .orElseGet(() -> "expected " + oneOf(valid) + ".");
    }

    /** {@code a, b or c}. */
    static String oneOf(Collection<String> words) {
        String all = String.join(", ", words);
        int last = all.lastIndexOf(", ");
        return last < 0 ? all : all.substring(0, last) + " or " + all.substring(last + 2);
    }

    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1);
                least = Math.min(least, cost[i - 1][j - 1] + same);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = least;
            }
        }
        return cost[a.length()][b.length()];
    }
}
