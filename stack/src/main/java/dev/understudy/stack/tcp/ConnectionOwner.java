package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.TcpOptionWriter;

/** What a {@link TcpConnection} needs of the stack around it. */
interface ConnectionOwner {
    /** The options of the segment that is being made: one writer for all, cleared here. */
    TcpOptionWriter options();

    /**
     * Sends a segment.
     *
     * @param options what was set in {@link #options}
     * @param length bytes of data, which {@link TcpSender#copy} gives from {@code seq} on
     */
    void send(
            TcpConnection connection,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter options,
            int length,
            long now);

    /** The connection's next deadline is earlier than {@link TcpConnection#scheduledAt}. */
    void schedule(TcpConnection connection, long deadline);

    /** The connection has left SYN-RECEIVED for ESTABLISHED; false if its listener has no room for it now. */
    boolean mayEstablish(TcpConnection connection);

    void established(TcpConnection connection, long now);

    /** The connection is CLOSED or in TIME-WAIT: it is to be taken out of the tables. */
    void ended(TcpConnection connection, long now);

    /** Whether all connections together may send one more challenge ACK (RFC 5961 §7). */
    boolean mayChallenge(long now);

    /** What is known now of the path to the peer. */
    PathMtus.Path path(TcpConnection connection, long now);

    /** What all connections together may keep. */
    ReceiveBudget receiveBudget();

    void count(TcpCounter counter);
}
