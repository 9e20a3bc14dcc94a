package dev.understudy.tools.script;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.tools.script.language.Action.SeqBase;
import java.util.HashMap;
import java.util.Map;

/**
 * One connection of a script, and how its numbers and those on the wire belong together. The peer's sequence numbers are
 * the script's own. Ours are shifted by what the first SYN of ours shows; so are our timestamps, by the first that the
 * script expects.
 */
final class Flow {
    private static final long MASK = 0xFFFF_FFFFL;

    private final Endpoint local;
    private final Endpoint remote;
    private final Map<Long, Integer> timestamps = new HashMap<>();
    private boolean seqKnown;
    private int seqShift;
    private boolean timestampsKnown;
    private int timestampShift;

    Flow(Endpoint local, Endpoint remote) {
        this.local = local;
        this.remote = remote;
    }

    /** The flow of a packet that we sent before anything was known of it. */
    static Flow of(Packet sent) {
        return new Flow(
                Endpoint.of(sent.srcHi(), sent.srcLo(), sent.srcPort()),
                Endpoint.of(sent.dstHi(), sent.dstLo(), sent.dstPort()));
    }

    Endpoint local() {
        return local;
    }

    Endpoint remote() {
        return remote;
    }

    /** Whether a packet that we sent belongs to this flow. */
    boolean isFrom(Packet packet) {
        return packet.srcPort() == local.port()
                && packet.dstPort() == remote.port()
                && packet.dstLo() == remote.address().lo()
                && packet.dstHi() == remote.address().hi();
    }

    /** Our SYN stands at {@code script} in the script and at {@code wire} on the wire. Only the first one counts. */
    void learnSeq(long script, int wire) {
        if (!seqKnown) {
            seqKnown = true;
            seqShift = wire - (int) script;
        }
    }

    /** The next SYN of ours begins anew, as after TIME-WAIT. */
    void forgetSeq() {
        seqKnown = false;
    }

    boolean seqKnown() {
        return seqKnown;
    }

    /** A sequence number of ours, as it stands on the wire. */
    int wireSeq(long script, SeqBase base) {
        return (int) script + (base == SeqBase.ABSOLUTE ? 0 : seqShift);
    }

    /** A sequence number of ours, as it stands in the script. */
    long scriptSeq(int wire) {
        return wire - seqShift & MASK;
    }

    /** The script says {@code script} of a timestamp that is {@code wire}. */
    void learnTimestamp(long script, int wire) {
        timestamps.put(script, wire);
        if (!timestampsKnown) {
            timestampsKnown = true;
            timestampShift = wire - (int) script;
        }
    }

    /** A timestamp of ours as the peer echoes it. */
    int wireTimestamp(long script) {
        Integer known = timestamps.get(script);
        return known != null ? known : shifted(script);
    }

    /** A timestamp of ours, as the script would write it. */
    long scriptTimestamp(int wire) {
        return wire - timestampShift & MASK;
    }

    /** The inverse of {@link #scriptTimestamp}. */
    int shifted(long script) {
        return (int) script + timestampShift;
    }
}
