package dev.understudy.dispatcher.attach;

import static dev.understudy.dispatcher.attach.Bench.CLIENT_MAC;
import static dev.understudy.dispatcher.attach.Bench.GATEWAY_MAC;
import static dev.understudy.dispatcher.attach.Bench.SERVER_MAC;
import static dev.understudy.dispatcher.attach.Bench.US0_MAC;
import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.ip.Ipv6Fragmenter;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A bump in the wire among IPv6 neighbours. */
@Tag("B16")
final class InlineNdpTest {
    private static final String CLIENT = "fd00:1::10";
    private static final String NEAR = "fd00:1::80";
    private static final String NEAR_SERVER = "fd00:1::81";
    private static final String FAR = "2001:db8::80";
    private static final String FAR_SERVER = "2001:db8:2::20";

    private final Bench.FixedOriginals originals = new Bench.FixedOriginals();
    private final Bench bench = new Bench(Bench.inline(Optional.empty(), Optional.empty()));

    @BeforeEach
    void nearIsAnOriginal() {
        originals.original = Bench.lo(NEAR);
        bench.originals = originals;
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(bench.closeAndCountLeaks()).isZero();
    }

    // ---- what neighbours say

    private ByteBuf question(long to, long mac, String sender, String target) {
        IpAddress from = IpAddress.parse(sender);
        IpAddress of = IpAddress.parse(target);
        return Ndp.solicitation(bench.allocator, to, mac, from.hi(), from.lo(), of.hi(), of.lo());
    }

    private void clientAsks(String target) {
        bench.client.receive(question(Ethernet.BROADCAST, CLIENT_MAC, CLIENT, target));
    }

    private void answers(String who) {
        IpAddress self = IpAddress.parse(who);
        IpAddress client = IpAddress.parse(CLIENT);
        bench.network.receive(
                Ndp.advertisement(
                        bench.allocator,
                        CLIENT_MAC,
                        SERVER_MAC,
                        self.hi(),
                        self.lo(),
                        client.hi(),
                        client.lo(),
                        self.hi(),
                        self.lo(),
                        Ndp.SOLICITED | Ndp.OVERRIDE));
    }

    private static void assertNdp(
            ByteBuf frame, int type, String target, int option, long mac, int flags) {
        Packet packet = TestPackets.parse(frame);
        assertThat(Ndp.isNdp(packet) && Ndp.isValid(packet)).as("valid NDP: " + packet).isTrue();
        assertThat(Icmp.type(frame, packet.l4())).isEqualTo(type);
        assertThat(
                        new IpAddress(
                                Ndp.targetHi(frame, packet.l4()), Ndp.targetLo(frame, packet.l4())))
                .isEqualTo(IpAddress.parse(target));
        assertThat(Ndp.linkAddress(packet, option)).isEqualTo(mac);
        assertThat(Ndp.flags(frame, packet.l4())).isEqualTo(flags);
    }

    private static void assertAnswered(ByteBuf frame, String target, int flags) {
        assertNdp(
                frame,
                Ndp.NEIGHBOUR_ADVERTISEMENT,
                target,
                Ndp.TARGET_LINK_ADDRESS,
                US0_MAC,
                flags);
        assertThatFrame(frame).dstMac(CLIENT_MAC).srcMac(US0_MAC);
    }

    /** What the dispatcher does when it moves a session to another server. */
    private void relocateTo(String server) {
        IpAddress to = IpAddress.parse(server);
        bench.fromClient =
                (packet, now) -> {
                    if (!packet.isTcp() && !packet.isUdp()) {
                        return false;
                    }
                    packet.destination(to.hi(), to.lo(), 80);
                    bench.attachments.toNetwork().send(packet, now);
                    return true;
                };
    }

    private static TestPackets.TcpBuilder syn(String to, long mac) {
        return TestPackets.tcp("[" + CLIENT + "]:4000", "[" + to + "]:80")
                .macs(CLIENT_MAC, mac)
                .syn();
    }

    // ---- in a dead original's place

    @Test
    void aDeadOriginalIsAnsweredForAfterPatience() {
        clientAsks(NEAR);
        assertThat(bench.network.take()).hasSize(1);
        bench.pass(880);
        assertThat(bench.client.sent).isEmpty();

        bench.pass(40);

        assertAnswered(bench.client.only(), NEAR, Ndp.SOLICITED);
    }

    @Test
    void anOriginalKnownToBeDeadIsAnsweredForAtOnce() {
        originals.dead = true;

        clientAsks(NEAR);

        assertAnswered(bench.client.only(), NEAR, Ndp.SOLICITED);
        assertThat(bench.network.take()).hasSize(1);
    }

    @Test
    void aClientThatBelievesInADeadMacIsToldAnother() {
        originals.dead = true;

        bench.client.receive(question(SERVER_MAC, CLIENT_MAC, CLIENT, NEAR));

        assertAnswered(bench.client.only(), NEAR, Ndp.SOLICITED | Ndp.OVERRIDE);
    }

    @Test
    void aLivingOriginalAnswersForItself() {
        clientAsks(NEAR);
        answers(NEAR);
        bench.pass(2000);
        assertThat(bench.client.take()).hasSize(1);
    }

    @Test
    void anOriginalThatProbesForItsAddressIsBack() {
        clientAsks(NEAR);
        bench.network.receive(question(Ethernet.BROADCAST, SERVER_MAC, "::", NEAR));
        bench.pass(2000);
        assertThat(bench.client.take()).as("the probe alone").hasSize(1);
    }

