package dev.understudy.stack.wire;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpQuoteTest {
    private static final String FROM = "10.0.0.9:1234";
    private static final String TO = "203.0.113.10:80";
    private static final String FROM6 = "[fd00::9]:1234";
    private static final String TO6 = "[2001:db8::10]:80";
    private static final IpAddress OTHER = IpAddress.parse("198.51.100.7");
    private static final IpAddress OTHER6 = IpAddress.parse("2001:db8:ffff::7");

    private final Packet error = new Packet();
    private final IcmpQuote quote = new IcmpQuote();

    private boolean parse(ByteBuf frame) {
        assertThat(error.parse(frame)).isEqualTo(Packet.Parse.OK);
        return quote.parse(error);
    }

    /** An error whose quote is cut to {@code length} bytes. */
    private static ByteBuf cut(ByteBuf frame, int length) {
        Packet packet = TestPackets.parse(frame);
        int ip = packet.payload() + length - packet.l3();
        frame.writerIndex(packet.l3() + ip);
        if (packet.isIpv6()) {
            frame.setShort(packet.l3() + Ipv6.PAYLOAD_LENGTH_OFFSET, ip - Ipv6.BYTES);
        } else {
            frame.setShort(packet.l3() + Ipv4.TOTAL_LENGTH_OFFSET, ip);
            Ipv4.fixChecksum(frame, packet.l3());
        }
        TestPackets.parse(frame).fillChecksum();
        return frame;
    }

    private static ByteBuf unreachable(ByteBuf quoted) {
        boolean ipv6 = TestPackets.parse(quoted).isIpv6();
        return TestPackets.error(
                        ipv6 ? "fd00::1" : "10.0.0.1",
                        ipv6 ? Icmp.V6_UNREACHABLE : Icmp.UNREACHABLE,
                        1,
                        quoted)
                .build();
    }

    @ParameterizedTest
    @CsvSource({FROM + "," + TO, FROM6 + "," + TO6})
    void tellsWhoseItIs(String from, String to) {
        assertThat(parse(unreachable(TestPackets.tcp(from, to).syn().seq(-2).build()))).isTrue();
        assertThat(Endpoint.of(quote.srcHi(), quote.srcLo(), quote.srcPort())).hasToString(from);
        assertThat(Endpoint.of(quote.dstHi(), quote.dstLo(), quote.dstPort())).hasToString(to);
        assertThat(quote.protocol()).isEqualTo(Tcp.PROTOCOL);
        assertThat(quote.hasPorts()).isTrue();
        assertThat(quote.hasSeq()).isTrue();
        assertThat(quote.seq()).isEqualTo(-2);
        assertThat(quote.mtu()).isEqualTo(-1);
        assertThat(quote.isIpv6()).isEqualTo(from.startsWith("["));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 12, 17, 18, 19, 20, 28, 33})
    @Tag("P09")
    void settersKeepEveryChecksumRightHoweverShortTheQuote(int transportBytes) {
        for (boolean ipv6 : new boolean[] {false, true}) {
            ByteBuf quoted =
                    TestPackets.tcp(ipv6 ? FROM6 : FROM, ipv6 ? TO6 : TO)
                            .seq(1000)
                            .payload("0123456789abc")
                            .build();
            int ip = ipv6 ? Ipv6.BYTES : Ipv4.MIN_BYTES;
            ByteBuf frame = cut(unreachable(quoted), ip + transportBytes);
            assertThat(parse(frame)).isTrue();
            IpAddress other = ipv6 ? OTHER6 : OTHER;
            quote.source(other.hi(), other.lo(), 4000);
            quote.destination(other.hi(), other.lo(), 8080);
            quote.seq(0xFFFF_FFFF);
            String end = new Endpoint(other, 4000).toString();
            String start = new Endpoint(other, 8080).toString();
            assertThatFrame(frame).quotes(end, start).quotesSeq(0xFFFF_FFFFL).checksumsValid();
            if (transportBytes >= 18) {
                // what the quoted sender would have sent, had it been so from the start
                Packet same = TestPackets.tcp(end, start).seq(-1).payload("0123456789abc").packet();
                assertThat(frame.getUnsignedShort(error.payload() + ip + Tcp.CHECKSUM_OFFSET))
                        .isEqualTo(Tcp.checksum(same.frame(), same.l4()));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({FROM + "," + TO + ",20", FROM6 + "," + TO6 + ",40"})
    void anythingShorterThanRfc792GuaranteesIsRefused(String from, String to, int ip) {
        for (int length = 0; length < ip + 8; length++) {
            ByteBuf frame =
                    cut(unreachable(TestPackets.udp(from, to).payload("x").build()), length);
            assertThat(parse(frame)).as("%d bytes", length).isFalse();
        }
        assertThat(parse(cut(unreachable(TestPackets.udp(from, to).build()), ip + 8))).isTrue();
    }

    @Test
    @Tag("P09")
    void quotedUdpWithoutAChecksumStaysWithoutOne() {
        ByteBuf quoted = TestPackets.udp(FROM, TO).payload("abc").build();
        quoted.setShort(TestPackets.parse(quoted).l4() + Udp.CHECKSUM_OFFSET, 0);
        ByteBuf frame = unreachable(quoted);
        assertThat(parse(frame)).isTrue();
        assertThat(quote.hasSeq()).isFalse();
        quote.seq(5);
        quote.source(OTHER.hi(), OTHER.lo(), 53);
        assertThat(frame.getUnsignedShort(error.payload() + 20 + Udp.CHECKSUM_OFFSET)).isZero();
        assertThatFrame(frame).quotes("198.51.100.7:53", TO).checksumsValid();
    }

    @Test
    void quotedEchoHasNoPorts() {
        ByteBuf frame = unreachable(TestPackets.echo("fd00::9", "fd00::2").id(7).build());
        assertThat(parse(frame)).isTrue();
        assertThat(quote.hasPorts()).isFalse();
        quote.destination(OTHER6.hi(), OTHER6.lo(), 99);
        assertThatFrame(frame).quotes("[fd00::9]:0", "[2001:db8:ffff::7]:0").checksumsValid();
        Packet same = TestPackets.echo("fd00::9", "2001:db8:ffff::7").id(7).packet();
        assertThat(Icmp.checksum(frame, error.payload() + Ipv6.BYTES))
                .isEqualTo(Icmp.checksum(same.frame(), same.l4()));
    }

    @Test
    void quotedLaterFragmentHasAddressesOnly() {
        ByteBuf quoted = TestPackets.udp(FROM, TO).payload("abc").build();
        Packet inner = TestPackets.parse(quoted);
        quoted.setShort(inner.l3() + Ipv4.FRAGMENT_OFFSET, 100);
        Ipv4.fixChecksum(quoted, inner.l3());
        ByteBuf frame = unreachable(quoted);
        assertThat(parse(frame)).isTrue();
        assertThat(quote.hasPorts()).isFalse();
        String data = TestPackets.hex(frame).substring(2 * (14 + 28 + 20));
        quote.source(OTHER.hi(), OTHER.lo(), 4000);
        assertThat(TestPackets.hex(frame)).endsWith(data);
        assertThatFrame(frame).checksumsValid();
    }

    @Test
    void mtuOfBothFamilies() {
        ByteBuf udp = TestPackets.udp(FROM, TO).build();
        ByteBuf udp6 = TestPackets.udp(FROM6, TO6).build();
        int needed = Icmp.CODE_FRAGMENTATION_NEEDED;
        parse(TestPackets.error("10.0.0.1", Icmp.UNREACHABLE, needed, udp).rest(1400).build());
        assertThat(quote.mtu()).isEqualTo(1400);
        parse(TestPackets.error("fd00::1", Icmp.V6_PACKET_TOO_BIG, 0, udp6).rest(1280).build());
        assertThat(quote.mtu()).isEqualTo(1280);
        parse(TestPackets.error("fd00::1", Icmp.V6_PACKET_TOO_BIG, 0, udp6).rest(-1).build());
        assertThat(quote.mtu()).isPositive();
    }

    @Test
    void extensionStructureIsNoQuote() {
        // RFC 4884: the quote is 8 words long, what follows it is not of the packet
        ByteBuf quoted = TestPackets.tcp(FROM, TO).payload(new byte[100]).build();
        ByteBuf frame = TestPackets.error("10.0.0.1", 3, 1, quoted).rest(7 << 16).build();
        assertThat(parse(frame)).isTrue();
        int checksum = error.payload() + 20 + Tcp.CHECKSUM_OFFSET;
        int before = frame.getUnsignedShort(checksum);
        quote.source(OTHER.hi(), OTHER.lo(), 4000);
        assertThat(frame.getUnsignedShort(checksum)).isEqualTo(before);
        assertThatFrame(frame).checksumsValid();
        ByteBuf tooShort = TestPackets.error("10.0.0.1", 3, 1, quoted).rest(6 << 16).build();
        assertThat(parse(tooShort)).isFalse();
    }

    @Test
    void whatIsNoErrorQuotesNothing() {
        assertThat(parse(TestPackets.echo("10.0.0.1", "10.0.0.2").payload(new byte[60]).build()))
                .isFalse();
        assertThat(parse(TestPackets.tcp(FROM, TO).payload(new byte[60]).build())).isFalse();
    }

    @Test
    void aQuoteOfTheOtherFamilyIsRefused() {
        ByteBuf frame = unreachable(TestPackets.udp(FROM6, TO6).build());
        frame.setByte(TestPackets.parse(frame).payload(), 0x45);
        assertThat(parse(frame)).isFalse();
    }

    @Test
    @Tag("P09")
    void hundredThousandRandomEditsKeepBothChecksumsRight() {
        SplittableRandom random = new SplittableRandom(792);
        for (boolean ipv6 : new boolean[] {false, true}) {
            ByteBuf frame =
                    unreachable(
                            TestPackets.tcp(ipv6 ? FROM6 : FROM, ipv6 ? TO6 : TO)
                                    .payload("odd")
                                    .build());
            assertThat(parse(frame)).isTrue();
            int inner = error.payload();
            int ip = ipv6 ? Ipv6.BYTES : Ipv4.MIN_BYTES;
            for (int i = 0; i < 50_000; i++) {
                long hi = ipv6 ? 0xFD00L << 48 | random.nextInt(3) - 1 : 0;
                int word = random.nextInt(4) == 0 ? random.nextInt(3) - 1 : random.nextInt();
                long lo = ipv6 ? random.nextLong() : IpAddress.mapped(word);
                switch (random.nextInt(3)) {
                    case 0 -> quote.source(hi, lo, random.nextInt(0x10000));
                    case 1 -> quote.destination(hi, lo, random.nextInt(0x10000));
                    default -> quote.seq(word);
                }
                boolean good =
                        error.checksumValid()
                                && (ipv6 || ReferenceChecksum.ipv4HeaderValid(frame, inner))
                                && ReferenceChecksum.transportValid(
                                        frame, inner, ipv6, Tcp.PROTOCOL, inner + ip, error.end());
                if (!good) {
                    assertThat(i).as("edit that broke a checksum, IPv6 %s", ipv6).isNegative();
                }
            }
        }
    }
}
