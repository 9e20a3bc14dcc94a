package dev.understudy.stack.tcp;

/**
 * What a connection does when nothing arrives: repeats its SYN and gives up, lets its halves repeat theirs, asks a silent
 * peer whether it lives, does not wait for ever for the FIN of one whose application has gone, and forgets what it knew of
 * a narrow path.
 */
final class ConnectionTimers {
    private static final long NEVER = Long.MAX_VALUE;

    private final TcpConnection connection;
    private KeepAlive keepAlive;
    private long lastHeard;
    private long finWait2Until = NEVER;

    ConnectionTimers(TcpConnection connection) {
        this.connection = connection;
    }

    /** The peer was heard. */
    void heard(long now) {
        lastHeard = now;
        if (keepAlive != null) {
            keepAlive.heard();
        }
    }

    /** Probes a silent peer from now on, or, with null, does not. */
    void keepAlive(KeepAlive times) {
        keepAlive = times;
    }

    /** FIN-WAIT-2, and nobody is there any more to read: only so long is the peer's FIN waited for. */
    void limitFinWait2(long now) {
        finWait2Until = now + connection.config.times().finWait2();
    }

    /** When {@link #onDeadline} has something to do. */
    long next() {
        TcpConnection c = connection;
        if (c.isClosed()) {
            return NEVER;
        }
        if (c.handshake != null) {
            return c.handshake.deadline();
        }
        long at = Math.min(c.sender.nextDeadline(), c.receiver.nextDeadline());
        at = Math.min(at, Math.min(finWait2Until, c.path().until()));
        return keepAlive != null && c.sender.allAcknowledged()
                ? Math.min(at, keepAlive.deadline(lastHeard))
                : at;
    }

    void onDeadline(long now) {
        TcpConnection c = connection;
        if (c.isClosed()) {
            return;
        }
        if (c.handshake != null) {
            if (!c.handshake.onDeadline(now)) {
                c.end(TcpState.Event.TIME_OUT, c.reasonForSilence(), now);
            }
        } else {
            if (c.path().until() <= now) {
                c.owner.count(TcpCounter.PATH_MTU_TRIED_ANEW);
                c.path(c.owner.path(c, now), now);
            }
            c.sender.onDeadline(now);
            c.receiver.onDeadline(now);
            if (c.sender.failed()) {
                c.end(TcpState.Event.TIME_OUT, CloseReason.TIMED_OUT, now);
            } else if (finWait2Until <= now) {
                c.end(TcpState.Event.TIME_OUT, CloseReason.GRACEFUL, now);
            } else if (keepAlive != null
                    && c.sender.allAcknowledged()
                    && keepAlive.due(lastHeard, now)) {
                probe(now);
            }
        }
        c.settle(now);
    }

    private void probe(long now) {
        if (keepAlive.exhausted()) {
            connection.output.sendReset(now);
            connection.end(TcpState.Event.TIME_OUT, CloseReason.TIMED_OUT, now);
            return;
        }
        keepAlive.probed(now);
        connection.output.sendKeepAlive(now);
    }
}
