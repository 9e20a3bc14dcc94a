package dev.understudy.dispatcher.session;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * A packet of a watched session between the door and the record: what it looked like when it came, and when it left. Made
 * only while somebody watches.
 */
final class PacketSketch {
    final boolean up;
    final long now;
    final long srcHi;
    final long srcLo;
    final int srcPort;
    final long dstHi;
    final long dstLo;
    final int dstPort;
    final int protocol;
    final boolean tcp;
    final int flags;
    final int seq;
    final int ack;
    final int window;
    final int data;
    final int span;

    /** Where its data begins in {@link #bytes}, if they go that far. */
    final int dataAt;

    /** From the IP header on, cut to the snap length. */
    final byte[] bytes;

    /** Whole length from the IP header on. */
    final int length;

    Session session;
    ServerLeg leg;
    byte[] before;

    /** What left, or null if nothing did; the packet's own bytes if we made it. */
    byte[] after;

    /** What left, if it is what came. */
    PacketSketch left;

    private PacketSketch(Packet packet, boolean up, long now, int snap) {
        this.up = up;
        this.now = now;
        srcHi = packet.srcHi();
        srcLo = packet.srcLo();
        srcPort = packet.srcPort();
        dstHi = packet.dstHi();
        dstLo = packet.dstLo();
        dstPort = packet.dstPort();
        protocol = packet.protocol();
        tcp = packet.isTcp();
        flags = tcp ? packet.flags() : 0;
        seq = tcp ? packet.seq() : 0;
        ack = tcp ? packet.ack() : 0;
        window = tcp ? packet.window() : 0;
        data = packet.hasPorts() ? packet.payloadLength() : 0;
        dataAt = packet.hasPorts() ? packet.payload() - packet.l3() : 0;
        span = tcp ? packet.segmentLength() : 0;
        length = packet.end() - packet.l3();
        bytes = copy(packet, Math.min(snap, length));
    }

    static PacketSketch of(Packet packet, boolean up, long now, int snap) {
        return new PacketSketch(packet, up, now, snap);
    }

    /** Whether it is what a client begins a session with. */
    boolean mayBegin() {
        return up && (tcp ? (flags & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN : protocol == Udp.PROTOCOL);
    }

    /**
     * Whether another packet of the same direction brings its receiver what this one does: the same data, and the same
     * beginning or end of a connection. What brings nothing is like nothing else.
     */
    boolean saysTheSameAs(PacketSketch other) {
        int said = Tcp.SYN | Tcp.FIN | Tcp.RST;
        if (other.protocol != protocol
                || other.data != data
                || other.span != span
                || (other.flags & said) != (flags & said)
                || Math.max(data, span) == 0) {
            return false;
        }
        int known = Math.min(bytes.length - dataAt, other.bytes.length - other.dataAt);
        int compared = Math.max(0, Math.min(known, data));
        return Arrays.equals(
                bytes,
                Math.min(dataAt, bytes.length),
                Math.min(dataAt, bytes.length) + compared,
                other.bytes,
                Math.min(other.dataAt, other.bytes.length),
                Math.min(other.dataAt, other.bytes.length) + compared);
    }

    /** This packet left, rewritten, on the other side. */
    void became(PacketSketch rewritten, ServerLeg towards) {
        left = rewritten;
        after = rewritten.bytes;
        if (towards != null) {
            leg = towards;
        }
    }

    /** A partial checksum is completed, as far as there is a whole packet to complete it for. */
    private static byte[] copy(Packet packet, int length) {
        byte[] bytes = new byte[length];
        ByteBuf frame = packet.frame();
        if (!packet.needsChecksum() || packet.isGso()) {
            frame.getBytes(packet.l3(), bytes);
            return bytes;
        }
        ByteBuf whole = frame.copy(packet.base(), packet.end() - packet.base());
        VirtioNet.completeChecksum(whole, 0);
        whole.getBytes(packet.l3() - packet.base(), bytes);
        whole.release();
        return bytes;
    }
}
