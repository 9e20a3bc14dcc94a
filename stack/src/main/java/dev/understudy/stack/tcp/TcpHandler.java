package dev.understudy.stack.tcp;

/**
 * What a connection tells its application. Called at the end of the call that caused it ({@link TcpStack#onPacket}, {@link
 * TcpStack#onDeadline}), when the connection is at rest: every method of the connection may be called from here.
 *
 * <p>An event says that something has changed, not how much: {@link #readable} may be skipped while there is still
 * something unread.
 */
public interface TcpHandler {
    /** A handler that does nothing. */
    TcpHandler NONE = new TcpHandler() {};

    /** The handshake is done. An accepted connection is established from the beginning and is not told. */
    default void connected(TcpConnection connection, long now) {}

    /** There is more to {@link TcpConnection#read}. */
    default void readable(TcpConnection connection, long now) {}

    /** After {@link TcpConnection#write} had taken less than it was given: a third of the send buffer is free again. */
    default void writable(TcpConnection connection, long now) {}

    /** Everything written has been acknowledged; told only if {@link TcpConnection#tellWhenDrained} asked for it. */
    default void drained(TcpConnection connection, long now) {}

    /** The peer's FIN: behind what is still readable nothing follows. */
    default void inputEnded(TcpConnection connection, long now) {}

    /**
     * The last event. After {@link CloseReason#GRACEFUL} what is unread may still be read, and {@link TcpConnection#close}
     * lets go of it; after any other reason it is gone.
     */
    default void closed(TcpConnection connection, CloseReason reason, long now) {}
}
