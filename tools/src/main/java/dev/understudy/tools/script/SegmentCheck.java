package dev.understudy.tools.script;

import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.tools.script.language.Action.SeqBase;
import dev.understudy.tools.script.language.Action.TcpSegment;
import dev.understudy.tools.script.language.IpMarks;
import dev.understudy.tools.script.language.SegmentOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Compares what a script expects with what was sent.
 *
 * <p>A script that expects a segment longer than the link takes means a super-segment, which is what a capture shows on a
 * host that leaves segmentation to its card: several segments that follow each other count as one. PSH is a hint, the order
 * of options and their padding are a matter of taste, and how large a window is and how it is scaled a matter of memory:
 * every stack has its own. They are looked at only if {@code strict}; whether a window is shut is looked at always.
 */
final class SegmentCheck {
    private static final long MASK = 0xFFFF_FFFFL;

    private final boolean strict;

    SegmentCheck(boolean strict) {
        this.strict = strict;
    }

    /** What was sent, several segments perhaps: the first's beginning, the last's end, the flags of all. */
    record Sent(List<Seen> segments, int flags, int payload) {
        static Sent of(List<Seen> segments) {
            int flags = 0;
            int payload = 0;
            for (Seen seen : segments) {
                flags |= seen.packet().flags();
                payload += seen.packet().payloadLength();
            }
            return new Sent(segments, flags, payload);
        }

        Seen first() {
            return segments.get(0);
        }

        Seen last() {
            return segments.get(segments.size() - 1);
        }
    }

    /** Whether {@code next} follows on the end of {@code last}, so that the two may be one to a script. */
    static boolean continues(Seen last, Seen next) {
        int ends = Tcp.FIN | Tcp.SYN | Tcp.RST;
        return (last.packet().flags() & ends) == 0
                && (next.packet().flags() & (Tcp.SYN | Tcp.RST)) == 0
                && next.packet().seq() == last.packet().seq() + last.packet().payloadLength()
                && next.packet().srcPort() == last.packet().srcPort()
                && next.packet().dstPort() == last.packet().dstPort();
    }

    /** The first thing that differs. */
    Optional<String> difference(TcpSegment expected, Sent sent, Flow flow) {
        Packet packet = sent.first().packet();
        int compared = strict ? 0xFF : 0xFF & ~Tcp.PSH;
        if ((sent.flags() & compared) != (expected.flags() & compared)) {
            return Optional.of("other flags");
        }
        if (expected.base() != SeqBase.ANY
                && packet.seq() != flow.wireSeq(expected.seq(), expected.base())) {
            return Optional.of("another sequence number");
        }
        if (sent.payload() != expected.length()) {
            return Optional.of("another length");
        }
        int ack = sent.last().packet().ack();
        if (expected.ack().isPresent() && (expected.ack().get() & MASK) != (ack & MASK)) {
            return Optional.of("another acknowledgement number");
        }
        if (expected.window().isPresent()
                && !sameWindow(expected.window().get(), sent.last().packet())) {
            return Optional.of("another window");
        }
        if ((expected.flags() & Tcp.URG) != 0 && expected.urgent() != sent.first().urgent()) {
            return Optional.of("another urgent pointer");
        }
        Optional<String> marks = marks(expected.tos(), packet);
        if (marks.isPresent()) {
            return marks;
        }
        return expected.options().flatMap(options -> options(options, sent.first(), flow));
    }

    private boolean sameWindow(int wanted, Packet packet) {
        if (strict) {
            return wanted == packet.window();
        }
        return packet.has(Tcp.RST) || wanted == 0 == (packet.window() == 0);
    }

    private static Optional<String> marks(IpMarks expected, Packet packet) {
        int tos =
                packet.isIpv6()
                        ? Ipv6.trafficClass(packet.frame(), packet.l3())
                        : Ipv4.tos(packet.frame(), packet.l3());
        if ((tos & expected.mask()) != expected.value()) {
            return Optional.of("another traffic class (0x" + Integer.toHexString(tos) + ")");
        }
        if (expected.ttl() >= 0 && packet.ttl() != expected.ttl()) {
            return Optional.of("another TTL (" + packet.ttl() + ")");
        }
        return Optional.empty();
    }

    private Optional<String> options(List<SegmentOption> expected, Seen seen, Flow flow) {
        List<SegmentOption> wanted = compared(expected);
        List<SegmentOption> found = compared(SegmentText.options(seen, flow));
        if (wanted.size() != found.size()) {
            return Optional.of("other options");
        }
        for (int i = 0; i < wanted.size(); i++) {
            if (!same(wanted.get(i), found.get(i), flow)) {
                return Optional.of("another option (" + found.get(i) + ")");
            }
        }
        return Optional.empty();
    }

    private List<SegmentOption> compared(List<SegmentOption> options) {
        if (strict) {
            return options;
        }
        return options.stream()
                .filter(
                        option ->
                                !(option instanceof SegmentOption.Nop)
                                        && !(option instanceof SegmentOption.EndOfList))
                .sorted(Comparator.comparing(option -> option.getClass().getSimpleName()))
                .toList();
    }

    /** A timestamp of ours is whatever it is, and what the script says of it is learned; what it echoes is exact. */
    private boolean same(SegmentOption wanted, SegmentOption found, Flow flow) {
        if (wanted instanceof SegmentOption.WindowScale
                && found instanceof SegmentOption.WindowScale
                && !strict) {
            return true;
        }
        if (wanted instanceof SegmentOption.Timestamps w
                && found instanceof SegmentOption.Timestamps f) {
            boolean echoes = w.ecr() == f.ecr();
            if (echoes) {
                flow.learnTimestamp(w.val(), flow.shifted(f.val()));
            }
            return echoes;
        }
        return wanted.equals(found);
    }
}
