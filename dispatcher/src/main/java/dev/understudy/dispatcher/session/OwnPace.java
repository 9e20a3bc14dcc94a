package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Counters;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/** How often all sessions together may say what a stranger could make us say; more is counted, and not said. */
final class OwnPace {
    /** RFC 5961 §7: challenge ACKs are limited. */
    private final Pace challenges = new Pace(100);

    /** Answers to segments that belong to nothing. */
    private final Pace strays = new Pace(1000);

    private final Counters counters;

    OwnPace(Counters counters) {
        this.counters = counters;
    }

    void count(Counter counter) {
        counters.add(counter);
    }

    /** Whether a segment outside the sequence is answered with a challenge ACK; counts both. */
    boolean allowsChallenge(long now) {
        counters.add(Counter.OUT_OF_SEQUENCE);
        if (!challenges.allows(now)) {
            return false;
        }
        counters.add(Counter.CHALLENGE_ACKS);
        return true;
    }

    /** Whether a segment that belongs to nothing is answered: never a reset, nor a damaged one (RFC 9293 §3.10.7.1). */
    boolean allowsReset(Packet segment, long now) {
        return !segment.has(Tcp.RST) && segment.checksumValid() && strays.allows(now);
    }
}
