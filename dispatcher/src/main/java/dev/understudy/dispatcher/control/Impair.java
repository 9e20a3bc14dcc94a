package dev.understudy.dispatcher.control;

/**
 * What is to happen to the packets of a link or of a session, in both directions (B08). Probabilities are from 0 to 1, per
 * packet.
 *
 * @param loss probability that a packet is lost
 * @param delayNanos time that each packet takes longer
 * @param duplicate probability that a packet arrives twice
 * @param reorder probability that a packet is held back so that later ones overtake it
 * @param corrupt probability that one bit is flipped
 * @param blackhole whether nothing passes at all
 * @param resetAtByte after so many bytes of the server's response the session is reset as if by the server, -1 for never;
 *     sessions only
 */
public record Impair(
        double loss,
        long delayNanos,
        double duplicate,
        double reorder,
        double corrupt,
        boolean blackhole,
        long resetAtByte) {
    public static final Impair NONE = new Impair(0, 0, 0, 0, 0, false, -1);

    /** The longest delay: an hour. */
    private static final long MOST_NANOS = 3_600_000_000_000L;

    public Impair {
        probability("loss", loss);
        probability("duplicate", duplicate);
        probability("reorder", reorder);
        probability("corrupt", corrupt);
        if (delayNanos < 0 || delayNanos > MOST_NANOS) {
            throw new IllegalArgumentException("a delay is from 0 to an hour");
        }
        if (resetAtByte < -1) {
            throw new IllegalArgumentException("a reset comes at a byte from 0, or -1 for never");
        }
    }

    private static void probability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    name + " is a probability from 0 to 1, not " + value);
        }
    }

    public boolean none() {
        return equals(NONE);
    }

    /** In plain words: {@code 1% loss, 20 ms delay}; {@code none} if it does nothing. */
    public String words() {
        StringBuilder words = new StringBuilder();
        percent(words, loss, "loss");
        if (delayNanos > 0) {
            add(words, Figures.duration(delayNanos) + " delay");
        }
        percent(words, duplicate, "duplication");
        percent(words, reorder, "reordering");
        percent(words, corrupt, "corruption");
        if (blackhole) {
            add(words, "blackhole");
        }
        if (resetAtByte >= 0) {
            add(words, "reset at byte " + resetAtByte);
        }
        return words.isEmpty() ? "none" : words.toString();
    }

    private static void percent(StringBuilder words, double probability, String what) {
        if (probability > 0) {
            String number = String.format(java.util.Locale.ROOT, "%.3f", probability * 100);
            add(words, number.replaceAll("\\.?0+$", "") + "% " + what);
        }
    }

    private static void add(StringBuilder words, String one) {
        words.append(words.isEmpty() ? "" : ", ").append(one);
    }
}
