package dev.understudy.dispatcher.attach;

import static dev.understudy.dispatcher.attach.Bench.CLIENT2_MAC;
import static dev.understudy.dispatcher.attach.Bench.CLIENT_MAC;
import static dev.understudy.dispatcher.attach.Bench.GATEWAY_MAC;
import static dev.understudy.dispatcher.attach.Bench.SERVER_MAC;
import static dev.understudy.dispatcher.attach.Bench.US0_MAC;
import static dev.understudy.dispatcher.attach.Bench.US1_MAC;
import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.ip.Fragmenter;
import dev.understudy.stack.ip.Reassembly;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutedAttachmentTest {
    private static final String CLIENT = "10.111.0.1";
    private static final String US1 = "10.112.0.2";
    private static final String WEB = "198.51.100.7";

    private Bench bench = new Bench(Bench.routed(true));

    @AfterEach
    void nothingLeaks() {
        assertThat(bench.closeAndCountLeaks()).isZero();
    }

    private static TestPackets.TcpBuilder tcp(String from, String to) {
        return TestPackets.tcp(from, to).macs(CLIENT_MAC, US0_MAC);
    }

    private static TestPackets.UdpBuilder udp(String from, String to) {
        return TestPackets.udp(from, to).macs(CLIENT_MAC, US0_MAC);
    }

    // ---- the dispatcher's doors

    @Test
    void theHandlerSeesAPacketAndItsAnswerLeavesOnTheOtherSideInTheSameBuffer() {
        bench.introduceNeighbours();
        List<ByteBuf> seen = new ArrayList<>();
        bench.fromClient =
                (packet, now) -> {
                    seen.add(packet.frame());
                    packet.destination(0, Bench.lo("10.112.0.50"), 8080);
                    bench.attachments.toNetwork().send(packet, now);
                    return true;
                };
        bench.arp(bench.network, Arp.REQUEST, SERVER_MAC, "10.112.0.50", 0, US1);
        bench.network.take();

        ByteBuf frame = tcp(CLIENT + ":4000", WEB + ":80").syn().build(bench.allocator);
        bench.client.receive(frame);

        assertThat(seen.get(0)).isSameAs(frame);
        assertThatFrame(bench.network.sent.stream().filter(this::isIp).findFirst().orElseThrow())
                .srcMac(US1_MAC)
                .dstMac(SERVER_MAC)
                .to("10.112.0.50:8080")
                .checksumsValid();
    }

    private boolean isIp(ByteBuf frame) {
        return Ethernet.type(frame, frame.readerIndex() + VirtioNet.BYTES) == Ethernet.TYPE_IPV4;
    }

    @Test
    void aPacketWaitsForTheNeighbourThatArpAsksFor() {
        bench.fromClient(udp(CLIENT + ":1", WEB + ":53").payload("q"));
        ByteBuf question = bench.network.only();
        assertThat(Bench.isArp(question, Arp.REQUEST, US1, "10.112.0.1")).isTrue();

        bench.arp(bench.network, Arp.REPLY, GATEWAY_MAC, "10.112.0.1", US1_MAC, US1);

        assertThatFrame(bench.network.only()).dstMac(GATEWAY_MAC).srcMac(US1_MAC).to(WEB + ":53");
    }

    @Test
    void anUnreachableNeighbourIsToldToTheHandlerAsIcmp() {
        List<String> errors = new ArrayList<>();
        bench.fromClient =
                (packet, now) -> {
                    packet.destination(0, Bench.lo("10.112.0.77"), 80);
                    bench.attachments.toNetwork().send(packet, now);
                    return true;
                };
        bench.fromNetwork =
                (packet, now) -> {
                    assertThatFrame(packet.frame())
                            .isIcmp(Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE)
                            .quotes(CLIENT + ":4000", "10.112.0.77:80")
                            .checksumsValid();
                    errors.add("unreachable");
                    return true;
                };
        bench.fromClient(tcp(CLIENT + ":4000", WEB + ":80").syn());
        bench.pass(3100);
        assertThat(errors).containsExactly("unreachable");
    }

    @Test
    void framesForOthersAndDamagedOnesAreCountedAndDropped() {
        bench.fromClient =
                (packet, now) -> {
                    throw new AssertionError("must not be seen");
                };
        bench.fromClient(tcp(CLIENT + ":1", WEB + ":80").macs(CLIENT_MAC, SERVER_MAC));
        bench.fromClient(tcp(CLIENT + ":1", WEB + ":80").vlan(5));
        bench.fromClient(tcp("[fd00::1]:1", "[fd00::2]:80"));
        bench.fromClient(tcp("0.0.0.0:1", WEB + ":80"));
        bench.fromClient(tcp("10.111.0.2:1", WEB + ":80"));
        ByteBuf damaged = tcp(CLIENT + ":1", WEB + ":80").build(bench.allocator);
        damaged.setByte(damaged.readerIndex() + 12 + 14 + 8, 1);
        bench.client.receive(damaged);
        ByteBuf cut = tcp(CLIENT + ":1", WEB + ":80").build(bench.allocator);
        bench.client.receive(cut.writerIndex(cut.readerIndex() + 40));
        assertThat(bench.counters())
                .containsEntry("dropped: client side not our mac", 1L)
                .containsEntry("dropped: client side tagged", 1L)
                .containsEntry("dropped: client side ipv6", 1L)
                .containsEntry("dropped: client side source", 2L)
                .containsEntry("dropped: client side bad ip checksum", 1L)
                .containsEntry("dropped: client side truncated", 1L);
    }

    @Test
    void aFaultOfTheHandlerCostsOneFrame() {
        bench.fromClient =
                (packet, now) -> {
                    throw new IllegalStateException("a fault that this test makes");
                };
        bench.fromClient(tcp(CLIENT + ":1", WEB + ":80"));
        bench.fromClient = (packet, now) -> true;
        bench.fromClient(tcp(CLIENT + ":1", WEB + ":80"));
        assertThat(bench.counters()).containsEntry("dropped: client side fault", 1L);
    }

    @Test
    void itAnswersPingsAndArpForItsOwnAddresses() {
        bench.introduceNeighbours();
        bench.fromClient(
                TestPackets.echo(CLIENT, "10.111.0.2").macs(CLIENT_MAC, US0_MAC).payload("x"));
        assertThatFrame(bench.client.only())
                .isIcmp(Icmp.ECHO_REPLY, 0)
                .dstMac(CLIENT_MAC)
                .srcMac(US0_MAC)
                .checksumsValid();
        bench.fromClient(TestPackets.echo(CLIENT, US1).macs(CLIENT_MAC, US0_MAC));
        assertThatFrame(bench.client.sent.get(bench.client.sent.size() - 1))
                .isIcmp(Icmp.ECHO_REPLY, 0)
                .checksumsValid();
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, "10.111.0.2");
        assertThat(bench.client.take())
                .anyMatch(f -> Bench.isArp(f, Arp.REPLY, "10.111.0.2", CLIENT));
    }

    // ---- fragments and MTU

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("P57")
    void fragmentsAreWholeBeforeTheHandlerAndFragmentsAgainOnTheWire(boolean tcp) {
        bench.introduceNeighbours();
        byte[] payload = new byte[4000];
        new Random(4).nextBytes(payload);
        List<Integer> lengths = new ArrayList<>();
        bench.fromClient =
                (packet, now) -> {
                    assertThat(packet.isFragment()).isFalse();
                    lengths.add(packet.payloadLength());
                    packet.destination(0, packet.dstLo(), 5353);
                    bench.attachments.toNetwork().send(packet, now);
                    return true;
                };
        Packet datagram =
                tcp
                        ? tcp(CLIENT + ":9", WEB + ":53").payload(payload).packet()
                        : udp(CLIENT + ":9", WEB + ":53").payload(payload).packet();
        datagram.frame().setInt(datagram.l3() + Ipv4.IDENTIFICATION_OFFSET, 0x1234_0000);
        Ipv4.fixChecksum(datagram.frame(), datagram.l3());
        List<ByteBuf> pieces = new ArrayList<>();
        new Fragmenter(bench.allocator, 1).split(datagram, 1500, pieces::add);
        pieces.forEach(bench.client::receive);

        assertThat(lengths).containsExactly(4000);
        List<ByteBuf> sent = bench.network.take().stream().filter(this::isIp).toList();
        assertThat(sent).hasSize(3);
        assertThatFrame(sent.get(0)).isFragment().to(WEB + ":5353").dstMac(GATEWAY_MAC);
        assertThatFrame(whole(sent)).to(WEB + ":5353").payload(payload).checksumsValid();
        for (ByteBuf piece : sent) {
            Packet view = TestPackets.parse(piece);
            assertThat(view.end() - view.l3()).isLessThanOrEqualTo(1500);
        }
    }

    /** What the receiver makes of fragments. */
    private static ByteBuf whole(List<ByteBuf> fragments) {
        List<ByteBuf> result = new ArrayList<>();
        Reassembly receiver =
                new Reassembly(
                        TestPackets.ALLOCATOR,
                        Reassembly.Limits.DEFAULT,
                        new Reassembly.Listener() {
                            @Override
                            public void reassembled(ByteBuf whole, List<ByteBuf> pieces, long now) {
                                result.add(Frames.copy(TestPackets.ALLOCATOR, whole));
                            }

                            @Override
                            public void abandoned(
                                    Reassembly.Failure failure, List<ByteBuf> pieces, long now) {
                                throw new AssertionError(failure);
                            }
                        });
        fragments.forEach(fragment -> receiver.add(TestPackets.parse(fragment), 0));
        assertThat(result).hasSize(1);
        return result.get(0);
    }

    @Test
    void whatDoesNotFitAndMayNotBeSplitIsToldToItsSender() {
        bench.closeAndCountLeaks();
        bench = new Bench(Bench.routed(true), 9000, 1500, FlowOwner.NONE);
        bench.introduceNeighbours();
        bench.fromClient(tcp(CLIENT + ":4000", WEB + ":80").payload(new byte[3000]));
        assertThatFrame(bench.client.take().stream().filter(this::isIp).findFirst().orElseThrow())
                .isIcmp(Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED)
                .to(CLIENT)
                .quotes(CLIENT + ":4000", WEB + ":80")
                .checksumsValid();
        assertThat(bench.network.take()).noneMatch(this::isIp);
    }

    @Test
    void aSuperSegmentPassesWhole() {
        bench.introduceNeighbours();
        bench.fromClient(tcp(CLIENT + ":4000", WEB + ":80").payload(new byte[20_000]).gso(1448));
        assertThatFrame(last(bench.network)).gso(1448).from(US1 + ":" + natPort(bench.network));
    }

    private int natPort(TestLink link) {
        return TestPackets.parse(link.sent.get(link.sent.size() - 1)).srcPort();
    }

    private static ByteBuf last(TestLink link) {
        return link.sent.get(link.sent.size() - 1);
    }

    @Test
    void timeIsUpForFragmentsAndTheSenderHearsOfIt() {
        bench.introduceNeighbours();
        Packet datagram = udp(CLIENT + ":9", WEB + ":53").payload(new byte[4000]).packet();
        List<ByteBuf> pieces = new ArrayList<>();
        new Fragmenter(bench.allocator, 1).split(datagram, 1500, pieces::add);
        bench.client.receive(pieces.get(0));
        pieces.get(1).release();
        pieces.get(2).release();
        bench.pass(30_100);
        assertThat(bench.client.take().stream().filter(this::isIp).toList())
                .singleElement()
                .satisfies(
                        f ->
                                assertThatFrame(f)
                                        .isIcmp(
                                                Icmp.TIME_EXCEEDED,
                                                Icmp.CODE_REASSEMBLY_TIME_EXCEEDED)
                                        .to(CLIENT));
    }

    // ---- passing through

    @Test
    @Tag("B12")
    void aDatagramOfNoServicePassesUnderOurAddressAndItsAnswerComesBack() {
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5353", WEB + ":53").ttl(9).payload("query"));
        ByteBuf query = last(bench.network);
        int port = TestPackets.parse(query).srcPort();
        assertThat(port).isBetween(NatTable.FIRST_PORT, NatTable.LAST_PORT);
        assertThatFrame(query).from(US1 + ":" + port).ttl(8).payload("query").checksumsValid();

        bench.fromNetwork(
                TestPackets.udp(WEB + ":53", US1 + ":" + port)
                        .macs(GATEWAY_MAC, US1_MAC)
                        .payload("answer"));

        assertThatFrame(last(bench.client))
                .from(WEB + ":53")
                .to(CLIENT + ":5353")
                .dstMac(CLIENT_MAC)
                .payload("answer")
                .checksumsValid();
    }

    @Test
    @Tag("P56")
    void twoClientsWithTheSamePortsAreNotMixedUp() {
        bench.introduceNeighbours();
        bench.fromClient(tcp(CLIENT + ":4000", WEB + ":22").syn());
        int first = natPort(bench.network);
        bench.fromClient(tcp("10.111.0.9:4000", WEB + ":22").macs(CLIENT2_MAC, US0_MAC).syn());
        int second = natPort(bench.network);
        assertThat(first).isNotEqualTo(second);
        bench.fromNetwork(answer(second));
        assertThatFrame(last(bench.client)).to("10.111.0.9:4000").dstMac(CLIENT2_MAC);
        bench.fromNetwork(answer(first));
        assertThatFrame(last(bench.client)).to(CLIENT + ":4000").dstMac(CLIENT_MAC);
    }

    private static TestPackets.TcpBuilder answer(int port) {
        return TestPackets.tcp(WEB + ":22", US1 + ":" + port).macs(GATEWAY_MAC, US1_MAC).synAck();
    }

    @Test
    void pingsPassAndKeepTheirIdentifier() {
        bench.introduceNeighbours();
        bench.fromClient(
                TestPackets.echo(CLIENT, WEB).macs(CLIENT_MAC, US0_MAC).id(77).payload("abc"));
        ByteBuf request = last(bench.network);
        assertThatFrame(request).isIcmp(Icmp.ECHO_REQUEST, 0).checksumsValid();
        int id = request.getUnsignedShort(TestPackets.parse(request).l4() + 4);
        assertThat(id).isNotEqualTo(77);
        bench.fromNetwork(
                TestPackets.echo(WEB, US1)
                        .reply()
                        .id(id)
                        .payload("abc")
                        .macs(GATEWAY_MAC, US1_MAC));
        ByteBuf reply = last(bench.client);
        assertThatFrame(reply).isIcmp(Icmp.ECHO_REPLY, 0).to(CLIENT).checksumsValid();
        assertThat(reply.getUnsignedShort(TestPackets.parse(reply).l4() + 4)).isEqualTo(77);
    }

    @Test
    void anErrorAboutAPassingPacketReachesItsClientTranslated() {
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5000", WEB + ":9").payload("x"));
        ByteBuf passed = last(bench.network);
        bench.fromNetwork(
                TestPackets.error("192.0.2.1", Icmp.UNREACHABLE, 3, passed)
                        .macs(GATEWAY_MAC, US1_MAC));
        assertThatFrame(last(bench.client))
                .isIcmp(Icmp.UNREACHABLE, 3)
                .from("192.0.2.1")
                .to(CLIENT)
                .quotes(CLIENT + ":5000", WEB + ":9")
                .checksumsValid();
    }

    @Test
    void anErrorAboutAPassingPingReachesItsClientTranslated() {
        bench.introduceNeighbours();
        bench.fromClient(TestPackets.echo(CLIENT, WEB).macs(CLIENT_MAC, US0_MAC).id(77).ttl(2));
        ByteBuf passed = last(bench.network);
        bench.fromNetwork(
                TestPackets.error("192.0.2.1", Icmp.TIME_EXCEEDED, 0, passed)
                        .macs(GATEWAY_MAC, US1_MAC));
        ByteBuf error = last(bench.client);
        assertThatFrame(error).isIcmp(Icmp.TIME_EXCEEDED, 0).to(CLIENT).checksumsValid();
        int quoted = TestPackets.parse(error).payload();
        assertThat(error.getUnsignedShort(quoted + 20 + 4)).isEqualTo(77);
    }

    @Test
    void aClientsErrorAboutAPassingPacketLeavesUnderOurAddress() {
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5000", WEB + ":9").payload("x"));
        int port = natPort(bench.network);
        bench.fromNetwork(
                TestPackets.udp(WEB + ":9", US1 + ":" + port)
                        .macs(GATEWAY_MAC, US1_MAC)
                        .payload("y"));
        ByteBuf delivered = last(bench.client);
        bench.fromClient(
                TestPackets.error(CLIENT, Icmp.UNREACHABLE, 3, delivered)
                        .macs(CLIENT_MAC, US0_MAC));
        assertThatFrame(last(bench.network))
                .isIcmp(Icmp.UNREACHABLE, 3)
                .from(US1)
                .to(WEB)
                .quotes(WEB + ":9", US1 + ":" + port)
                .checksumsValid();
    }

    @Test
    void timeToLiveEndsHere() {
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5000", WEB + ":33434").ttl(1));
        assertThat(bench.network.take()).noneMatch(this::isIp);
        assertThatFrame(last(bench.client))
                .isIcmp(Icmp.TIME_EXCEEDED, 0)
                .from("10.111.0.2")
                .to(CLIENT)
                .quotes(CLIENT + ":5000", WEB + ":33434");
    }

    @Test
    void nobodyOutsideReachesAClientThatDidNotAsk() {
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5000", WEB + ":9"));
        int port = natPort(bench.network);
        bench.client.take();
        bench.fromNetwork(
                TestPackets.udp("203.0.113.66:9", US1 + ":" + port).macs(GATEWAY_MAC, US1_MAC));
        bench.fromNetwork(TestPackets.udp(WEB + ":9", CLIENT + ":5000").macs(GATEWAY_MAC, US1_MAC));
        assertThat(bench.client.take()).noneMatch(this::isIp);
        assertThatFrame(last(bench.network))
                .isIcmp(Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE)
                .to("203.0.113.66");
    }

    @Test
    void aPassingFlowIsNotOfferedToTheHandlerWhoseAddressItShares() {
        bench.introduceNeighbours();
        bench.fromClient(tcp(CLIENT + ":4000", WEB + ":22").syn());
        int port = natPort(bench.network);
        bench.fromNetwork = (packet, now) -> true;
        bench.client.take();
        bench.fromNetwork(answer(port));
        assertThatFrame(last(bench.client)).to(CLIENT + ":4000");
        assertThat(bench.attachments.passThrough().owns(6, port, 0, Bench.lo(WEB), 22)).isTrue();
        assertThat(bench.attachments.passThrough().owns(6, port, 0, Bench.lo(WEB), 23)).isFalse();
    }

    @Test
    void aPortThatASessionUsesIsNotTaken() {
        bench.closeAndCountLeaks();
        bench =
                new Bench(
                        Bench.routed(true),
                        1500,
                        1500,
                        (protocol, port, hi, lo, remotePort) -> port % 2 == 0);
        bench.introduceNeighbours();
        for (int i = 0; i < 50; i++) {
            bench.fromClient(udp(CLIENT + ":" + (5000 + i), WEB + ":9"));
            assertThat(natPort(bench.network) % 2).isEqualTo(1);
        }
    }

    @Test
    void withoutNatAddressesStay() {
        bench.closeAndCountLeaks();
        bench = new Bench(Bench.routed(false));
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5000", WEB + ":9"));
        assertThatFrame(last(bench.network)).from(CLIENT + ":5000").dstMac(GATEWAY_MAC);
        bench.fromNetwork(TestPackets.udp(WEB + ":9", CLIENT + ":5000").macs(GATEWAY_MAC, US1_MAC));
        assertThatFrame(last(bench.client)).to(CLIENT + ":5000").dstMac(CLIENT_MAC);
    }

    @Test
    @Tag("P56")
    void aClientBehindTheClientSidesRouterIsAnsweredByTheWayItCame() {
        bench.introduceNeighbours();
        bench.fromClient(udp("192.168.7.7:5000", WEB + ":9"));
        int port = natPort(bench.network);
        bench.fromNetwork(TestPackets.udp(WEB + ":9", US1 + ":" + port).macs(GATEWAY_MAC, US1_MAC));
        assertThatFrame(last(bench.client)).to("192.168.7.7:5000").dstMac(CLIENT_MAC);
    }

    @Test
    void aPortOfOursThatNobodyServesIsUnreachable() {
        bench.introduceNeighbours();
        bench.fromClient(udp(CLIENT + ":5000", "10.111.0.2:9"));
        assertThatFrame(last(bench.client))
                .isIcmp(Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE)
                .from("10.111.0.2");
    }
}
