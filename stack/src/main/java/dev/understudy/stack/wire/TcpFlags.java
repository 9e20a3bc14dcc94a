package dev.understudy.stack.wire;

/** TCP flags as people read them, in tcpdump's letters: {@code S.}, {@code P.}, {@code R}, {@code F.}. */
public final class TcpFlags {
    private static final char[] LETTERS = {'F', 'S', 'R', 'P', '.', 'U', 'E', 'W'};

    private TcpFlags() {}

    /** The letters of the flags that are set, {@code none} if there are none; the acknowledgement's dot comes last. */
    public static String toString(int flags) {
        if ((flags & 0xFF) == 0) {
            return "none";
        }
        StringBuilder text = new StringBuilder(8);
        for (int bit = 0; bit < LETTERS.length; bit++) {
            if (bit != 4 && (flags >>> bit & 1) != 0) {
                text.append(LETTERS[bit]);
            }
        }
        if ((flags & Tcp.ACK) != 0) {
            text.append('.');
        }
        return text.toString();
    }
}
