package dev.understudy.tools.script;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpFlags;
import dev.understudy.stack.wire.TcpOptions;
import dev.understudy.tools.script.language.Action.SeqBase;
import dev.understudy.tools.script.language.Action.TcpSegment;
import dev.understudy.tools.script.language.SegmentOption;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Packets as a script writes them, in the script's numbers. */
final class SegmentText {
    private static final long MASK = 0xFFFF_FFFFL;

    private SegmentText() {}

    /** A segment that is expected or injected. */
    static String of(TcpSegment segment) {
        StringBuilder text = new StringBuilder();
        text.append(segment.flags() == 0 ? "-" : TcpFlags.toString(segment.flags()));
        text.append(' ');
        switch (segment.base()) {
            case ANY -> text.append("...");
            default ->
                    text.append(segment.seq())
                            .append(':')
                            .append(segment.seq() + segment.length() & MASK);
        }
        text.append('(').append(segment.length()).append(')');
        if (segment.base() == SeqBase.ABSOLUTE) {
            text.append('!');
        }
        segment.ack().ifPresent(ack -> text.append(" ack ").append(ack));
        segment.window().ifPresent(window -> text.append(" win ").append(window));
        if (segment.urgent() != 0) {
            text.append(" urg ").append(segment.urgent());
        }
        text.append(segment.options().map(SegmentText::list).orElse(" <...>"));
        return text.toString();
    }

    private static String list(List<SegmentOption> options) {
        return options.isEmpty()
                ? ""
                : options.stream()
                        .map(SegmentOption::toString)
                        .collect(Collectors.joining(",", " <", ">"));
    }

    /** A packet of the wire, its numbers as the script of {@code flow} would have them. */
    static String of(Seen seen, Flow flow) {
        Packet packet = seen.packet();
        if (!packet.isTcp()) {
            return packet.toString();
        }
        boolean ours = flow.isFrom(packet);
        boolean first = ours && packet.has(Tcp.SYN) && !flow.seqKnown();
        long seq = first ? 0 : ours ? flow.scriptSeq(packet.seq()) : packet.seq() & MASK;
        StringBuilder text = new StringBuilder();
        text.append(packet.flags() == 0 ? "-" : TcpFlags.toString(packet.flags()))
                .append(' ')
                .append(seq)
                .append(':')
                .append(seq + packet.payloadLength() & MASK)
                .append('(')
                .append(packet.payloadLength())
                .append(')');
        if (packet.has(Tcp.ACK)) {
            long ack = ours ? packet.ack() & MASK : flow.scriptSeq(packet.ack());
            text.append(" ack ").append(ack);
        }
        text.append(" win ").append(packet.window());
        if (seen.urgent() != 0) {
            text.append(" urg ").append(seen.urgent());
        }
        return text.append(list(options(seen, flow))).toString();
    }

    /** The options of a packet of the wire, in their order. */
    static List<SegmentOption> options(Seen seen, Flow flow) {
        Packet packet = seen.packet();
        boolean ours = flow.isFrom(packet);
        ByteBuf frame = packet.frame();
        List<SegmentOption> options = new ArrayList<>();
        int at = packet.l4() + Tcp.MIN_BYTES;
        while (at < packet.payload()) {
            int kind = frame.getUnsignedByte(at);
            int length =
                    kind <= TcpOptions.NOP
                            ? 1
                            : at + 1 < packet.payload() ? frame.getUnsignedByte(at + 1) : 0;
            if (length < 1 || at + length > packet.payload()) {
                break;
            }
            switch (kind) {
                case TcpOptions.END -> options.add(new SegmentOption.EndOfList());
                case TcpOptions.NOP -> options.add(new SegmentOption.Nop());
                case TcpOptions.MSS ->
                        options.add(new SegmentOption.Mss(frame.getUnsignedShort(at + 2)));
                case TcpOptions.WINDOW_SCALE ->
                        options.add(new SegmentOption.WindowScale(frame.getUnsignedByte(at + 2)));
                case TcpOptions.SACK_PERMITTED -> options.add(new SegmentOption.SackPermitted());
                case TcpOptions.SACK -> options.add(sack(frame, at, length, ours ? null : flow));
                case TcpOptions.TIMESTAMPS -> {
                    int val = frame.getInt(at + 2);
                    int ecr = frame.getInt(at + 6);
                    options.add(
                            ours
                                    ? new SegmentOption.Timestamps(
                                            flow.scriptTimestamp(val), ecr & MASK)
                                    : new SegmentOption.Timestamps(
                                            val & MASK, flow.scriptTimestamp(ecr)));
                }
                default -> {
                    // Nothing that the language has a word for.
                }
            }
            at += length;
        }
        return options;
    }

    private static SegmentOption sack(ByteBuf frame, int at, int length, Flow mapped) {
        List<SegmentOption.Block> blocks = new ArrayList<>();
        for (int block = at + 2; block + 8 <= at + length; block += 8) {
            int left = frame.getInt(block);
            int right = frame.getInt(block + 4);
            blocks.add(
                    mapped == null
                            ? new SegmentOption.Block(left & MASK, right & MASK)
                            : new SegmentOption.Block(
                                    mapped.scriptSeq(left), mapped.scriptSeq(right)));
        }
        return new SegmentOption.Sack(List.copyOf(blocks));
    }

    /** Who speaks to whom, for a packet that belongs to no flow. */
    static String ends(Packet packet) {
        return new IpAddress(packet.srcHi(), packet.srcLo())
                + ":"
                + packet.srcPort()
                + " > "
                + new IpAddress(packet.dstHi(), packet.dstLo())
                + ":"
                + packet.dstPort();
    }
}
