package dev.understudy.dispatcher.config;

/**
 * Limits of one dispatcher. At a limit the connection goes to its original unaltered (fail open), and is counted.
 *
 * @param sessions live sessions
 * @param halfOpen sessions whose handshake is not complete
 * @param store bytes kept for replay, all sessions together
 * @param storePerSession bytes kept for replay, one session
 */
public record Limits(int sessions, int halfOpen, long store, int storePerSession) {
    public static final Limits DEFAULT = new Limits(65_536, 8_192, 256L << 20, 64 << 10);
}
