package dev.understudy.stack.wire;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Packet.Parse;
import io.netty.buffer.ByteBuf;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketTest {
    private static final String FROM = "10.0.0.9:1234";
    private static final String TO = "203.0.113.10:80";
    private static final String FROM6 = "[fd00::9]:1234";
    private static final String TO6 = "[2001:db8::10]:80";
    private static final IpAddress OTHER = IpAddress.parse("198.51.100.7");
    private static final IpAddress OTHER6 = IpAddress.parse("2001:db8:ffff::7");

    private static final String MACS = "020000000002 020000000001 ";

    private final Packet packet = new Packet();

    @ParameterizedTest
    @CsvSource({FROM + "," + TO, FROM6 + "," + TO6})
    void knowsWhereItsPartsAre(String from, String to) {
        ByteBuf frame = TestPackets.tcp(from, to).mss(1460).payload("hello").build();
        assertThat(packet.parse(frame)).isEqualTo(Parse.OK);
        int ip = packet.isIpv6() ? Ipv6.BYTES : Ipv4.MIN_BYTES;
        assertThat(packet.base()).isEqualTo(Frames.HEADROOM);
        assertThat(packet.eth()).isEqualTo(64);
        assertThat(packet.l3()).isEqualTo(64 + 14);
        assertThat(packet.l4()).isEqualTo(packet.l3() + ip);
        assertThat(packet.payload()).isEqualTo(packet.l4() + 24);
        assertThat(packet.tcpHeaderLength()).isEqualTo(24);
        assertThat(packet.end()).isEqualTo(frame.writerIndex());
        assertThat(packet.protocol()).isEqualTo(Tcp.PROTOCOL);
    }

    @ParameterizedTest
    @CsvSource({"., 5, 5", "S, 0, 1", "F., 5, 6", "SF, 0, 2", "R, 0, 0", "P., 0, 0"})
    void synAndFinTakeASequenceNumber(String flags, int payload, int expected) {
        packet.parse(TestPackets.tcp(FROM, TO).flags(flags).payload(new byte[payload]).build());
        assertThat(packet.segmentLength()).isEqualTo(expected);
    }

    @Test
    void ethernetPaddingIsNoPayload() {
        assertThatFrame(TestPackets.tcp(FROM, TO).padding(6).build()).noPayload().checksumsValid();
        assertThatFrame(TestPackets.udp(FROM6, TO6).payload("a").padding(9).build())
                .payload("a")
                .checksumsValid();
    }

    @Test
    void vlanTagsAreSteppedOver() {
        ByteBuf one = TestPackets.tcp(FROM, TO).vlan(5).payload("x").build();
        assertThatFrame(one).isTcp().from(FROM).to(TO).payload("x").checksumsValid();
        String inner = TestPackets.hex(one);
        String two = inner.substring(0, 24) + "88a80007" + inner.substring(24);
        assertThatFrame(TestPackets.ofHex(two)).isTcp().from(FROM).payload("x").checksumsValid();
        String three = inner.substring(0, 24) + "88a8000788a80008" + inner.substring(24);
        assertThat(packet.parse(TestPackets.ofHex(three))).isEqualTo(Parse.NOT_IP);
    }

    @Test
    void vlanTagShiftsTheChecksumStartToo() {
        ByteBuf frame = TestPackets.tcp(FROM, TO).vlan(5).payload("odd").partialChecksum().build();
        packet.parse(frame);
        assertThat(VirtioNet.csumStart(frame, packet.base())).isEqualTo(14 + 4 + 20);
        packet.source(OTHER.hi(), OTHER.lo(), 9);
        assertThatFrame(frame).from("198.51.100.7:9").partialChecksum().checksumsValid();
        packet.fillChecksum();
        assertThatFrame(frame).noOffload().checksumsValid();
    }

    @Test
    void otherProtocolsAreNotOurs() {
        ByteBuf arp = TestPackets.ofHex(MACS + "0806 0001 0800 0604 0001");
        assertThat(packet.parse(arp)).isEqualTo(Parse.NOT_IP);
        assertThat(packet.etherType()).isEqualTo(Ethernet.TYPE_ARP);
        assertThat(packet.protocol()).isEqualTo(255);
        assertThat(packet.dstMac()).isEqualTo(0x020000000002L);
        assertThat(packet.srcMac()).isEqualTo(0x020000000001L);
        assertThat(packet.isTcp() || packet.isUdp() || packet.isIcmp()).isFalse();
        assertThat(packet).hasToString("ethertype 0x0806, 22 bytes");
    }

    static Stream<Arguments> malformed() {
        String ip4 = "0000 4000 4006 0000 0a000001 0a000002 ";
        String ip6 = "fd000000000000000000000000000001 fd000000000000000000000000000002 ";
        return Stream.of(
                Arguments.of("no Ethernet header", "0200", Parse.TRUNCATED),
                Arguments.of("half a tag", MACS + "8100 00", Parse.TRUNCATED),
                Arguments.of("half an IPv4 header", MACS + "0800 4500 0028", Parse.TRUNCATED),
                Arguments.of(
                        "IPv4 of version 5", MACS + "0800 5500 0014" + ip4, Parse.BAD_IP_VERSION),
                Arguments.of("IHL 4", MACS + "0800 4400 0014" + ip4, Parse.BAD_IP_HEADER_LENGTH),
                Arguments.of(
                        "total length 19",
                        MACS + "0800 4500 0013" + ip4,
                        Parse.BAD_IP_HEADER_LENGTH),
                Arguments.of(
                        "total beyond the frame", MACS + "0800 4500 0015" + ip4, Parse.TRUNCATED),
                Arguments.of(
                        "bad IPv4 checksum", MACS + "0800 4500 0014" + ip4, Parse.BAD_IP_CHECKSUM),
                Arguments.of("half an IPv6 header", MACS + "86dd 6000 0000", Parse.TRUNCATED),
                Arguments.of(
                        "IPv6 of version 4",
                        MACS + "86dd 40000000 0000 0640" + ip6,
                        Parse.BAD_IP_VERSION),
                Arguments.of(
                        "IPv6 beyond the frame",
                        MACS + "86dd 60000000 0001 0640" + ip6,
                        Parse.TRUNCATED),
                Arguments.of(
                        "TCP of 19 bytes",
                        MACS + "86dd 60000000 0013 0640" + ip6 + "00".repeat(19),
                        Parse.TRUNCATED),
                Arguments.of(
                        "data offset 4",
                        MACS
                                + "86dd 60000000 0014 0640"
                                + ip6
                                + "00".repeat(12)
                                + "40"
                                + "00".repeat(7),
                        Parse.BAD_TCP_HEADER_LENGTH),
                Arguments.of(
                        "data offset beyond the end",
                        MACS
                                + "86dd 60000000 0014 0640"
                                + ip6
                                + "00".repeat(12)
                                + "60"
                                + "00".repeat(7),
                        Parse.BAD_TCP_HEADER_LENGTH),
                Arguments.of(
                        "UDP of 7 bytes",
                        MACS + "86dd 60000000 0007 1140" + ip6 + "00".repeat(7),
                        Parse.TRUNCATED),
                Arguments.of(
                        "UDP length 7",
                        MACS + "86dd 60000000 0008 1140" + ip6 + "0001 0002 0007 0000",
                        Parse.BAD_UDP_LENGTH),
                Arguments.of(
                        "UDP length 0 (jumbo)",
                        MACS + "86dd 60000000 0008 1140" + ip6 + "0001 0002 0000 0000",
                        Parse.BAD_UDP_LENGTH),
                Arguments.of(
                        "UDP length beyond the end",
                        MACS + "86dd 60000000 0008 1140" + ip6 + "0001 0002 0009 0000",
                        Parse.BAD_UDP_LENGTH),
                Arguments.of(
                        "ICMPv6 of 7 bytes",
                        MACS + "86dd 60000000 0007 3a40" + ip6 + "00".repeat(7),
                        Parse.TRUNCATED),
                Arguments.of(
                        "half an extension",
                        MACS + "86dd 60000000 0007 0040" + ip6 + "00".repeat(7),
                        Parse.TRUNCATED),
                Arguments.of(
                        "extension beyond the end",
                        MACS + "86dd 60000000 0008 0040" + ip6 + "3c01 0000 0000 0000",
                        Parse.TRUNCATED),
                Arguments.of(
                        "nine extensions",
                        MACS + "86dd 60000000 0048 3c40" + ip6 + "3c00 0000 0000 0000".repeat(9),
                        Parse.TOO_MANY_EXTENSIONS),
                Arguments.of(
                        "two fragment headers",
                        MACS
                                + "86dd 60000000 0010 2c40"
                                + ip6
                                + "2c00 0001 0000 0001 3b00 0000 0000 0002",
                        Parse.TOO_MANY_EXTENSIONS),
                Arguments.of(
                        "v4-mapped source",
                        MACS
                                + "86dd 60000000 0000 3b40 00000000000000000000ffff0a000001"
                                + ip6.substring(33),
                        Parse.MAPPED_ADDRESS));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("malformed")
    void malformedFramesHaveAReason(String what, String hex, Parse reason) {
        assertThat(packet.parse(TestPackets.ofHex(hex))).as(what).isEqualTo(reason);
        assertThat(packet.protocol()).isEqualTo(255);
        assertThat(packet.toString()).isNotEmpty();
    }

    @Test
    void lessThanAVirtioHeaderIsTruncated() {
        ByteBuf frame = Frames.allocate(TestPackets.ALLOCATOR, 0);
        frame.writerIndex(frame.readerIndex() + 3);
        assertThat(packet.parse(frame)).isEqualTo(Parse.TRUNCATED);
    }

    @Test
    void nothingOfThePacketBeforeIsLeft() {
        packet.parse(TestPackets.tcp(FROM6, TO6).build());
        packet.parse(TestPackets.echo("10.0.0.1", "10.0.0.2").build());
        assertThat(packet.isIpv6()).isFalse();
        assertThat(packet.srcPort()).isZero();
        assertThat(packet.dstPort()).isZero();
        assertThat(packet.srcHi()).isZero();
    }

    @Test
    void extensionHeadersAreSteppedOver() {
        ByteBuf plain = TestPackets.udp(FROM6, TO6).payload("abc").build();
        String hex = TestPackets.hex(plain);
        String udp = hex.substring(2 * 54);
        // hop-by-hop (8), destination options (16), atomic fragment (8), then UDP
        String extended =
                hex.substring(0, 2 * 18)
                        + "002b 00"
                        + hex.substring(2 * 21, 2 * 54)
                        + "3c00 0104 0000 0000"
                        + "2c01 010c 0000 0000 0000 0000 0000 0000"
                        + "1100 0000 0000 0007"
                        + udp;
        ByteBuf frame = TestPackets.ofHex(extended);
        assertThatFrame(frame).isUdp().from(FROM6).to(TO6).payload("abc").checksumsValid();
        packet.parse(frame);
        assertThat(packet.isFragment()).isFalse();
        packet.destination(OTHER6.hi(), OTHER6.lo(), 53);
        assertThatFrame(frame).to("[2001:db8:ffff::7]:53").checksumsValid();
    }

    @Test
    void aPacketThatHasNodesStillToVisitIsNotReadFurther() {
        ByteBuf frame =
                TestPackets.ofHex(
                        MACS
                                + "86dd 60000000 001c 2b40"
                                + "fd000000000000000000000000000001"
                                + "fd000000000000000000000000000002"
                                + "0600 0401 0000 0000"
                                + "0001 0002 0000 0000 0000 0000 5010 ffff 0000 0000");
        assertThat(packet.parse(frame)).isEqualTo(Parse.OK);
        assertThat(packet.protocol()).isEqualTo(Ipv6.ROUTING);
        assertThat(packet.isTcp()).isFalse();
        assertThat(packet.hasPorts()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0x2000, 0, true", "0x2064, 800, true", "0x0064, 800, true", "0x4000, 0, false"})
    void ipv4FragmentsAreKnown(String field, int offset, boolean isFragment) {
        ByteBuf frame = TestPackets.udp(FROM, TO).payload("01234567").build();
        packet.parse(frame);
        frame.setShort(packet.l3() + Ipv4.FRAGMENT_OFFSET, Integer.decode(field));
        Ipv4.fixChecksum(frame, packet.l3());
        assertThat(packet.parse(frame)).isEqualTo(Parse.OK);
        assertThat(packet.isFragment()).isEqualTo(isFragment);
        assertThat(packet.fragmentOffset()).isEqualTo(offset);
        assertThat(packet.isUdp()).isEqualTo(offset == 0);
        assertThat(packet.protocol()).isEqualTo(Udp.PROTOCOL);
        assertThat(packet.hasPorts()).isEqualTo(offset == 0);
        assertThat(packet.srcPort()).isEqualTo(offset == 0 ? 1234 : 0);
    }

    @Test
    void aLaterFragmentGetsAddressesButNeverPorts() {
        ByteBuf frame = TestPackets.udp(FROM, TO).payload("01234567").build();
        packet.parse(frame);
        frame.setShort(packet.l3() + Ipv4.FRAGMENT_OFFSET, 100);
        Ipv4.fixChecksum(frame, packet.l3());
        packet.parse(frame);
        String data = TestPackets.hex(frame).substring(2 * 34);
        packet.source(OTHER.hi(), OTHER.lo(), 4444);
        packet.destination(OTHER.hi(), OTHER.lo(), 5555);
        packet.fillChecksum();
        assertThatFrame(frame).from("198.51.100.7").to("198.51.100.7").checksumsValid();
        assertThat(TestPackets.hex(frame)).endsWith(data);
        assertThat(packet.checksumValid()).isTrue();
    }

    @Test
    @Tag("P57")
    void aFirstFragmentsChecksumFollowsAnEditThoughItCannotBeVerified() {
        // The whole datagram, edited, and its first fragment, edited, must agree on the checksum
        // field.
        ByteBuf whole = TestPackets.udp(FROM, TO).payload("0123456789abcdef").build();
        ByteBuf first = Frames.copy(TestPackets.ALLOCATOR, whole);
        Packet fragment = TestPackets.parse(first);
        first.setShort(fragment.l3() + Ipv4.FRAGMENT_OFFSET, Ipv4.MORE_FRAGMENTS);
        first.setShort(fragment.l3() + Ipv4.TOTAL_LENGTH_OFFSET, 20 + 8 + 8);
        Ipv4.fixChecksum(first, fragment.l3());
        assertThat(fragment.parse(first)).isEqualTo(Parse.OK);
        assertThat(fragment.checksumValid()).isTrue();
        fragment.fillChecksum();

        packet.parse(whole);
        packet.destination(OTHER.hi(), OTHER.lo(), 8080);
        fragment.destination(OTHER.hi(), OTHER.lo(), 8080);
        assertThatFrame(whole).checksumsValid();
        assertThatFrame(first).isFragment().to("198.51.100.7:8080").checksumsValid();
        assertThat(Udp.checksum(first, fragment.l4())).isEqualTo(Udp.checksum(whole, packet.l4()));
    }

    @Test
    void icmpHasNoPortsToWrite() {
        ByteBuf frame = TestPackets.echo("10.0.0.1", "10.0.0.2").id(7).payload("ping").build();
        packet.parse(frame);
        packet.source(OTHER.hi(), OTHER.lo(), 80);
        assertThatFrame(frame).isIcmp(8, 0).from("198.51.100.7").payload("ping").checksumsValid();
    }

    @Test
    @Tag("P09")
    void udpWithoutAChecksumStaysWithoutOne() {
        ByteBuf frame = TestPackets.udp(FROM, TO).payload("abc").build();
        packet.parse(frame);
        frame.setShort(packet.l4() + Udp.CHECKSUM_OFFSET, 0);
        packet.destination(OTHER.hi(), OTHER.lo(), 81);
        assertThat(Udp.checksum(frame, packet.l4())).isZero();
        assertThat(packet.checksumValid()).isTrue();
    }

    @Test
    @Tag("P09")
    void udpWithoutAChecksumIsNotValidOverIpv6() {
        ByteBuf frame = TestPackets.udp(FROM6, TO6).payload("abc").build();
        packet.parse(frame);
        frame.setShort(packet.l4() + Udp.CHECKSUM_OFFSET, 0);
        assertThat(packet.checksumValid()).isFalse();
    }

    @Test
    @Tag("P09")
    void wrongChecksumsAreSeenAndStayWrong() {
        ByteBuf frame = TestPackets.tcp(FROM, TO).payload("abc").badChecksum().build();
        packet.parse(frame);
        assertThat(packet.checksumValid()).isFalse();
        packet.destination(OTHER.hi(), OTHER.lo(), 81);
        packet.seq(77);
        assertThat(packet.checksumValid()).isFalse();
        packet.fillChecksum();
        assertThatFrame(frame).checksumsValid();
    }

    @Test
    @Tag("P09")
    void partialSumOfAnInnerPacketLeavesTheOuterChecksumFull() {
        ByteBuf frame = TestPackets.udp(FROM, TO).payload("0123456789\0\0cdef").build();
        packet.parse(frame);
        // a tunnel: the checksum left to be done is that of something within the payload
        VirtioNet.flags(frame, packet.base(), VirtioNet.NEEDS_CSUM);
        VirtioNet.csumStart(frame, packet.base(), packet.payload() - packet.eth() + 4);
        VirtioNet.csumOffset(frame, packet.base(), 6);
        assertThat(packet.needsChecksum()).isFalse();
        packet.destination(OTHER.hi(), OTHER.lo(), 81);
        assertThatFrame(frame).checksumsValid();
        packet.fillChecksum();
        assertThatFrame(frame).noOffload().checksumsValid();
        int start = packet.payload() + 4;
        assertThat(ReferenceChecksum.sum(frame, start, packet.end())).isEqualTo(0xFFFF);
    }

    @ParameterizedTest
    @ValueSource(ints = {-20, -12, -4, 4, 8, 20})
    @Tag("P09")
    void resizingMovesTheHeadersAndNotThePayload(int delta) {
        for (boolean ipv6 : new boolean[] {false, true}) {
            for (boolean partial : new boolean[] {false, true}) {
                TestPackets.TcpBuilder tcp =
                        TestPackets.tcp(ipv6 ? FROM6 : FROM, ipv6 ? TO6 : TO)
                                .macs(0x020000000001L, 0x020000000002L)
                                .vlan(3)
                                .seq(5)
                                .mss(1400)
                                .timestamps(0x01020304, 0x05060708)
                                .windowScale(3)
                                .payload("payload");
                ByteBuf frame = (partial ? tcp.gso(1400) : tcp).build();
                packet.parse(frame);
                int payload = packet.payload();
                assertThat(packet.resizeTcpHeader(delta)).isTrue();
                assertThat(packet.payload()).isEqualTo(payload);
                assertThat(packet.tcpHeaderLength()).isEqualTo(40 + delta);
                assertThat(frame.readerIndex()).isEqualTo(packet.base());
                assertThatFrame(frame)
                        .isTcp()
                        .from(ipv6 ? FROM6 : FROM)
                        .srcMac(0x020000000001L)
                        .seq(5)
                        .payload("payload")
                        .checksumsValid();
                if (delta > 0) {
                    assertThatFrame(frame)
                            .mss(1400)
                            .timestamps(0x01020304, 0x05060708)
                            .windowScale(3);
                }
                if (partial) {
                    assertThatFrame(frame).partialChecksum().gso(1400);
                    assertThat(VirtioNet.hdrLen(frame, packet.base()))
                            .isEqualTo(packet.payload() - packet.eth());
                }
            }
        }
    }

    @Test
    void resizingIsRefusedWhereItCannotBe() {
        ByteBuf frame = TestPackets.tcp(FROM, TO).timestamps(1, 2).payload("x").build();
        String before = TestPackets.hex(frame);
        packet.parse(frame);
        assertThat(packet.resizeTcpHeader(-16)).as("below 20 bytes").isFalse();
        assertThat(packet.resizeTcpHeader(32)).as("above 60 bytes").isFalse();
        assertThat(packet.resizeTcpHeader(3)).as("not a multiple of 4").isFalse();
        ByteBuf bare = frame.copy();
        packet.parse(bare);
        assertThat(packet.resizeTcpHeader(4)).as("no headroom").isFalse();
        assertThat(TestPackets.hex(frame)).isEqualTo(before);
        assertThat(TestPackets.hex(bare)).isEqualTo(before);

        packet.parse(TestPackets.tcp(FROM, TO).payload(new byte[65535 - 40]).build());
        assertThat(packet.resizeTcpHeader(4)).as("longest IPv4 datagram").isFalse();
        packet.parse(TestPackets.tcp(FROM6, TO6).payload(new byte[65535 - 24]).build());
        assertThat(packet.resizeTcpHeader(4)).as("up to the longest IPv6 payload").isTrue();
        assertThat(packet.resizeTcpHeader(4)).as("longest IPv6 payload").isFalse();
        packet.parse(TestPackets.udp(FROM, TO).payload(new byte[40]).build());
        assertThat(packet.resizeTcpHeader(4)).as("UDP").isFalse();
    }

    @Test
    void ttlOfBothFamilies() {
        for (String[] ends : new String[][] {{FROM, TO}, {FROM6, TO6}}) {
            ByteBuf frame = TestPackets.tcp(ends[0], ends[1]).ttl(1).build();
            assertThatFrame(frame).ttl(1).checksumsValid();
            packet.parse(frame);
            packet.ttl(255);
            assertThatFrame(frame).ttl(255).checksumsValid();
        }
    }

    @Test
    void readsAsTcpdumpPrintsIt() {
        packet.parse(TestPackets.tcp(FROM, TO).flags("P.").seq(-1).ack(9).payload("abc").build());
        assertThat(packet)
                .hasToString(
                        "10.0.0.9:1234 > 203.0.113.10:80 P. seq 4294967295 ack 9 win 65535 len 3");
        packet.parse(TestPackets.udp(FROM6, TO6).build());
        assertThat(packet).hasToString("[fd00::9]:1234 > [2001:db8::10]:80 protocol 17, 8 bytes");
        assertThat(new Packet()).hasToString("(no frame)");
    }
}
