package dev.understudy.stack.tcp;

/** What a {@link TcpStack} counts; {@link TcpStack#counters} names them. */
public enum TcpCounter {
    ACTIVE_OPENS,
    PASSIVE_OPENS,
    ESTABLISHED,
    ENDED,
    SEGMENTS_IN,
    SEGMENTS_OUT,
    BYTES_IN,
    BYTES_OUT,
    RETRANSMITTED,
    RESETS_SENT,
    RESETS_TAKEN,
    CHALLENGES_SENT,
    TIME_WAIT_REUSED,
    SYN_COOKIES_SENT,
    SYN_COOKIES_TAKEN,
    ICMP_TAKEN,
    PATH_MTU_LOWERED,
    /** A live connection has forgotten that its path was narrow, which was ten minutes ago. */
    PATH_MTU_TRIED_ANEW,
    /** Connections on which both ends may be told of congestion by marks (RFC 3168). */
    ECN_AGREED,
    /** Segments that a router has marked. */
    MARKS_RECEIVED,
    /** Times that a peer's report of marks slowed us down. */
    MARKS_HEEDED,
    /** A checksum that does not verify. */
    DROPPED_CHECKSUM,
    /** A SYN, while the listener's queues were full. */
    DROPPED_BACKLOG_FULL,
    /** A handshake's last segment, while the accept queue was full. */
    DROPPED_ACCEPT_QUEUE_FULL,
    /** A SYN, while the table of connections was full. */
    DROPPED_TABLE_FULL,
    /** Outside of the window. */
    DROPPED_OUT_OF_WINDOW,
    /** An old timestamp (RFC 7323 §5). */
    DROPPED_PAWS,
    /** An acknowledgement that cannot be. */
    DROPPED_BAD_ACK,
    /** A RST or SYN that was not exactly right (RFC 5961). */
    DROPPED_BLIND,
    /** For no connection, and a RST in answer was not allowed by the rate limit. */
    DROPPED_NO_CONNECTION,
    /** A RST for no connection. */
    DROPPED_STRAY_RESET,
    /** Neither SYN nor ACK nor RST. */
    DROPPED_NO_FLAGS,
    /** A source that cannot be: broadcast, multicast, unspecified. */
    DROPPED_BAD_SOURCE,
    /** An ICMP error that quotes no byte in flight (RFC 5927). */
    DROPPED_BAD_ICMP,
    /** More pieces out of order, or more bytes in all, than are kept. */
    DROPPED_OUT_OF_ORDER,
    /** TIME-WAIT entries given up early because there were too many. */
    DROPPED_TIME_WAIT,
}
