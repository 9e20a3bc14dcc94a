package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The one-line views, against bytes written by hand. */
class HeaderViewsTest {
    private final ByteBuf buf = Unpooled.buffer(128).writeZero(128);

    @Test
    void virtioFieldsAreLittleEndian() {
        VirtioNet.flags(buf, 4, VirtioNet.NEEDS_CSUM);
        VirtioNet.gsoType(buf, 4, VirtioNet.GSO_TCPV4 | VirtioNet.GSO_ECN);
        VirtioNet.hdrLen(buf, 4, 54);
        VirtioNet.gsoSize(buf, 4, 1448);
        VirtioNet.csumStart(buf, 4, 34);
        VirtioNet.csumOffset(buf, 4, 16);
        assertThat(ByteBufUtil.hexDump(buf, 4, 12)).isEqualTo("01813600a805220010000000");
        assertThat(VirtioNet.flags(buf, 4)).isEqualTo(1);
        assertThat(VirtioNet.gsoType(buf, 4)).isEqualTo(0x81);
        assertThat(VirtioNet.hdrLen(buf, 4)).isEqualTo(54);
        assertThat(VirtioNet.gsoSize(buf, 4)).isEqualTo(1448);
        assertThat(VirtioNet.csumStart(buf, 4)).isEqualTo(34);
        assertThat(VirtioNet.csumOffset(buf, 4)).isEqualTo(16);
        VirtioNet.clear(buf, 4);
        assertThat(ByteBufUtil.hexDump(buf, 4, 12)).isEqualTo("00".repeat(12));
    }

    @ParameterizedTest
    @CsvSource({"0xFFFF, 0", "0, 0xFFFF", "117, 0", "200, 0"})
    void aChecksumToBeDoneOutsideTheFrameIsNotDone(String start, String offset) {
        VirtioNet.flags(buf, 0, VirtioNet.NEEDS_CSUM | VirtioNet.DATA_VALID);
        VirtioNet.csumStart(buf, 0, Integer.decode(start));
        VirtioNet.csumOffset(buf, 0, Integer.decode(offset));
        String before = ByteBufUtil.hexDump(buf, 1, 127);
        VirtioNet.completeChecksum(buf, 0);
        assertThat(VirtioNet.flags(buf, 0)).isEqualTo(VirtioNet.DATA_VALID);
        assertThat(ByteBufUtil.hexDump(buf, 1, 127)).isEqualTo(before);
    }

    @Test
    @Tag("P09")
    void completingAChecksumEqualsTheFullOne() {
        ByteBuf partial =
                TestPackets.tcp("10.0.0.1:1", "10.0.0.2:2")
                        .payload("abc")
                        .partialChecksum()
                        .build();
        VirtioNet.completeChecksum(partial, partial.readerIndex());
        PacketAssert.assertThatFrame(partial)
                .noOffload()
                .sameBytesAs(TestPackets.tcp("10.0.0.1:1", "10.0.0.2:2").payload("abc").build());
    }

    @Test
    void ethernet() {
        Ethernet.destination(buf, 1, Ethernet.BROADCAST);
        Ethernet.source(buf, 1, 0x02AB_CDEF_0102L);
        Ethernet.type(buf, 1, Ethernet.TYPE_IPV6);
        assertThat(ByteBufUtil.hexDump(buf, 1, 14)).isEqualTo("ffffffffffff02abcdef010286dd");
        assertThat(Ethernet.destination(buf, 1)).isEqualTo(0xFFFF_FFFF_FFFFL);
        assertThat(Ethernet.source(buf, 1)).isEqualTo(0x02AB_CDEF_0102L);
        assertThat(Ethernet.type(buf, 1)).isEqualTo(0x86DD);
    }

    @ParameterizedTest
    @CsvSource({"0xFFFFFFFFFFFF, true", "0x01005E000001, true", "0x020000000001, false"})
    void theGroupBitIsTheFirstOnTheWire(String mac, boolean group) {
        assertThat(Ethernet.isGroup(Long.decode(mac))).isEqualTo(group);
    }

