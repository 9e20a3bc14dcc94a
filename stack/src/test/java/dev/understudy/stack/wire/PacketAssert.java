package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.AbstractAssert;

/**
 * Says in one readable chain what a frame must be:
 *
 * <pre>{@code
 * assertThatFrame(frame).isTcp().from("10.0.0.1:80").to("10.0.0.9:1234").flags("S.").seq(7).mss(1460).checksumsValid();
 * }</pre>
 *
 * A failure shows the packet as tcpdump would. The frame is parsed anew, from its bytes alone, and is not changed or
 * released.
 */
public final class PacketAssert extends AbstractAssert<PacketAssert, Packet> {
    private final TcpOptions options = new TcpOptions();

    private PacketAssert(Packet packet) {
        super(packet, PacketAssert.class);
        describedAs(packet.toString());
    }

    /** Checks a frame, which must parse. */
    public static PacketAssert assertThatFrame(ByteBuf frame) {
        assertThat(frame).as("frame").isNotNull();
        Packet packet = new Packet();
        assertThat(packet.parse(frame))
                .as("parsing of %s", TestPackets.hex(frame))
                .isEqualTo(Packet.Parse.OK);
        return new PacketAssert(packet);
    }

    /** Checks the frame of a packet: what is in the bytes, not what the view remembers. */
    public static PacketAssert assertThatPacket(Packet packet) {
        return assertThatFrame(packet.frame());
    }

    private PacketAssert same(String what, Object is, Object expected) {
        assertThat(is).as("%s of %s", what, actual).isEqualTo(expected);
        return this;
    }

    private PacketAssert same(String what, boolean is) {
        return same(what, is, true);
    }

    public PacketAssert isTcp() {
        return same("TCP", actual.isTcp());
    }

    public PacketAssert isUdp() {
        return same("UDP", actual.isUdp());
    }

    public PacketAssert isIpv4() {
        return same("IPv4", actual.isIpv4());
    }

    public PacketAssert isIpv6() {
        return same("IPv6", actual.isIpv6());
    }

    public PacketAssert isFragment() {
        return same("fragment", actual.isFragment());
    }

    /** ICMP, or ICMPv6 over IPv6. */
    public PacketAssert isIcmp(int type, int code) {
        same("ICMP", actual.isIcmp());
        same("ICMP type", Icmp.type(actual.frame(), actual.l4()), type);
        return same("ICMP code", Icmp.code(actual.frame(), actual.l4()), code);
    }

    /** {@code ADDRESS:PORT}, or a bare address where there are no ports. */
    public PacketAssert from(String source) {
        return same("source", end(actual.srcHi(), actual.srcLo(), actual.srcPort()), source);
    }

    /** {@code ADDRESS:PORT}, or a bare address where there are no ports. */
    public PacketAssert to(String destination) {
        return same(
                "destination", end(actual.dstHi(), actual.dstLo(), actual.dstPort()), destination);
    }

    private String end(long hi, long lo, int port) {
        return actual.hasPorts()
                ? Endpoint.of(hi, lo, port).toString()
                : new IpAddress(hi, lo).toString();
    }

    public PacketAssert srcMac(long mac) {
        return same("source MAC", Long.toHexString(actual.srcMac()), Long.toHexString(mac));
    }

    public PacketAssert dstMac(long mac) {
        return same("destination MAC", Long.toHexString(actual.dstMac()), Long.toHexString(mac));
    }

    public PacketAssert ttl(int ttl) {
        return same("TTL", actual.ttl(), ttl);
    }

    /** Exactly these flags, in tcpdump's letters. */
    public PacketAssert flags(String letters) {
        return same(
                "flags",
                TcpFlags.toString(actual.flags()),
                TcpFlags.toString(TestPackets.flags(letters)));
    }

    public PacketAssert seq(long seq) {
        return same("seq", Integer.toUnsignedLong(actual.seq()), seq & 0xFFFFFFFFL);
    }

    public PacketAssert ack(long ack) {
        return same("ack", Integer.toUnsignedLong(actual.ack()), ack & 0xFFFFFFFFL);
    }

    public PacketAssert window(int window) {
        return same("window", actual.window(), window);
    }

    public PacketAssert mss(int mss) {
        return same("MSS", options.parse(actual).mss(), mss);
    }

    public PacketAssert noMss() {
        return mss(-1);
    }

    public PacketAssert windowScale(int shift) {
        return same("window scale", options.parse(actual).windowScale(), shift);
    }

    public PacketAssert noWindowScale() {
        return windowScale(-1);
    }

    public PacketAssert sackPermitted() {
        return same("SACK permitted", options.parse(actual).sackPermitted());
    }

    public PacketAssert noSackPermitted() {
        return same("SACK permitted", options.parse(actual).sackPermitted(), false);
    }

