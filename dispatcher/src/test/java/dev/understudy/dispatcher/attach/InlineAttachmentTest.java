package dev.understudy.dispatcher.attach;

import static dev.understudy.dispatcher.attach.Bench.CLIENT_MAC;
import static dev.understudy.dispatcher.attach.Bench.GATEWAY_MAC;
import static dev.understudy.dispatcher.attach.Bench.SERVER_MAC;
import static dev.understudy.dispatcher.attach.Bench.US0_MAC;
import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.Fragmenter;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class InlineAttachmentTest {
    private static final String CLIENT = "192.168.1.10";
    private static final String NEAR = "192.168.1.80";
    private static final String NEAR_SERVER = "192.168.1.81";
    private static final String FAR = "203.0.113.10";
    private static final String FAR_SERVER = "198.51.100.20";

    private final Bench.FixedOriginals originals = new Bench.FixedOriginals();
    private Bench bench = bench(Optional.empty(), Optional.empty());

    private Bench bench(Optional<Subnet> address, Optional<IpAddress> gateway) {
        Bench made = new Bench(Bench.inline(address, gateway));
        originals.original = Bench.lo(NEAR);
        made.originals = originals;
        return made;
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(bench.closeAndCountLeaks()).isZero();
    }

    private static TestPackets.TcpBuilder tcp(String from, String to) {
        return TestPackets.tcp(from, to).macs(CLIENT_MAC, GATEWAY_MAC);
    }

    /** What the dispatcher does when it moves a session to another server. */
    private void relocateTo(String server) {
        bench.fromClient =
                (packet, now) -> {
                    if (!packet.isTcp()) {
                        return false;
                    }
                    packet.destination(0, Bench.lo(server), 80);
                    bench.attachments.toNetwork().send(packet, now);
                    return true;
                };
    }

    /** What the dispatcher does when it sends a packet of its own. */
    private void sendOwn(boolean toClient, String from, String to) {
        ByteBuf frame =
                new PacketBuilder(bench.allocator)
                        .tcp(
                                0,
                                Bench.lo(from),
                                4000,
                                0,
                                Bench.lo(to),
                                80,
                                1,
                                2,
                                Tcp.RST,
                                0,
                                null,
                                null);
        Packet packet = TestPackets.parse(frame);
        Attachments a = bench.attachments;
        (toClient ? a.toClient() : a.toNetwork()).send(packet, bench.now());
        frame.release();
    }

    // ---- what does not concern us

    @Test
    void framesOfNoServiceCrossByteForByteBothWays() {
        List<ByteBuf> frames =
                List.of(
                        tcp(CLIENT + ":4000", FAR + ":22").syn().mss(1460).padding(6).build(),
                        tcp(CLIENT + ":4000", FAR + ":22").vlan(7).payload("tagged").build(),
                        tcp("[fd00::1]:1", "[2001:db8::1]:80").payload("six").build(),
                        tcp(CLIENT + ":1", FAR + ":2").gso(1448).payload(new byte[9000]).build(),
                        tcp(CLIENT + ":1", FAR + ":2").badChecksum().build(),
                        tcp(CLIENT + ":1", FAR + ":2").ttl(1).build(),
                        TestPackets.udp(CLIENT + ":68", "255.255.255.255:67")
                                .macs(CLIENT_MAC, Ethernet.BROADCAST)
                                .build(),
                        TestPackets.echo(CLIENT, NEAR).macs(CLIENT_MAC, SERVER_MAC).build(),
                        Arp.frame(
                                TestPackets.ALLOCATOR,
                                Ethernet.BROADCAST,
                                Arp.REQUEST,
                                CLIENT_MAC,
                                Bench.ip(CLIENT),
                                0,
                                Bench.ip("192.168.1.1")),
                        TestPackets.ofHex("0180c2000000020000000c01002642420300"),
                        TestPackets.ofHex("ffffffffffff020000000c01"),
                        TestPackets.ofHex("ffffffffffff020000000c010800451f"));
        for (ByteBuf frame : frames) {
            bench.client.receive(Frames.copy(bench.allocator, frame));
            assertThatBytes(bench.network.only()).isEqualTo(TestPackets.hex(frame));
            bench.network.receive(Frames.copy(bench.allocator, frame));
            assertThatBytes(bench.client.only()).isEqualTo(TestPackets.hex(frame));
        }
    }

    private static AbstractStringAssert<?> assertThatBytes(ByteBuf frame) {
        return assertThat(TestPackets.hex(frame));
    }

    @Test
    void randomFramesCrossByteForByte() {
        Random random = new Random(17);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[14 + random.nextInt(200)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                int[] types = {0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8};
                int type = types[random.nextInt(types.length)];
                bytes[12] = (byte) (type >>> 8);
                bytes[13] = (byte) type;
            }
            bytes[0] = (byte) 0xFE;
            ByteBuf frame = Frames.allocate(bench.allocator, bytes.length).writeBytes(bytes);
            String before = TestPackets.hex(frame);
            bench.client.receive(frame.retain());
            assertThat(TestPackets.hex(bench.network.only())).isEqualTo(before);
            bench.network.receive(frame);
            assertThat(TestPackets.hex(bench.client.only())).isEqualTo(before);
        }
    }

    @Test
    void fragmentsOfNoServiceCrossInTheirOrderOnceWhole() {
        List<ByteBuf> pieces = pieces();
        List<String> before = pieces.stream().map(TestPackets::hex).toList();
        for (int i : new int[] {2, 0, 1}) {
            assertThat(bench.network.sent).isEmpty();
            bench.client.receive(pieces.get(i));
        }
        assertThat(bench.network.take().stream().map(TestPackets::hex))
                .containsExactly(before.get(2), before.get(0), before.get(1));
    }

    @Test
    void fragmentsThatCannotConcernUsAreNotKeptBack() {
        bench.fromClient =
                new PacketHandler() {
                    @Override
                    public boolean handle(Packet packet, long now) {
                        return false;
                    }

                    @Override
                    public boolean concerns(Packet fragment) {
                        return false;
                    }
                };
        pieces().forEach(bench.client::receive);
        assertThat(bench.network.take()).hasSize(3);
    }

    @Test
    void fragmentsThatStayIncompleteCrossWhenTimeIsUp() {
        List<ByteBuf> pieces = pieces();
        bench.client.receive(pieces.get(0));
        bench.client.receive(pieces.get(1));
        pieces.get(2).release();
        bench.pass(30_100);
        assertThat(bench.network.take()).hasSize(2);
    }

    private List<ByteBuf> pieces() {
        Packet datagram =
                TestPackets.udp(CLIENT + ":9", FAR + ":53")
                        .macs(CLIENT_MAC, GATEWAY_MAC)
                        .payload(new byte[4000])
                        .packet();
        List<ByteBuf> pieces = new ArrayList<>();
        new Fragmenter(bench.allocator, 1).split(datagram, 1500, pieces::add);
        return pieces;
    }

    // ---- what the dispatcher sends

    @Test
    void aTranslatedPacketKeepsTheClientsMacAndAddress() {
        relocateTo(FAR_SERVER);
        bench.fromClient(tcp(CLIENT + ":4000", FAR + ":80").syn());
        assertThatFrame(bench.network.only())
                .srcMac(CLIENT_MAC)
                .dstMac(GATEWAY_MAC)
                .from(CLIENT + ":4000")
                .to(FAR_SERVER + ":80")
                .checksumsValid();
    }

    @Test
    void vlanTagsSurviveTranslationAndAreGivenToPacketsOfOurOwn() {
        relocateTo(FAR_SERVER);
        bench.fromClient(tcp(CLIENT + ":4000", FAR + ":80").vlan(42).syn());
        ByteBuf translated = bench.network.only();
        assertThat(VlanTags.of(TestPackets.parse(translated))).isEqualTo(0x8100_002AL);

        sendOwn(false, CLIENT, FAR_SERVER);
        sendOwn(true, FAR, CLIENT);

        for (ByteBuf own : List.of(bench.network.only(), bench.client.only())) {
            assertThat(VlanTags.of(TestPackets.parse(own))).isEqualTo(0x8100_002AL);
            assertThatFrame(own).flags("R").checksumsValid();
        }
    }

    @Test
    void packetsOfOurOwnGetTheMacsThatTheClientUses() {
        bench.fromClient(tcp(CLIENT + ":4000", FAR + ":80").syn());
        bench.network.take();
        sendOwn(false, CLIENT, FAR_SERVER);
        assertThatFrame(bench.network.only()).srcMac(CLIENT_MAC).dstMac(GATEWAY_MAC);
        sendOwn(true, FAR, CLIENT);
        assertThatFrame(bench.client.only()).srcMac(GATEWAY_MAC).dstMac(CLIENT_MAC);
    }

    @Test
    void aServerOnTheLinkIsAskedForInTheClientsNameAndTheAnswerIsKeptFromTheClient() {
        bench.fromClient(tcp(CLIENT + ":4000", FAR + ":80").syn());
        bench.network.take();
        relocateTo(NEAR_SERVER);
        bench.fromClient(tcp(CLIENT + ":4001", FAR + ":80").syn());
        ByteBuf question = bench.network.only();
        assertThat(Bench.isArp(question, Arp.REQUEST, CLIENT, NEAR_SERVER)).isTrue();
        assertThat(TestPackets.hex(question)).contains("020000000c01");

        bench.arp(bench.network, Arp.REPLY, SERVER_MAC, NEAR_SERVER, CLIENT_MAC, CLIENT);

        assertThatFrame(bench.network.only()).srcMac(CLIENT_MAC).dstMac(SERVER_MAC);
        assertThat(bench.client.sent).isEmpty();
        assertThat(bench.counters()).containsEntry("inline arp answers kept from client", 1L);
    }

    @Test
    void anAnswerThatTheClientAskedForTooCrosses() {
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, NEAR_SERVER);
        relocateTo(NEAR_SERVER);
        bench.fromClient(tcp(CLIENT + ":4001", FAR + ":80").syn());
        bench.arp(bench.network, Arp.REPLY, SERVER_MAC, NEAR_SERVER, CLIENT_MAC, CLIENT);
        assertThat(bench.client.take()).hasSize(1);
    }

    @Test
    void aServerThatDoesNotAnswerArpIsToldAsUnreachable() {
        bench.fromClient(tcp(CLIENT + ":4000", FAR + ":80").syn());
        List<String> errors = new ArrayList<>();
        bench.fromNetwork =
                (packet, now) -> {
                    assertThatFrame(packet.frame())
                            .isIcmp(Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE)
                            .quotes(CLIENT + ":4001", NEAR_SERVER + ":80");
                    errors.add("unreachable");
                    return true;
                };
        relocateTo(NEAR_SERVER);
        bench.fromClient(tcp(CLIENT + ":4001", FAR + ":80").syn());
        bench.pass(3100);
        assertThat(errors).hasSize(1);
    }

    @Test
    void aConfiguredNetworkDecidesWhatIsOnTheLink() {
        bench.closeAndCountLeaks();
        bench =
                bench(
                        Optional.of(Subnet.parse(CLIENT + "/30")),
                        Optional.of(IpAddress.parse("192.168.1.9")));
        relocateTo(NEAR_SERVER);
        bench.fromClient(tcp(CLIENT + ":4001", NEAR + ":80").syn());
        assertThatFrame(bench.network.only()).dstMac(GATEWAY_MAC).to(NEAR_SERVER + ":80");
    }

    @Test
    void aWiderNetworkIsLearnedFromWhatTheClientAsksFor() {
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, "192.168.200.1");
        bench.network.take();
        relocateTo("192.168.77.1");
        bench.fromClient(tcp(CLIENT + ":4001", FAR + ":80").syn());
        assertThat(Bench.isArp(bench.network.only(), Arp.REQUEST, CLIENT, "192.168.77.1")).isTrue();
    }

    // ---- proxy ARP

    @Test
    void aDeadOriginalIsAnsweredForAfterPatience() {
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, NEAR);
        assertThat(Bench.isArp(bench.network.only(), Arp.REQUEST, CLIENT, NEAR)).isTrue();
        bench.pass(880);
        assertThat(bench.client.sent).isEmpty();
        bench.pass(40);
        ByteBuf answer = bench.client.only();
        assertThat(Bench.isArp(answer, Arp.REPLY, NEAR, CLIENT)).isTrue();

        relocateTo(NEAR_SERVER);
        bench.arp(bench.network, Arp.REQUEST, SERVER_MAC, NEAR_SERVER, 0, CLIENT);
        bench.fromClient(
                TestPackets.tcp(CLIENT + ":4000", NEAR + ":80").macs(CLIENT_MAC, US0_MAC).syn());
        assertThatFrame(bench.network.only()).srcMac(CLIENT_MAC).dstMac(SERVER_MAC);
        bench.client.take();
        sendOwn(true, NEAR, CLIENT);
        assertThatFrame(bench.client.only()).srcMac(US0_MAC).dstMac(CLIENT_MAC);
    }

    @Test
    void anOriginalKnownToBeDeadIsAnsweredForAtOnce() {
        originals.dead = true;
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, NEAR);
        assertThat(Bench.isArp(bench.client.only(), Arp.REPLY, NEAR, CLIENT)).isTrue();
        assertThat(bench.network.take()).hasSize(1);
    }

    @Test
    void aLivingOriginalAnswersForItself() {
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, NEAR);
        bench.arp(bench.network, Arp.REPLY, SERVER_MAC, NEAR, CLIENT_MAC, CLIENT);
        bench.pass(2000);
        assertThat(bench.client.take()).hasSize(1);
    }

    @Test
    void nobodyIsAnsweredForWhoIsNoOriginal() {
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, "192.168.1.99");
        bench.pass(5000);
        assertThat(bench.client.sent).isEmpty();
    }

    @Test
    void otherTrafficToADeadOriginalIsDroppedAndFollowsItWhenItLivesAgain() {
        originals.dead = true;
        bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, NEAR);
        bench.network.take();
        bench.fromClient(TestPackets.echo(CLIENT, NEAR).macs(CLIENT_MAC, US0_MAC));
        assertThat(bench.network.sent).isEmpty();
        bench.arp(bench.network, Arp.REQUEST, SERVER_MAC, NEAR, 0, NEAR);
        bench.fromClient(TestPackets.echo(CLIENT, NEAR).macs(CLIENT_MAC, US0_MAC));
        assertThatFrame(bench.network.only()).dstMac(SERVER_MAC);
    }

    @Test
    void aFloodOfQuestionsIsRememberedOnlyToALimit() {
        bench.originals =
                new Originals() {
                    @Override
                    public boolean isOriginal(long hi, long lo) {
                        return true;
                    }

                    @Override
                    public boolean isDead(long hi, long lo, long now) {
                        return false;
                    }
                };
        for (int i = 0; i < 2000; i++) {
            String target = "192.168." + i / 250 + "." + i % 250;
            bench.arp(bench.client, Arp.REQUEST, CLIENT_MAC, CLIENT, 0, target);
        }
        bench.pass(1000);
        assertThat(bench.client.take()).hasSizeLessThanOrEqualTo(ClientQuestions.LIMIT);
    }
}
