package dev.understudy.stack.tcp;

import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.TokenBucket;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import java.util.random.RandomGenerator;

/**
 * What is answered where there is no connection: a RST for a closed port (RFC 9293 §3.10.7.1), an acknowledgement in
 * TIME-WAIT (§3.10.7.4), each as fast as a limit allows.
 */
final class Answers {
    private final FrameWriter writer;
    private final Tally<TcpCounter> tally;
    private final TcpConfig config;
    private final TokenBucket resets;
    private final TokenBucket challenges;
    private final TcpOptionWriter options = new TcpOptionWriter();

    Answers(
            FrameWriter writer,
            Tally<TcpCounter> tally,
            TcpConfig config,
            TcpLimits limits,
            RandomGenerator random) {
        this.writer = writer;
        this.tally = tally;
        this.config = config;
        resets = new TokenBucket(limits.resetsPerSecond(), limits.resetsPerSecond());
        // A limit that is known exactly can be counted down by an attacker to learn from (the side
        // channel of RFC 5961 §7): each host has its own.
        int most = limits.challengesPerSecond();
        challenges = new TokenBucket(most, most + random.nextInt(most));
    }

    /** Whether one more challenge ACK may go out (RFC 5961 §7). */
    boolean mayChallenge(long now) {
        return challenges.tryTake(now);
    }

    /** Answers a segment for no connection with a RST; one that is a RST itself is only counted. */
    void reset(SegmentEnds to, Segment s, long now) {
        if (s.has(Tcp.RST)) {
            tally.count(TcpCounter.DROPPED_STRAY_RESET);
            return;
        }
        if (!resets.tryTake(now)) {
            tally.count(TcpCounter.DROPPED_NO_CONNECTION);
            return;
        }
        tally.count(TcpCounter.RESETS_SENT);
        options.clear();
        if (s.has(Tcp.ACK)) {
            send(to, s.ack(), 0, Tcp.RST, 0, options, now);
        } else {
            send(to, 0, s.end(), Tcp.RST | Tcp.ACK, 0, options, now);
        }
    }

    /** Answers a segment in TIME-WAIT that does not open the connection anew. */
    void inTimeWait(TimeWait wait, SegmentEnds ends, Segment s, long now) {
        if (s.has(Tcp.RST)) {
            // RFC 1337: a RST does not end a TIME-WAIT.
            tally.count(TcpCounter.DROPPED_STRAY_RESET);
            return;
        }
        if (!s.has(Tcp.ACK) && !s.has(Tcp.SYN) && wait.isInWindow(s)) {
            tally.count(TcpCounter.DROPPED_NO_FLAGS);
            return;
        }
        if (s.has(Tcp.FIN) && s.end() == wait.rcvNxt) {
            // The peer's own FIN, again: it did not hear our acknowledgement.
            wait.expires = now + 2 * config.times().msl();
        }
        if ((s.seqLength() > 0 || s.seq() != wait.rcvNxt) && mayChallenge(now)) {
            options.clear();
            if (wait.timestamps) {
                options.timestamps(TimestampClock.value(now, wait.timestampOffset), wait.tsRecent);
            }
            send(ends, wait.sndNxt, wait.rcvNxt, Tcp.ACK, wait.window, options, now);
        }
    }

    /** Sends a segment without data for no connection. */
    void send(
            SegmentEnds to,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter itsOptions,
            long now) {
        tally.count(TcpCounter.SEGMENTS_OUT);
        boolean partial = config.partialChecksums();
        writer.send(to, seq, ack, flags, window, itsOptions, null, 0, 0, 0, partial, now);
    }
}
