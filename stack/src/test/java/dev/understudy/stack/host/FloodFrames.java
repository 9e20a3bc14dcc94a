package dev.understudy.stack.host;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.TestPackets;
import dev.understudy.stack.wire.Udp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;

/** What a flood is made of, from one seed: frames to a host's MAC, from strangers on its link. */
final class FloodFrames {
    private static final long STRANGERS_MAC = 0x02_00_00_00_00_66L;
    private static final int NETWORK4 = 0x0A09_0000;

    /** Data of a fragment that fills an Ethernet frame, over either family. */
    private static final int FULL = 1400;

    /** Data of one that only just counts. */
    private static final int CRUMB = 8;

    /** Fragments of datagrams that never become whole. */
    enum Fragments {
        /** Offset 0, and no more of it. */
        FIRST_ONLY,
        /** One piece from somewhere in the middle. */
        NEVER_WHOLE,
        /** Pieces of a few datagrams that contradict each other. */
        OVERLAPPING,
        /** Pieces of a few datagrams, of eight bytes each, that leave gaps. */
        CRUMBS
    }

    private final PacketBuilder builder = new PacketBuilder(TestPackets.ALLOCATOR);
    private final SplittableRandom random = new SplittableRandom(9);
    private final TcpOptionWriter options = new TcpOptionWriter();
    private final Packet packet = new Packet();

    FloodFrames(long to) {
        builder.macs(STRANGERS_MAC, to);
    }

    SplittableRandom random() {
        return random;
    }

    int anyPort() {
        return 1 + random.nextInt(65_535);
    }

    /** An address on the link, of the family of another: one of 240 of IPv4, any of IPv6. */
    IpAddress stranger(IpAddress like) {
        return like.isIpv4()
                ? IpAddress.v4(NETWORK4 | 10 + random.nextInt(240))
                : new IpAddress(like.hi(), random.nextLong());
    }

    /** A segment of a connection that has timestamps, with any numbers. */
    ByteBuf stamped(IpAddress from, int fromPort, IpAddress to, int port, int flags, int data) {
        return tcp(
                from,
                fromPort,
                to,
                port,
                flags,
                options.clear().timestamps(random.nextInt(), random.nextInt()),
                data);
    }

    /** A segment without options, with any numbers. */
    ByteBuf tcp(IpAddress from, int fromPort, IpAddress to, int port, int flags) {
        return tcp(from, fromPort, to, port, flags, options.clear(), 0);
    }

    private ByteBuf tcp(
            IpAddress from,
            int fromPort,
            IpAddress to,
            int port,
            int flags,
            TcpOptionWriter with,
            int data) {
        return builder.tcp(
                from.hi(),
                from.lo(),
                fromPort,
                to.hi(),
                to.lo(),
                port,
                random.nextInt(),
                random.nextInt(),
                flags,
                1000,
                with,
                data == 0 ? null : Unpooled.wrappedBuffer(new byte[data]));
    }

    ByteBuf fragment(Fragments kind, IpAddress to) {
        return switch (kind) {
            case FIRST_ONLY -> fragment(stranger(to), to, random.nextInt(), 0, FULL);
            case NEVER_WHOLE ->
                    fragment(
                            stranger(to),
                            to,
                            random.nextInt(),
                            FULL * (1 + random.nextInt(40)),
                            FULL);
            case OVERLAPPING ->
                    fragment(regular(to), to, random.nextInt(5000), 8 * random.nextInt(500), FULL);
            case CRUMBS ->
                    fragment(
                            regular(to), to, random.nextInt(700), 16 * random.nextInt(4000), CRUMB);
        };
    }

    /** One stranger, so that what it sends belongs together. */
    private static IpAddress regular(IpAddress like) {
        return like.isIpv4() ? IpAddress.v4(NETWORK4 | 77) : new IpAddress(like.hi(), 77);
    }

    /** A fragment that says that more follow it, and whose data begins like a UDP datagram. */
    private ByteBuf fragment(IpAddress from, IpAddress to, int id, int offset, int data) {
        // Over IPv6 the fragment header takes the place of the UDP header, which moves into the
        // data.
        byte[] payload = new byte[to.isIpv4() ? data - Udp.BYTES : data];
        if (!to.isIpv4()) {
            payload[Udp.LENGTH_OFFSET] = (byte) (data >> 8);
            payload[Udp.LENGTH_OFFSET + 1] = (byte) data;
        }
        ByteBuf frame =
                builder.udp(
                        from.hi(),
                        from.lo(),
                        9,
                        to.hi(),
                        to.lo(),
                        9,
                        Unpooled.wrappedBuffer(payload));
        packet.parse(frame);
        int l3 = packet.l3();
        if (to.isIpv4()) {
            frame.setShort(l3 + Ipv4.FRAGMENT_OFFSET, Ipv4.MORE_FRAGMENTS | offset / 8);
            frame.setShort(l3 + Ipv4.IDENTIFICATION_OFFSET, id);
            Ipv4.fixChecksum(frame, l3);
        } else {
            int header = l3 + Ipv6.BYTES;
            frame.setByte(l3 + Ipv6.NEXT_HEADER_OFFSET, Ipv6.FRAGMENT);
            frame.setShort(header, Udp.PROTOCOL << 8);
            frame.setShort(header + 2, offset | 1);
            frame.setInt(header + 4, id);
        }
        return frame;
    }
}