    public PacketAssert timestamps(long val, long ecr) {
        options.parse(actual);
        same("timestamps", options.hasTimestamps());
        same("TSval", Integer.toUnsignedLong(options.tsVal()), val & 0xFFFFFFFFL);
        return same("TSecr", Integer.toUnsignedLong(options.tsEcr()), ecr & 0xFFFFFFFFL);
    }

    public PacketAssert noTimestamps() {
        return same("timestamps", options.parse(actual).hasTimestamps(), false);
    }

    /** Exactly these SACK blocks: left, right, left, right, …; none if empty. */
    public PacketAssert sackBlocks(long... edges) {
        options.parse(actual);
        long[] is = new long[2 * options.sackBlocks()];
        for (int i = 0; i < is.length; i++) {
            is[i] = actual.frame().getUnsignedInt(options.sackAt() + 2 + 4 * i);
        }
        assertThat(is).as("SACK blocks of %s", actual).containsExactly(edges);
        return this;
    }

    /** Payload as ISO 8859-1 text. */
    public PacketAssert payload(String text) {
        return same("payload", payloadText(), text);
    }

    public PacketAssert payload(byte[] bytes) {
        return payload(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    public PacketAssert payloadLength(int bytes) {
        return same("payload length", actual.payloadLength(), bytes);
    }

    public PacketAssert noPayload() {
        return payloadLength(0);
    }

    private String payloadText() {
        return actual.frame()
                .toString(actual.payload(), actual.payloadLength(), StandardCharsets.ISO_8859_1);
    }

    /** NEEDS_CSUM is set for the transport header. */
    public PacketAssert partialChecksum() {
        return same("partial checksum", actual.needsChecksum());
    }

    /** Nothing is left to be done: no NEEDS_CSUM, no segmentation. */
    public PacketAssert noOffload() {
        same("virtio flags", VirtioNet.flags(actual.frame(), actual.base()) & 1, 0);
        return same("GSO type", VirtioNet.gsoType(actual.frame(), actual.base()), 0);
    }

    public PacketAssert gso(int size) {
        same("GSO", actual.isGso());
        return same("GSO size", actual.gsoSize(), size);
    }

    /**
     * Every checksum verifies, computed by another way than the product's: the IP header's, the transport's (a partial one
     * holds exactly the pseudo-header sum, and csum_start and csum_offset point to it), and those of a quoted packet.
     */
    public PacketAssert checksumsValid() {
        ByteBuf frame = actual.frame();
        if (actual.isIpv4()) {
            same("IP checksum", ReferenceChecksum.ipv4HeaderValid(frame, actual.l3()));
        }
        int at = actual.transportChecksumAt();
        if (at < 0 || actual.isFragment()) {
            return this;
        }
        int length = actual.end() - actual.l4();
        if (actual.needsChecksum()) {
            same("csum_offset", VirtioNet.csumOffset(frame, actual.base()), at - actual.l4());
            int pseudo =
                    ReferenceChecksum.pseudoHeader(
                            frame, actual.l3(), actual.isIpv6(), actual.protocol(), length);
            same("partial checksum", frame.getUnsignedShort(at), pseudo);
        } else {
            same(
                    "transport checksum",
                    ReferenceChecksum.transportValid(
                            frame,
                            actual.l3(),
                            actual.isIpv6(),
                            actual.protocol(),
                            actual.l4(),
                            actual.end()));
        }
        if (actual.isIcmp()
                && actual.isIpv4()
                && Icmp.isError(false, Icmp.type(frame, actual.l4()))) {
            same("quoted IP checksum", ReferenceChecksum.ipv4HeaderValid(frame, actual.payload()));
        }
        return this;
    }

    /** An ICMP error that quotes a packet with these ends, {@code ADDRESS:PORT}. */
    public PacketAssert quotes(String from, String to) {
        IcmpQuote quote = quote();
        same(
                "quoted source",
                Endpoint.of(quote.srcHi(), quote.srcLo(), quote.srcPort()).toString(),
                from);
        return same(
                "quoted destination",
                Endpoint.of(quote.dstHi(), quote.dstLo(), quote.dstPort()).toString(),
                to);
    }

    public PacketAssert quotesSeq(long seq) {
        return same("quoted seq", Integer.toUnsignedLong(quote().seq()), seq & 0xFFFFFFFFL);
    }

    private IcmpQuote quote() {
        IcmpQuote quote = new IcmpQuote();
        same("quote", quote.parse(actual));
        return quote;
    }

    /** The Ethernet bytes equal those of another frame; the virtio headers may differ. */
    public PacketAssert sameBytesAs(ByteBuf expected) {
        return same("bytes", TestPackets.hex(actual.frame()), TestPackets.hex(expected));
    }

    /** The Ethernet bytes, as hexadecimal text; white space is ignored. */
    public PacketAssert hasHex(String hex) {
        return same("bytes", TestPackets.hex(actual.frame()), hex.replaceAll("\\s", ""));
    }
}
