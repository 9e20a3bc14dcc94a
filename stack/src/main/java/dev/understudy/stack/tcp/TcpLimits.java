package dev.understudy.stack.tcp;

/**
 * What a {@link TcpStack} bounds.
 *
 * @param connections in every state but TIME-WAIT; a SYN beyond is dropped, a connect refused
 * @param timeWaits beyond, the oldest goes early
 * @param resetsPerSecond in answer to segments for no connection
 * @param challengesPerSecond challenge ACKs of all connections together (RFC 5961 §7)
 * @param firstPort, lastPort where {@link TcpStack#connect} picks a port (RFC 6056)
 * @param receiveBytes kept for all applications together, see {@link ReceiveBudget}
 */
public record TcpLimits(
        int connections,
        int timeWaits,
        int resetsPerSecond,
        int challengesPerSecond,
        int firstPort,
        int lastPort,
        long receiveBytes) {
    private static final long RECEIVE_BYTES = 256L << 20;

    public static final TcpLimits DEFAULT =
            new TcpLimits(65_536, 32_768, 1_000, 1_000, 32_768, 60_999);

    /** With the default of {@link #receiveBytes}. */
    public TcpLimits(
            int connections,
            int timeWaits,
            int resetsPerSecond,
            int challengesPerSecond,
            int firstPort,
            int lastPort) {
        this(
                connections,
                timeWaits,
                resetsPerSecond,
                challengesPerSecond,
                firstPort,
                lastPort,
                RECEIVE_BYTES);
    }
}
