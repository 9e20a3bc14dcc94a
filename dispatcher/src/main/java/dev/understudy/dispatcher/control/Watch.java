package dev.understudy.dispatcher.control;

/**
 * Which sessions are recorded packet by packet besides those that are named one by one. Nothing is recorded, and nothing is
 * paid for it, unless somebody asked.
 *
 * @param all whether every new session is recorded from its SYN on
 * @param sessions most sessions on record; the oldest goes first
 * @param packets most packets on record for one session; the oldest go first
 * @param snap bytes kept of each form of a packet, from its IP header on
 */
public record Watch(boolean all, int sessions, int packets, int snap) {
    public static final int MOST_SESSIONS = 1024;
    public static final int MOST_PACKETS = 16_384;
    public static final int MOST_SNAP = 65_535;

    /** What all sessions' packets together may take: sessions × packets. */
    public static final int MOST_TOGETHER = 1 << 17;

    /** Only sessions that are named are recorded. */
    public static final Watch NONE = new Watch(false, 64, 512, 256);

    /** Every new session, the last 64 of them, 512 packets each. */
    public static final Watch ALL_NEW = new Watch(true, 64, 512, 256);

    public Watch {
        if (sessions < 1 || sessions > MOST_SESSIONS) {
            throw new IllegalArgumentException("from 1 to " + MOST_SESSIONS + " sessions");
        }
        if (packets < 1 || packets > MOST_PACKETS) {
            throw new IllegalArgumentException("from 1 to " + MOST_PACKETS + " packets a session");
        }
        if ((long) sessions * packets > MOST_TOGETHER) {
            throw new IllegalArgumentException(
                    "at most " + MOST_TOGETHER + " packets of all sessions together");
        }
        if (snap < 0 || snap > MOST_SNAP) {
            throw new IllegalArgumentException("from 0 to " + MOST_SNAP + " bytes a packet");
        }
    }
}
