package dev.understudy.stack.wire;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketBuilderTest {
    private static final IpAddress CLIENT = IpAddress.parse("10.0.0.9");
    private static final IpAddress SERVER6 = IpAddress.parse("fd00::2");

    private final PoisoningAllocator allocator = new PoisoningAllocator();
    private final PacketBuilder builder = new PacketBuilder(allocator);

    @ParameterizedTest
    @CsvSource({"10.0.0.1:80, 10.0.0.9:1234", "[fd00::1]:80, [fd00::9]:1234"})
    @Tag("P09")
    void tcpSegmentSaysWhatItWasTold(String from, String to) {
        ByteBuf frame =
                TestPackets.tcp(from, to)
                        .synAck()
                        .seq(0xFFFF_FFFFL)
                        .ack(7)
                        .window(29200)
                        .mss(1460)
                        .sackPermitted()
                        .timestamps(0x8000_0000L, 3)
                        .windowScale(7)
                        .payload("odd")
                        .build();
        assertThatFrame(frame)
                .isTcp()
                .from(from)
                .to(to)
                .flags("S.")
                .seq(0xFFFF_FFFFL)
                .ack(7)
                .window(29200)
                .mss(1460)
                .sackPermitted()
                .timestamps(0x8000_0000L, 3)
                .windowScale(7)
                .payload("odd")
                .ttl(64)
                .noOffload()
                .checksumsValid();
    }

    @Test
    void linuxLaysItsSynOutInTheSameWay() {
        // mss 1460, sackOK, TS val 1 ecr 0, nop, wscale 7: as tcpdump prints any Linux SYN
        assertThatFrame(
                        TestPackets.tcp("10.0.0.1:1", "10.0.0.2:2")
                                .syn()
                                .mss(1460)
                                .sackPermitted()
                                .timestamps(1, 0)
                                .windowScale(7)
                                .build())
                .hasHex(
                        """
                        000000000000 000000000000 0800
                        4500003c 00004000 400626ba 0a000001 0a000002
                        00010002 00000000 00000000 a002ffff 33fa0000
                        020405b4 0402080a 00000001 00000000 01030307
                        """);
    }

    @Test
    void tcpIsNeverFragmentedAndNeedsNoIdentification() {
        Packet packet = TestPackets.tcp("10.0.0.1:1", "10.0.0.2:2").packet();
        assertThat(Ipv4.dontFragment(packet.frame(), packet.l3())).isTrue();
        assertThat(Ipv4.identification(packet.frame(), packet.l3())).isZero();
    }

    @Test
    void datagramsThatMayBeFragmentedDifferInIdentification() {
        Packet packet = new Packet();
        packet.parse(builder.udp(0, CLIENT.lo(), 1, 0, CLIENT.lo(), 2, null));
        int first = Ipv4.identification(packet.frame(), packet.l3());
        packet.parse(builder.udp(0, CLIENT.lo(), 1, 0, CLIENT.lo(), 2, null));
        assertThat(Ipv4.identification(packet.frame(), packet.l3())).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 1472, 65507})
    @Tag("P09")
    void udpOfAnyLengthVerifies(int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 0xA5);
        assertThatFrame(TestPackets.udp("10.0.0.1:53", "10.0.0.2:5353").payload(payload).build())
                .isUdp()
                .payload(payload)
                .checksumsValid();
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1:1, 10.0.0.2:2", "[fd00::1]:1, [fd00::2]:2"})
    @Tag("P09")
    void udpChecksumThatComesOutAsZeroIsSentAsAllOnes(String from, String to) {
        ByteBuf plain = TestPackets.udp(from, to).payload(new byte[2]).build();
        Packet packet = TestPackets.parse(plain);
        int checksum = Udp.checksum(plain, packet.l4());
        byte[] filler = {(byte) (checksum >>> 8), (byte) checksum};
        ByteBuf frame = TestPackets.udp(from, to).payload(filler).build();
        assertThat(Udp.checksum(frame, TestPackets.parse(frame).l4())).isEqualTo(0xFFFF);
        assertThatFrame(frame).checksumsValid();
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2, 8, 0", "fd00::1, fd00::2, 128, 129"})
    @Tag("P09")
    void echoAndItsReply(String from, String to, int request, int reply) {
        TestPackets.EchoBuilder echo = TestPackets.echo(from, to).id(0xBEEF).sequence(0xFFFF);
        assertThatFrame(echo.payload("abc").build())
                .isIcmp(request, 0)
                .from(from)
                .to(to)
                .payload("abc")
                .checksumsValid();
        Packet packet = echo.reply().packet();
        assertThatFrame(packet.frame()).isIcmp(reply, 0).checksumsValid();
        assertThat(packet.frame().getInt(packet.l4() + Icmp.REST_OFFSET)).isEqualTo(0xBEEF_FFFF);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1:80, 10.0.0.9:1234, 192.0.2.1, 3, 1, 576",
        "[fd00::1]:80, [fd00::9]:1234, fd00::99, 1, 4, 1280"
    })
    @Tag("P09")
    void icmpErrorQuotesAsMuchAsItMay(
            String from, String to, String router, int type, int code, int most) {
        ByteBuf big = TestPackets.tcp(from, to).seq(99).payload(new byte[1400]).build();
        ByteBuf frame = TestPackets.error(router, type, code, big).build();
        assertThatFrame(frame)
                .isIcmp(type, code)
                .from(router)
                .to(from.substring(0, from.lastIndexOf(':')).replaceAll("[\\[\\]]", ""))
                .quotes(from, to)
                .quotesSeq(99)
                .checksumsValid();
        Packet packet = TestPackets.parse(frame);
        assertThat(packet.end() - packet.l3()).isEqualTo(most);
    }

    @Test
    void icmpErrorQuotesASmallPacketWhole() {
        Packet quoted = TestPackets.udp("10.0.0.1:80", "10.0.0.9:1234").payload("abc").packet();
        Packet error = new Packet();
        error.parse(
                builder.icmpError4(
                        CLIENT.ipv4(),
                        Icmp.UNREACHABLE,
                        Icmp.CODE_FRAGMENTATION_NEEDED,
                        1400,
                        quoted));
        assertThat(error.payloadLength()).isEqualTo(20 + 8 + 3);
        IcmpQuote quote = new IcmpQuote();
        assertThat(quote.parse(error)).isTrue();
        assertThat(quote.mtu()).isEqualTo(1400);
    }

    @Test
    @Tag("P09")
    void quoteOfAPacketWithAPartialSumShowsTheFullOne() {
        ByteBuf full = TestPackets.tcp("10.0.0.1:80", "10.0.0.9:1234").payload("abc").build();
        ByteBuf partial =
                TestPackets.tcp("10.0.0.1:80", "10.0.0.9:1234")
                        .payload("abc")
                        .partialChecksum()
                        .build();
        ByteBuf expected = TestPackets.error("10.0.0.5", 3, 1, full).build();
        assertThatFrame(TestPackets.error("10.0.0.5", 3, 1, partial).build()).sameBytesAs(expected);
    }

    @Test
    void framesHaveHeadroomMacsAndOneOwner() {
        builder.macs(0x020000000001L, 0x020000000002L);
        ByteBuf payload = Unpooled.wrappedBuffer(new byte[] {1, 2, 3});
        ByteBuf frame =
                builder.tcp(
                        SERVER6.hi(),
                        SERVER6.lo(),
                        1,
                        SERVER6.hi(),
                        SERVER6.lo(),
                        2,
                        0,
                        0,
                        0,
                        0,
                        null,
                        payload);
        assertThat(frame.readerIndex()).isEqualTo(Frames.HEADROOM);
        assertThatFrame(frame).srcMac(0x020000000001L).dstMac(0x020000000002L).payloadLength(3);
        assertThat(payload.readableBytes()).isEqualTo(3);
        assertThat(payload.refCnt()).isEqualTo(1);
        assertThat(allocator.live()).isEqualTo(1);
        assertThat(frame.release()).isTrue();
        assertThat(allocator.live()).isZero();
    }

    @Test
    void whatCannotBeAPacketIsAProgrammingError() {
        ByteBuf tooLong = Unpooled.wrappedBuffer(new byte[65508]);
        assertThatThrownBy(() -> builder.udp(0, CLIENT.lo(), 1, 0, CLIENT.lo(), 2, tooLong))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> builder.udp(0, CLIENT.lo(), 1, SERVER6.hi(), SERVER6.lo(), 2, null))
                .isInstanceOf(IllegalArgumentException.class);
        TcpOptionWriter tooMany = new TcpOptionWriter().mss(1).raw(new byte[40]);
        assertThatThrownBy(
                        () ->
                                builder.tcp(
                                        0,
                                        CLIENT.lo(),
                                        1,
                                        0,
                                        CLIENT.lo(),
                                        2,
                                        0,
                                        0,
                                        0,
                                        0,
                                        tooMany,
                                        null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void releasedFramesArePoisoned() {
        ByteBuf frame = allocator.heapBuffer(4).writeInt(0x01020304);
        byte[] memory = frame.array();
        assertThat(frame.release()).isTrue();
        assertThat(memory).startsWith(PoisoningAllocator.POISON, PoisoningAllocator.POISON);
    }
}
