package dev.understudy.stack.tcp;

/**
 * How long a connection waits for what, in nanoseconds.
 *
 * @param rtt bounds of the retransmission time-out
 * @param connect SYN or SYN+ACK unanswered (RFC 9293 §3.8.3: at least 3 minutes for a SYN that the application waits for)
 * @param user data unacknowledged (RFC 5482), unless the application sets another value
 * @param ackDelay see {@link ReceiverSetup#ackDelay}
 * @param msl maximum segment lifetime; TIME-WAIT lasts two
 * @param finWait2 how long a connection that the application has closed waits for the peer's FIN
 * @param keepIdle silence before the first keep-alive probe (RFC 9293 §3.8.4: two hours)
 * @param keepInterval between probes
 * @param keepCount unanswered probes that end a connection
 */
public record TcpTimes(
        RttConfig rtt,
        long connect,
        long user,
        long ackDelay,
        long msl,
        long finWait2,
        long keepIdle,
        long keepInterval,
        int keepCount) {
    private static final long SECOND = 1_000_000_000L;

    public static final TcpTimes DEFAULT =
            new TcpTimes(
                    RttConfig.DEFAULT,
                    180 * SECOND,
                    300 * SECOND,
                    40_000_000L,
                    30 * SECOND,
                    60 * SECOND,
                    7200 * SECOND,
                    75 * SECOND,
                    9);
}