    @Test
    void nobodyIsAnsweredForWhoIsNoOriginal() {
        clientAsks(NEAR_SERVER);
        bench.pass(5000);
        assertThat(bench.client.sent).isEmpty();
    }

    @Test
    void otherTrafficToADeadOriginalIsDroppedAndFollowsItWhenItLivesAgain() {
        originals.dead = true;
        clientAsks(NEAR);
        bench.network.take();
        bench.fromClient(TestPackets.echo(CLIENT, NEAR).macs(CLIENT_MAC, US0_MAC));
        assertThat(bench.network.sent).isEmpty();
        answers(NEAR);

        bench.fromClient(TestPackets.echo(CLIENT, NEAR).macs(CLIENT_MAC, US0_MAC));

        assertThatFrame(bench.network.only()).dstMac(SERVER_MAC);
    }

    @Test
    void whatIsNotFromTheLinkTeachesNothing() {
        clientAsks(NEAR);
        ByteBuf forged = question(Ethernet.BROADCAST, SERVER_MAC, NEAR, CLIENT);
        forged.setByte(TestPackets.parse(forged).l3() + 7, Ndp.HOP_LIMIT - 1);
        bench.network.receive(forged);
        bench.client.take();

        bench.pass(1000);

        assertAnswered(bench.client.only(), NEAR, Ndp.SOLICITED);
    }

    // ---- in the client's name

    @Test
    void aServerOnTheLinkIsAskedForInTheClientsNameAndTheAnswerIsKeptFromTheClient() {
        originals.dead = true;
        clientAsks(NEAR);
        bench.network.take();
        bench.client.take();
        relocateTo(NEAR_SERVER);
        bench.fromClient(syn(NEAR, US0_MAC));
        ByteBuf question = bench.network.only();
        assertNdp(
                question,
                Ndp.NEIGHBOUR_SOLICITATION,
                NEAR_SERVER,
                Ndp.SOURCE_LINK_ADDRESS,
                CLIENT_MAC,
                0);
        assertThatFrame(question).srcMac(CLIENT_MAC);

        answers(NEAR_SERVER);

        assertThatFrame(bench.network.only())
                .srcMac(CLIENT_MAC)
                .dstMac(SERVER_MAC)
                .from("[" + CLIENT + "]:4000")
                .to("[" + NEAR_SERVER + "]:80")
                .checksumsValid();
        assertThat(bench.client.sent).isEmpty();
        assertThat(bench.counters()).containsEntry("inline ndp answers kept from client", 1L);
    }

    @Test
    void anAnswerThatTheClientAskedForTooCrosses() {
        originals.dead = true;
        clientAsks(NEAR);
        clientAsks(NEAR_SERVER);
        bench.client.take();
        relocateTo(NEAR_SERVER);
        bench.fromClient(syn(NEAR, US0_MAC));

        answers(NEAR_SERVER);

        assertThat(bench.client.take()).hasSize(1);
    }

    @Test
    void aServerThatDoesNotAnswerIsToldAsUnreachable() {
        clientAsks(NEAR);
        List<String> errors = new ArrayList<>();
        bench.fromNetwork =
                (packet, now) -> {
                    assertThatFrame(packet.frame())
                            .isIcmp(Icmp.V6_UNREACHABLE, 3)
                            .quotes("[" + CLIENT + "]:4000", "[" + NEAR_SERVER + "]:80");
                    errors.add("unreachable");
                    return true;
                };
        relocateTo(NEAR_SERVER);

        bench.fromClient(syn(NEAR, US0_MAC));
        bench.pass(3100);

        assertThat(errors).hasSize(1);
    }

    @Test
    void aServerBeyondTheLinkIsReachedByTheClientsGateway() {
        clientAsks(NEAR);
        bench.fromClient(syn(FAR, GATEWAY_MAC));
        bench.fromClient(syn(NEAR, SERVER_MAC));
        bench.network.take();
        relocateTo(FAR_SERVER);

        bench.fromClient(syn(NEAR, US0_MAC));

        assertThatFrame(bench.network.only()).srcMac(CLIENT_MAC).dstMac(GATEWAY_MAC);
    }

    // ---- fragments

    private List<ByteBuf> pieces() {
        Packet datagram =
                TestPackets.udp("[" + CLIENT + "]:9", "[" + FAR + "]:53")
                        .macs(CLIENT_MAC, GATEWAY_MAC)
                        .payload(new byte[4000])
                        .packet();
        List<ByteBuf> pieces = new ArrayList<>();
        new Ipv6Fragmenter(bench.allocator).split(datagram, 1500, 7, pieces::add);
        return pieces;
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
    void aDatagramInFragmentsIsTranslatedWholeAndLeavesInFragments() {
        relocateTo(FAR_SERVER);

        pieces().forEach(bench.client::receive);

        List<ByteBuf> sent = bench.network.take();
        assertThat(sent).hasSizeGreaterThan(2);
        IpAddress server = IpAddress.parse(FAR_SERVER);
        for (ByteBuf piece : sent) {
            Packet packet = TestPackets.parse(piece);
            assertThat(packet.isFragment()).isTrue();
            assertThat(new IpAddress(packet.dstHi(), packet.dstLo())).isEqualTo(server);
        }
    }
}
