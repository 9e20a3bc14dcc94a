package dev.understudy.tools.script;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TcpOptions;
import dev.understudy.tools.script.language.Action.IcmpError;
import dev.understudy.tools.script.language.Action.SeqBase;
import dev.understudy.tools.script.language.Action.TcpSegment;
import dev.understudy.tools.script.language.IpMarks;
import dev.understudy.tools.script.language.SegmentOption;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.OptionalInt;

/** Makes the packets that a script injects. Payload is zeroes, as scripts say nothing of it. */
final class Injector {
    private final PacketBuilder builder;
    private final Packet packet = new Packet();

    Injector(ByteBufAllocator allocator) {
        builder = new PacketBuilder(allocator);
    }

    /** A segment from the peer; the caller owns the frame. */
    ByteBuf segment(TcpSegment segment, Flow flow) {
        TcpOptionWriter options = new TcpOptionWriter();
        options.raw(bytes(segment.options().orElse(List.of()), flow));
        int source = segment.ports().source();
        int destination = segment.ports().destination();
        // A segment with the flag and no number acknowledges 0, as the script counts.
        boolean acknowledges = (segment.flags() & Tcp.ACK) != 0 || segment.ack().isPresent();
        int ack = acknowledges ? flow.wireSeq(segment.ack().orElse(0L), ackBase(segment)) : 0;
        ByteBuf frame =
                tcp(
                        port(flow.remote(), source),
                        port(flow.local(), destination),
                        (int) segment.seq(),
                        ack,
                        segment.flags(),
                        segment.window().orElse(0),
                        options,
                        segment.length());
        packet.parse(frame);
        if (segment.urgent() != 0) {
            packet.tcpShort(packet.l4() + Tcp.URGENT_OFFSET, segment.urgent());
        }
        mark(segment.tos());
        return frame;
    }

    private static SeqBase ackBase(TcpSegment segment) {
        return segment.base() == SeqBase.ABSOLUTE ? SeqBase.ABSOLUTE : SeqBase.RELATIVE;
    }

    private static Endpoint port(Endpoint end, int port) {
        return port == 0 ? end : new Endpoint(end.address(), port);
    }

    private ByteBuf tcp(
            Endpoint from,
            Endpoint to,
            int seq,
            int ack,
            int flags,
            int window,
            TcpOptionWriter options,
            int length) {
        return builder.tcp(
                from.address().hi(),
                from.address().lo(),
                from.port(),
                to.address().hi(),
                to.address().lo(),
                to.port(),
                seq,
                ack,
                flags,
                window,
                options,
                length == 0 ? null : Unpooled.wrappedBuffer(new byte[length]));
    }

    private void mark(IpMarks marks) {
        ByteBuf frame = packet.frame();
        if (marks.mask() != 0) {
            if (packet.isIpv6()) {
                int word = frame.getInt(packet.l3()) & ~(0xFF << 20);
                frame.setInt(packet.l3(), word | marks.value() << 20);
            } else {
                frame.setByte(packet.l3() + Ipv4.TOS_OFFSET, marks.value());
                Ipv4.fixChecksum(frame, packet.l3());
            }
        }
        if (marks.ttl() >= 0) {
            packet.ttl(marks.ttl());
        }
    }

    /** An ICMP error of the peer about a segment of ours, or nothing if there is none of that name. */
    ByteBuf icmp(IcmpError error, Flow flow, OptionalInt type, OptionalInt code) {
        ByteBuf quoted =
                tcp(
                        flow.local(),
                        flow.remote(),
                        flow.wireSeq(error.seq().orElse(0L), SeqBase.RELATIVE),
                        0,
                        Tcp.ACK,
                        0,
                        null,
                        error.length());
        packet.parse(quoted);
        ByteBuf frame =
                builder.icmpError(
                        flow.remote().address().hi(),
                        flow.remote().address().lo(),
                        type.orElseThrow(),
                        code.orElseThrow(),
                        Math.max(0, error.mtu()),
                        packet);
        quoted.release();
        return frame;
    }

    private static byte[] bytes(List<SegmentOption> options, Flow flow) {
        ByteBuf bytes = Unpooled.buffer(Tcp.MAX_OPTION_BYTES);
        for (SegmentOption option : options) {
            if (option instanceof SegmentOption.Nop) {
                bytes.writeByte(TcpOptions.NOP);
            } else if (option instanceof SegmentOption.EndOfList) {
                bytes.writeByte(TcpOptions.END);
            } else if (option instanceof SegmentOption.Mss mss) {
                bytes.writeByte(TcpOptions.MSS).writeByte(4).writeShort(mss.value());
            } else if (option instanceof SegmentOption.WindowScale scale) {
                bytes.writeByte(TcpOptions.WINDOW_SCALE).writeByte(3).writeByte(scale.shift());
            } else if (option instanceof SegmentOption.SackPermitted) {
                bytes.writeByte(TcpOptions.SACK_PERMITTED).writeByte(2);
            } else if (option instanceof SegmentOption.Sack sack) {
                bytes.writeByte(TcpOptions.SACK).writeByte(2 + 8 * sack.blocks().size());
                for (SegmentOption.Block block : sack.blocks()) {
                    bytes.writeInt(flow.wireSeq(block.left(), SeqBase.RELATIVE));
                    bytes.writeInt(flow.wireSeq(block.right(), SeqBase.RELATIVE));
                }
            } else if (option instanceof SegmentOption.Timestamps timestamps) {
                bytes.writeByte(TcpOptions.TIMESTAMPS).writeByte(10);
                bytes.writeInt((int) timestamps.val());
                bytes.writeInt(flow.wireTimestamp(timestamps.ecr()));
            }
        }
        byte[] raw = new byte[bytes.readableBytes()];
        bytes.readBytes(raw);
        return raw;
    }
}
