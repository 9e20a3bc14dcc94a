package dev.understudy.stack.tcp;

/** What has happened to a connection and was not told yet: told in one order, when the connection is at rest. */
final class ConnectionEvents {
    static final int CONNECTED = 1;
    static final int READABLE = 2;
    static final int INPUT_ENDED = 4;
    static final int WRITABLE = 8;
    static final int DRAINED = 16;
    static final int CLOSED = 32;

    private int pending;
    private boolean wantsRoom;
    private boolean wantsDrained;

    void add(int event) {
        pending |= event;
    }

    /** The application has more to write than there was room for, and wants to hear of room. */
    void wantRoom() {
        wantsRoom = true;
    }

    /** The application wants to hear, once, that all is acknowledged. */
    void wantDrained() {
        wantsDrained = true;
    }

    /** An acknowledgement came: whoever waits for room is told when a third of the buffer is free. */
    void acknowledged(TcpSender sender, int sendBuffer) {
        if (wantsRoom && sender.room() >= Math.max(1, sendBuffer / 3)) {
            wantsRoom = false;
            add(WRITABLE);
        }
        if (wantsDrained && sender.allAcknowledged()) {
            wantsDrained = false;
            add(DRAINED);
        }
    }

    /** Forgets what was not told: only the end counts now. */
    void onlyClosed() {
        pending = CLOSED;
    }

    /**
     * Tells everything, and what that leads to.
     *
     * @return false once the end was told, after which there is nothing to do
     */
    boolean tell(TcpConnection connection, long now) {
        while (pending != 0) {
            int told = pending;
            pending = 0;
            TcpHandler handler = connection.handler();
            if ((told & CONNECTED) != 0) {
                handler.connected(connection, now);
            }
            if ((told & READABLE) != 0) {
                handler.readable(connection, now);
            }
            if ((told & INPUT_ENDED) != 0) {
                handler.inputEnded(connection, now);
            }
            if ((told & WRITABLE) != 0 && !connection.isClosed()) {
                handler.writable(connection, now);
            }
            if ((told & DRAINED) != 0) {
                handler.drained(connection, now);
            }
            if ((told & CLOSED) != 0) {
                handler.closed(connection, connection.closeReason(), now);
                return false;
            }
        }
        return true;
    }
}