    @Test
    void ipv4() {
        Ipv4.write(buf, 2, 0xB8, 1500, 0xABCD, 0x2064, 63, 17, 0x0A000001, 0xC0000201);
        assertThat(ByteBufUtil.hexDump(buf, 2, 10)).isEqualTo("45b805dcabcd20643f11");
        assertThat(ReferenceChecksum.ipv4HeaderValid(buf, 2)).isTrue();
        assertThat(Ipv4.version(buf, 2)).isEqualTo(4);
        assertThat(Ipv4.headerLength(buf, 2)).isEqualTo(20);
        assertThat(Ipv4.tos(buf, 2)).isEqualTo(0xB8);
        assertThat(Ipv4.totalLength(buf, 2)).isEqualTo(1500);
        assertThat(Ipv4.identification(buf, 2)).isEqualTo(0xABCD);
        assertThat(Ipv4.fragmentOffset(buf, 2)).isEqualTo(800);
        assertThat(Ipv4.moreFragments(buf, 2)).isTrue();
        assertThat(Ipv4.dontFragment(buf, 2)).isFalse();
        assertThat(Ipv4.ttl(buf, 2)).isEqualTo(63);
        assertThat(Ipv4.protocol(buf, 2)).isEqualTo(17);
        assertThat(Ipv4.source(buf, 2)).isEqualTo(0x0A000001);
        assertThat(Ipv4.destination(buf, 2)).isEqualTo(0xC0000201);
        buf.setByte(2, 0x4F);
        assertThat(Ipv4.headerLength(buf, 2)).isEqualTo(60);
    }

    @Test
    void ipv6() {
        Ipv6.write(buf, 2, 0xB8, 1280, 58, 255, 1, 2, 3, 4);
        assertThat(ByteBufUtil.hexDump(buf, 2, 8)).isEqualTo("6b80000005003aff");
        assertThat(Ipv6.version(buf, 2)).isEqualTo(6);
        assertThat(Ipv6.trafficClass(buf, 2)).isEqualTo(0xB8);
        assertThat(Ipv6.payloadLength(buf, 2)).isEqualTo(1280);
        assertThat(Ipv6.nextHeader(buf, 2)).isEqualTo(58);
        assertThat(Ipv6.hopLimit(buf, 2)).isEqualTo(255);
        assertThat(buf.getLong(2 + Ipv6.SOURCE_OFFSET + 8)).isEqualTo(2);
        assertThat(buf.getLong(2 + Ipv6.DESTINATION_OFFSET)).isEqualTo(3);
    }

    @Test
    void ipv6FragmentHeader() {
        buf.setLong(0, 0x1100_0321_DEAD_BEEFL);
        assertThat(Ipv6.extensionLength(buf, 0, Ipv6.FRAGMENT)).isEqualTo(8);
        assertThat(Ipv6.fragmentOffset(buf, 0)).isEqualTo(0x320);
        assertThat(Ipv6.moreFragments(buf, 0)).isTrue();
        assertThat(Ipv6.fragmentId(buf, 0)).isEqualTo(0xDEADBEEF);
        assertThat(Ipv6.extensionLength(buf.setByte(1, 3), 0, Ipv6.HOP_BY_HOP)).isEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource({
        "0, none",
        "2, S",
        "18, S.",
        "16, .",
        "17, F.",
        "24, P.",
        "4, R",
        "20, R.",
        "255, FSRPUEW."
    })
    void flagsReadAsTcpdumpPrintsThem(int flags, String letters) {
        assertThat(TcpFlags.toString(flags)).isEqualTo(letters);
        if (flags != 0) {
            assertThat(TestPackets.flags(letters)).isEqualTo(flags);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false, 0, false", "false, 3, true", "false, 4, true", "false, 5, true", "false, 8, false",
        "false, 11, true", "false, 12, true", "false, 13, false", "true, 1, true",
                "true, 127, true",
        "true, 128, false", "true, 135, false"
    })
    void icmpErrorsAreToldFromQueries(boolean ipv6, int type, boolean error) {
        assertThat(Icmp.isError(ipv6, type)).isEqualTo(error);
    }

    @Test
    void framesAndTheirCopiesHaveHeadroomAndMemoryOfTheirOwn() {
        PoisoningAllocator allocator = new PoisoningAllocator();
        ByteBuf frame = Frames.allocate(allocator, 20).writeZero(20);
        assertThat(frame.readerIndex()).isEqualTo(Frames.HEADROOM);
        assertThat(frame.readableBytes()).isEqualTo(VirtioNet.BYTES + 20);
        ByteBuf copy = Frames.copy(allocator, frame.setByte(frame.readerIndex(), 7));
        assertThat(copy).isEqualTo(frame);
        assertThat(copy.readerIndex()).isEqualTo(Frames.HEADROOM);
        frame.setByte(frame.readerIndex(), 8);
        assertThat(copy.getByte(copy.readerIndex())).isEqualTo((byte) 7);
        assertThat(frame.release()).isTrue();
        assertThat(copy.release()).isTrue();
        assertThat(allocator.live()).isZero();
    }
}
