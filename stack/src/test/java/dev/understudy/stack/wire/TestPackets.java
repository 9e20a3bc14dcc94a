package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * Readable frames for tests, one line each:
 *
 * <pre>{@code
 * TestPackets.tcp("10.0.0.1:1234", "10.0.0.2:80").syn().seq(5).mss(1460).build()
 * TestPackets.tcp("[fd00::1]:1", "[fd00::2]:80").flags("P.").payload("GET /").partialChecksum().build()
 * TestPackets.udp("10.0.0.1:53", "10.0.0.2:53").payload("?").build()
 * TestPackets.echo("10.0.0.1", "10.0.0.2").id(7).build()
 * TestPackets.error("10.0.0.9", Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, frame).build()
 * }</pre>
 *
 * Frames come from an allocator without leak detection, so that a test need not release them; {@code build(allocator)}
 * takes another.
 */
public final class TestPackets {
    /** Unpooled and not watched for leaks. */
    public static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);

    private TestPackets() {}

    /** A TCP segment, by default an ACK with sequence and acknowledgement 0 and window 65535. */
    public static TcpBuilder tcp(String from, String to) {
        return new TcpBuilder(Endpoint.parse(from), Endpoint.parse(to));
    }

    public static UdpBuilder udp(String from, String to) {
        return new UdpBuilder(Endpoint.parse(from), Endpoint.parse(to));
    }

    /** An echo request; {@link EchoBuilder#reply} makes it a reply. */
    public static EchoBuilder echo(String from, String to) {
        return new EchoBuilder(IpAddress.parse(from), IpAddress.parse(to));
    }

    /** An ICMP or ICMPv6 error that quotes {@code quoted}, sent to its source. */
    public static ErrorBuilder error(String from, int type, int code, ByteBuf quoted) {
        return new ErrorBuilder(IpAddress.parse(from), type, code, quoted);
    }

    /** A parsed view on a frame that must be well-formed. */
    public static Packet parse(ByteBuf frame) {
        Packet packet = new Packet();
        Packet.Parse result = packet.parse(frame);
        if (result != Packet.Parse.OK) {
            throw new AssertionError("frame does not parse: " + result + " " + hex(frame));
        }
        return packet;
    }

    /** A frame from the hexadecimal text of its Ethernet bytes; white space is ignored, the virtio header is zero. */
    public static ByteBuf ofHex(String ethernet) {
        byte[] bytes = ByteBufUtil.decodeHexDump(ethernet.replaceAll("\\s", ""));
        return Frames.allocate(ALLOCATOR, bytes.length).writeBytes(bytes);
    }

    /** The Ethernet bytes of a frame as hexadecimal text. */
    public static String hex(ByteBuf frame) {
        int skip = Math.min(VirtioNet.BYTES, frame.readableBytes());
        return ByteBufUtil.hexDump(frame, frame.readerIndex() + skip, frame.readableBytes() - skip);
    }

    /** The transport payload of a frame as ISO 8859-1 text. */
    public static String payload(ByteBuf frame) {
        Packet packet = parse(frame);
        return frame.toString(
                packet.payload(), packet.payloadLength(), StandardCharsets.ISO_8859_1);
    }

    /** Flags from tcpdump's letters in any order: {@code S.}, {@code P.}, {@code R}. */
    public static int flags(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            int bit = "FSRP.UEW".indexOf(letter);
            if (bit < 0) {
                throw new IllegalArgumentException("'" + letter + "' is none of FSRP.UEW");
            }
            flags |= 1 << bit;
        }
        return flags;
    }

    /** What all builders share: MACs, a VLAN tag, trailing padding, partial checksums. */
    @SuppressWarnings("unchecked") // SELF is the builder's own class.
    public abstract static class Builder<SELF extends Builder<SELF>> {
        private long srcMac;
        private long dstMac;
        private int vlan = -1;
        private int padding;
        private int ttl = PacketBuilder.TTL;
        private boolean partial;
        private int gsoSize;
        private int corruption;

        abstract ByteBuf make(PacketBuilder builder);

        public SELF macs(long source, long destination) {
            srcMac = source;
            dstMac = destination;
            return (SELF) this;
        }

        public SELF ttl(int value) {
            ttl = value;
            return (SELF) this;
        }

        /** Puts an 802.1Q tag in front of the type. */
        public SELF vlan(int id) {
            vlan = id;
            return (SELF) this;
        }

        /** Bytes of zeroes behind the datagram, as a short Ethernet frame has. */
        public SELF padding(int bytes) {
            padding = bytes;
            return (SELF) this;
        }

        /** NEEDS_CSUM: the transport checksum holds the pseudo-header sum only. */
        public SELF partialChecksum() {
            partial = true;
            return (SELF) this;
        }

        /** A super-segment of {@code size} payload bytes a slice; implies a partial checksum. */
        public SELF gso(int size) {
            gsoSize = size;
            partial = true;
            return (SELF) this;
        }

        /** Makes the transport checksum wrong. */
        public SELF badChecksum() {
            corruption = 0x5555;
            return (SELF) this;
        }

        /** The frame parsed. */
        public Packet packet() {
            return parse(build());
        }

        public ByteBuf build() {
            return build(ALLOCATOR);
        }

        public ByteBuf build(ByteBufAllocator allocator) {
            ByteBuf plain = make(new PacketBuilder(ALLOCATOR).macs(srcMac, dstMac));
            int tag = vlan >= 0 ? 4 : 0;
            int bytes = plain.readableBytes() - VirtioNet.BYTES;
            ByteBuf frame = Frames.allocate(allocator, bytes + tag + padding);
            plain.skipBytes(VirtioNet.BYTES);
            frame.writeBytes(plain, 12);
            if (tag != 0) {
                frame.writeShort(Ethernet.TYPE_VLAN).writeShort(vlan);
            }
            frame.writeBytes(plain).writeZero(padding);
            plain.release();
            finish(frame);
            return frame;
        }

        private void finish(ByteBuf frame) {
            Packet packet = parse(frame);
            packet.ttl(ttl);
            int at = packet.transportChecksumAt();
            frame.setShort(at, frame.getUnsignedShort(at) ^ corruption);
            if (!partial) {
                return;
            }
            VirtioNet.flags(frame, packet.base(), VirtioNet.NEEDS_CSUM);
            VirtioNet.csumStart(frame, packet.base(), packet.l4() - packet.eth());
            VirtioNet.csumOffset(frame, packet.base(), at - packet.l4());
            frame.setShort(
                    at,
                    ReferenceChecksum.pseudoHeader(
                            frame,
                            packet.l3(),
                            packet.isIpv6(),
                            packet.protocol(),
                            packet.end() - packet.l4()));
            if (gsoSize > 0) {
                VirtioNet.gsoType(
                        frame,
                        packet.base(),
                        packet.isIpv6() ? VirtioNet.GSO_TCPV6 : VirtioNet.GSO_TCPV4);
                VirtioNet.gsoSize(frame, packet.base(), gsoSize);
                VirtioNet.hdrLen(frame, packet.base(), packet.payload() - packet.eth());
            }
        }
    }

    /** See {@link #tcp}. */
    public static final class TcpBuilder extends Builder<TcpBuilder> {
        private final Endpoint from;
        private final Endpoint to;
        private final TcpOptionWriter options = new TcpOptionWriter();
        private int seq;
        private int ack;
        private int flags = Tcp.ACK;
        private int window = 65535;
        private byte[] payload = {};

        private TcpBuilder(Endpoint from, Endpoint to) {
            this.from = from;
            this.to = to;
        }

        public TcpBuilder syn() {
            return flags("S");
        }

        public TcpBuilder synAck() {
            return flags("S.");
        }

        public TcpBuilder fin() {
            return flags("F.");
        }

        public TcpBuilder rst() {
            return flags("R");
        }

        public TcpBuilder rstAck() {
            return flags("R.");
        }

        /** Flags in tcpdump's letters. */
        public TcpBuilder flags(String letters) {
            flags = TestPackets.flags(letters);
            return this;
        }

        public TcpBuilder seq(long value) {
            seq = (int) value;
            return this;
        }

        public TcpBuilder ack(long value) {
            ack = (int) value;
            return this;
        }

        public TcpBuilder window(int value) {
            window = value;
            return this;
        }

        public TcpBuilder mss(int value) {
            options.mss(value);
            return this;
        }

        public TcpBuilder windowScale(int shift) {
            options.windowScale(shift);
            return this;
        }

        public TcpBuilder sackPermitted() {
            options.sackPermitted(true);
            return this;
        }

        public TcpBuilder timestamps(long val, long ecr) {
            options.timestamps((int) val, (int) ecr);
            return this;
        }

        public TcpBuilder sackBlock(long left, long right) {
            options.sackBlock((int) left, (int) right);
            return this;
        }

        /** Option bytes as they are, behind the others. */
        public TcpBuilder options(int... bytes) {
            byte[] raw = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                raw[i] = (byte) bytes[i];
            }
            options.raw(raw);
            return this;
        }

        /** Payload as ISO 8859-1 text. */
        public TcpBuilder payload(String text) {
            return payload(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public TcpBuilder payload(byte[] bytes) {
            payload = bytes.clone();
            return this;
        }

        @Override
        ByteBuf make(PacketBuilder builder) {
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
                    Unpooled.wrappedBuffer(payload));
        }
    }

    /** See {@link #udp}. */
    public static final class UdpBuilder extends Builder<UdpBuilder> {
        private final Endpoint from;
        private final Endpoint to;
        private byte[] payload = {};

        private UdpBuilder(Endpoint from, Endpoint to) {
            this.from = from;
            this.to = to;
        }

        public UdpBuilder payload(String text) {
            return payload(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public UdpBuilder payload(byte[] bytes) {
            payload = bytes.clone();
            return this;
        }

        @Override
        ByteBuf make(PacketBuilder builder) {
            return builder.udp(
                    from.address().hi(),
                    from.address().lo(),
                    from.port(),
                    to.address().hi(),
                    to.address().lo(),
                    to.port(),
                    Unpooled.wrappedBuffer(payload));
        }
    }

    /** See {@link #echo}. */
    public static final class EchoBuilder extends Builder<EchoBuilder> {
        private final IpAddress from;
        private final IpAddress to;
        private boolean reply;
        private int id;
        private int sequence;
        private byte[] payload = {};

        private EchoBuilder(IpAddress from, IpAddress to) {
            this.from = from;
            this.to = to;
        }

        public EchoBuilder reply() {
            reply = true;
            return this;
        }

        public EchoBuilder id(int value) {
            id = value;
            return this;
        }

        public EchoBuilder sequence(int value) {
            sequence = value;
            return this;
        }

        public EchoBuilder payload(String text) {
            return payload(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public EchoBuilder payload(byte[] bytes) {
            payload = bytes.clone();
            return this;
        }

        @Override
        ByteBuf make(PacketBuilder builder) {
            return builder.icmpEcho(
                    from.hi(),
                    from.lo(),
                    to.hi(),
                    to.lo(),
                    reply,
                    id,
                    sequence,
                    Unpooled.wrappedBuffer(payload));
        }
    }

    /** See {@link #error}. */
    public static final class ErrorBuilder extends Builder<ErrorBuilder> {
        private final IpAddress from;
        private final int type;
        private final int code;
        private final ByteBuf quoted;
        private int rest;

        private ErrorBuilder(IpAddress from, int type, int code, ByteBuf quoted) {
            this.from = from;
            this.type = type;
            this.code = code;
            this.quoted = quoted;
        }

        /** The MTU that the error tells, or whatever the four bytes behind the checksum are. */
        public ErrorBuilder rest(int value) {
            rest = value;
            return this;
        }

        @Override
        ByteBuf make(PacketBuilder builder) {
            return builder.icmpError(from.hi(), from.lo(), type, code, rest, parse(quoted));
        }
    }
}
