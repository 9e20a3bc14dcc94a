package dev.understudy.dispatcher.translate;

import dev.understudy.stack.tcp.SeqNum;

/**
 * What we echo, as TSecr, to the one end of a session that has timestamps while the other has none (RFC 7323 §4).
 *
 * <p>A receiver echoes the TSval of the segment that last moved its left edge. We stand in the middle of the path and see
 * segments earlier than the receiver does, so that rule would echo values from whole windows ago, or too young ones. Instead one
 * segment at a time is followed: when the far end acknowledges it, its TSval becomes the echo. The round trip that the
 * sender reads from it is exact to at most twice too long, never too short; a retransmission takes its original's place, so
 * that no loss looks spurious (RFC 3522). All numbers are the sender's.
 */
final class TimestampEcho {
    private int echo;
    private int followedEnd;
    private int followedTsVal;
    private boolean following;

    TimestampEcho(int echo) {
        this.echo = echo;
    }

    /** A segment of the end that has timestamps passes; {@code length} counts SYN and FIN. */
    void passed(int tsVal, int seq, int length) {
        if (length == 0) {
            if (!following) {
                echo = tsVal;
            }
        } else if (!following || SeqNum.le(seq + length, followedEnd)) {
            followedEnd = following ? followedEnd : seq + length;
            followedTsVal = tsVal;
            following = true;
        }
    }

    /** The far end has acknowledged up to {@code ack}. */
    void acknowledged(int ack) {
        if (following && SeqNum.ge(ack, followedEnd)) {
            echo = followedTsVal;
            following = false;
        }
    }

    int tsEcr() {
        return echo;
    }
}
